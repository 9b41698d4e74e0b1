"""Show on stderr how a batch goes: how much is done, how fast, how long it takes yet, how submissions ended."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from grader.batch.statistics import RunStatistics
from grader.model.status import Outcome

LINE_SECONDS: Final = 10.0  # between two lines where no bar can move
WORDS: Final = {
    Outcome.VOID: "void",
    Outcome.UNREADABLE: "unreadable",
    Outcome.FAILED: "failed",
    Outcome.UNDECIDED: "undecided",
    Outcome.MISSING: "missing",
}


def statuses(statistics: RunStatistics) -> str:
    """Return how submissions ended so far: `12 full marks, 80 partly, 3 unreadable, 40 unchanged`."""
    partly = len(statistics.scores) - statistics.full_marks
    counts = [(statistics.full_marks, "full marks"), (partly, "partly")]
    counts += [(statistics.outcomes[outcome], word) for outcome, word in WORDS.items()]
    counts += [(statistics.late, "late"), (statistics.unchanged, "unchanged"), (statistics.rescored, "weighed again")]
    return ", ".join(f"{count} {word}" for count, word in counts if count) or "starting"


class ProgressDisplay:
    """A bar on a terminal, a line now and then elsewhere."""

    def __init__(self, title: str, total: int) -> None:
        self._total = total
        self._started = time.monotonic()
        self._written_at = self._started
        self._progress: Progress | None = None
        console = Console(stderr=True, highlight=False)
        if console.is_terminal and not console.is_dumb_terminal:  # the latter would show nothing
            self._progress = Progress(
                SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"), TimeRemainingColumn(compact=True), TextColumn("{task.fields[how]}"),
                console=console, transient=True,
            )  # fmt: skip
            self._task = self._progress.add_task(title, total=total, rate="", how="starting")

    def __enter__(self) -> Self:
        if self._progress is not None:
            self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._progress is not None:
            self._progress.stop()

    def update(self, statistics: RunStatistics) -> None:
        """Show how far it is."""
        now = time.monotonic()
        rate = statistics.done / max(now - self._started, 0.001)
        if self._progress is not None:
            self._progress.update(self._task, completed=statistics.done, rate=f"{rate:.1f}/s", how=statuses(statistics))
        elif now - self._written_at >= LINE_SECONDS:
            self._written_at = now
            left = (self._total - statistics.done) / rate if rate else 0.0
            self.write(
                f"{statistics.done} of {self._total} done, {rate:.1f} a second, {left:.0f} s left: "
                f"{statuses(statistics)}"
            )  # fmt: skip

    def write(self, sentence: str) -> None:
        """Write a sentence above the bar."""
        if self._progress is not None:
            self._progress.console.print(sentence, markup=False)
        else:
            sys.stderr.write(f"{sentence}\n")
