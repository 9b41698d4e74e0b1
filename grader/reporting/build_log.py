"""Keep what a stranger wrote from being a command to the build server whose log it is printed to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment

COMMANDS: Final = ("::", "##vso[", "##[")
"""What begins a line that GitHub Actions or Azure Pipelines obeys."""


BAR: Final = "| "


def guarded_text(text: str) -> str:
    """Return a text with a bar before each line that a build server would obey."""
    lines = text.splitlines(keepends=True)
    if not any(line.lstrip().startswith(COMMANDS) for line in lines):
        return text
    return "".join(f"{BAR}{line}" if line.lstrip().startswith(COMMANDS) else line for line in lines)


@dataclass(frozen=True, slots=True)
class Guarded:
    """What is drawn, with a bar before each line that the build server whose log this may be would obey.

    Such servers look behind blanks, and where a sentence is wrapped its author knows.
    """

    drawn: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw line by line."""
        for line in console.render_lines(self.drawn, options, pad=False):
            if "".join(segment.text for segment in line).lstrip().startswith(COMMANDS):
                yield Segment(BAR)
            yield from line
            yield Segment.line()
