"""Loops of a submission that gave no answer in time, and whether another check is in one of them again.

At the desk a student need not wait to the last deadline in every check that an endless loop holds up.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from grader.course.gap_names import DefinedFunction, defined_functions
from grader.model.observation import Frame
from grader.model.python_tree import python_tree
from grader.model.status import Status
from grader.subjects.case import Case

SECONDS_BEFORE_A_LOOK: Final = 0.5
"""Processor seconds after which is looked where a case is, once another one gave no answer."""
TRIED: Final = 2  # checks in which a loop gave no answer, after which its function is called in no other


class Loop(NamedTuple):
    """A loop by its file and its first line; of code in no loop, the line that it was at."""

    file: str
    line: int


class EndlessLoops:
    """Where the code of one submission was, in all checks so far, when its time was up.

    `sources` are its files: they say which lines are of one loop, and of one function.
    """

    def __init__(self, sources: Mapping[str, str] = MappingProxyType({})) -> None:
        self._sources = sources
        self._seen: dict[Loop, dict[str, Frame]] = {}

    def note(self, check: str, case: Case) -> None:
        """Remember where a case was when its time was up."""
        found = self._place(case)
        if found is not None:
            loop, frame = found
            self._seen.setdefault(loop, {}).setdefault(check, frame)

    def barred(self) -> dict[tuple[str, int], str]:
        """Return the functions that no other check calls, by file and first line, and why, to complete "not run: "."""
        found = {}
        for loop, stuck in self._seen.items():
            function = self._function(loop)
            if len(stuck) >= TRIED and function is not None:
                checks = " and ".join([*stuck][:TRIED])
                where = f"{loop.file} line {loop.line}"
                found[loop.file, function.first] = (
                    f"it calls {function.name}, which gave no answer in {checks} ({where})"
                )
        return found

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
        found = self._place(case)
        if found is None or found[0] not in self._seen:
            return run_for(seconds)
        loop, frame = found
        first = next(iter(self._seen[loop]))
        said = f"ended after {SECONDS_BEFORE_A_LOOK:g} seconds in the loop that gave no answer in {first}"
        return replace(case, message=f"{said}, at {frame.file} line {frame.line}")

    def _place(self, case: Case) -> tuple[Loop, Frame] | None:
        """Return in which loop a case was when its time was up, as far as that is known, and at which line of it.

        What a `while` calls is not to blame for it; in no `while` it is the deepest line.
        """
        failure = case.failure
        if case.status is not Status.TIMED_OUT or failure is None or not failure.frames or not failure.frames[-1].line:
            return None
        for frame in reversed(failure.frames):
            first = _while_around(self._sources.get(frame.file, ""), frame.line)
            if first:
                return Loop(frame.file, first), frame
        deepest = failure.frames[-1]
        return Loop(deepest.file, deepest.line), deepest

    def _function(self, loop: Loop) -> DefinedFunction | None:
        functions = defined_functions(self._sources.get(loop.file, ""))
        return next((one for one in functions if one.first <= loop.line <= one.last), None)


@lru_cache(maxsize=64)
def _while_around(source: str, line: int) -> int:
    """Return the first line of the outermost `while` around a line; 0 where there is none."""
    around = [
        node.lineno
        for node in ast.walk(python_tree(source))
        if isinstance(node, ast.While) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    return min(around, default=0)
