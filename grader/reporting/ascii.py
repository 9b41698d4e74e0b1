"""Draw on a console that has few characters: what it lacks is written with those it has, at the same width. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment

ALIKE: Final = str.maketrans({"×": "x", "·": ".", "–": "-", "−": "-", "─": "-", "•": "*", "…": "~"})
_CUT: Final = re.compile("[ -~]{2}…")


@dataclass(frozen=True, slots=True)
class InAscii:
    """What is drawn, in ASCII where the console has no more: a text that is cut ends in three dots there as well."""

    drawn: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw for what this console can show."""
        for segment in console.render(self.drawn, options):
            if options.ascii_only and not segment.control:
                yield Segment(_CUT.sub("...", segment.text).translate(ALIKE), segment.style)
            else:
                yield segment
