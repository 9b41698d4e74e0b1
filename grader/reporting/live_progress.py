"""Show on a terminal how each check of a run ended, as it comes, and which one runs now; gone once all have ended."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.live import Live
from rich.segment import Segment
from rich.spinner import Spinner
from rich.text import Text

from grader.model.assignment import Visibility
from grader.model.progress import Ended, Progress
from grader.model.status import Status
from grader.reporting.terminal import mark
from grader.wording.text import counted, one_line

REFRESHES = 8  # a second
SHOWN_AFTER = 1.0  # second of a check before its time is told


@contextmanager
def live_progress(console: Console) -> Iterator[ChecksSoFar]:
    """Show the progress of a run while it lasts; nothing where the console is no terminal."""
    shown = ChecksSoFar()
    if not console.is_terminal:
        yield shown
        return
    with Live(shown, console=console, refresh_per_second=REFRESHES, transient=True, redirect_stdout=False):
        yield shown


class ChecksSoFar:
    """The checks that have ended, as many as the screen holds, and below them the one that runs."""

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._since = time.monotonic()
        self._spinner = Spinner("line")

    def update(self, progress: Progress) -> None:
        """Show another state."""
        self._progress, self._since = progress, time.monotonic()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the last lines that fit above the one that tells what runs."""
        progress = self._progress
        seconds = time.monotonic() - self._since
        self._spinner.update(text=Text("starting" if progress is None else now_text(progress, seconds)))
        lines = [ended_line(one) for one in shown(progress)] if progress is not None else []
        drawn = console.render_lines(Group(*lines), options, pad=False) if lines else []
        for line in drawn[-max(1, options.size.height - 3) :]:
            yield from line
            yield Segment.line()
        yield self._spinner


def now_text(progress: Progress, seconds: float = 0.0) -> str:
    """Describe how far a run is, in one line; how long a check has taken, once that is worth telling."""
    done = f"{len(progress.ended)} of {counted(progress.of, 'check')} done"
    if not progress.check:
        return f"{done}, looking for why" if any(one.status is not Status.PASSED for one in shown(progress)) else done
    lasted = f" ({seconds:.0f} s)" if seconds >= SHOWN_AFTER else ""
    return f"{done}, now {progress.check}{lasted}"


def shown(progress: Progress) -> list[Ended]:
    """List the checks that have ended and that a student may see at once."""
    return [one for one in progress.ended if one.check.visibility is Visibility.VISIBLE]


def ended_line(ended: Ended) -> Text:
    """Describe how a check ended, in one line; what went wrong is wrapped where the screen is narrow."""
    said = f"  {one_line(ended.message)}" if ended.status is not Status.PASSED and ended.message else ""
    return Text.assemble(mark(ended.status), "  ", one_line(ended.check.name), (said, "dim"), overflow="fold")
