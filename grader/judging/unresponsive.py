"""Loops of a submission that gave no answer in time, and whether another check is in one of them again.

At the desk a student need not wait to the last deadline in every check that an endless loop holds up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from grader.model.observation import Frame
from grader.model.status import Status
from grader.subjects.case import Case

SECONDS_BEFORE_A_LOOK: Final = 0.5
"""Processor seconds after which is looked where a case is, once another one gave no answer."""


class EndlessLoops:
    """Where the code of one submission was, in all checks so far, when its time was up."""

    def __init__(self) -> None:
        self._seen: dict[Frame, str] = {}

    def note(self, check: str, case: Case) -> None:
        """Remember where a case was when its time was up."""
        place = _place(case)
        if place is not None:
            self._seen.setdefault(place, check)

    def run(self, seconds: float, run_for: Callable[[float], Case]) -> Case:
        """Run a case; where it comes into one of these loops, that is seen after a moment and not waited out.

        Args:
            seconds: What it may take.
            run_for: Runs it for so many seconds.
        """
        if not self._seen or seconds <= SECONDS_BEFORE_A_LOOK:
            return run_for(seconds)
        case = run_for(SECONDS_BEFORE_A_LOOK)
        if case.status is not Status.TIMED_OUT:
            return case
        place = _place(case)
        if place not in self._seen:
            return run_for(seconds)
        said = f"ended after {SECONDS_BEFORE_A_LOOK:g} seconds in the loop that gave no answer in {self._seen[place]}"
        return replace(case, message=f"{said}, at {place.file} line {place.line}")


def _place(case: Case) -> Frame | None:
    """Return where a case was when its time was up, as far as that is known."""
    failure = case.failure
    if case.status is not Status.TIMED_OUT or failure is None or not failure.frames or not failure.frames[-1].line:
        return None
    return failure.frames[-1]
