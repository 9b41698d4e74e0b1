"""The smaller cases of a hidden test, and the order in which they are tried: those with the fewest numbers first."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Final

import pytest

from grader.judging.collection import HiddenTests
from grader.judging.deadline import DeadlineError, processor_deadline
from grader.judging.hidden_arrays import whole_numbers
from grader.judging.plugin import FIGURE, MEASURE, asks_us_for
from grader.judging.small_numbers import SmallNumbers
from grader.judging.smaller_cases import Point, SmallerCases, smaller_cases_of
from grader.model.observation import Value
from grader.subjects.student import Subject

MOST_NUMBERS: Final = 32  # in the inputs of an example: more are not read
FIRST_POINTS: Final = 60  # cases that are tried for a check, before others are sought from the other end
PROBE_SECONDS: Final = 0.1  # of processor time, to learn which extents a test draws whatever its parameters are
NO_EXAMPLE_FOR: Final = frozenset({"files", MEASURE, FIGURE})
"""Fixtures of tests that judge a file or measure a quality: a smaller input shows nothing there."""


@dataclass(slots=True, eq=False)
class Space:
    """A case, and those that are smaller."""

    item: pytest.Function
    smaller: SmallerCases
    drawn: frozenset[int]


class Ascent:
    """The cases that are still to be tried, those with the fewest numbers first, then those nearest to the least."""

    def __init__(self, spaces: Sequence[Space]) -> None:
        self.bound = MOST_NUMBERS
        self._ordinal = count()
        self._heap: list[tuple[int, int, int, Space, Point]] = []
        self._seen: set[tuple[int, Point]] = set()
        self._at = 0, 0
        for space in spaces:
            for point in space.smaller.first():
                self._push(space, point, 0, 0)

    def points(self, most: int) -> Iterator[tuple[Space, Point]]:
        """List so many of them at most, within the bound."""
        for _ in range(most):
            if not self._heap or self._heap[0][0] > self.bound:
                return
            numbers, steps, _, space, point = heapq.heappop(self._heap)
            self._at = numbers, steps
            yield space, point

    def has_smaller_than(self, numbers: int) -> bool:
        """Return whether a case with fewer numbers than the present one turns out to have is to be tried first."""
        return numbers > self._at[0] and bool(self._heap) and self._heap[0][0] < numbers

    def put_back(self, space: Space, point: Point, numbers: int) -> None:
        """Try the present case later, now that its numbers are counted."""
        heapq.heappush(self._heap, (numbers, self._at[1], next(self._ordinal), space, point))

    def go_on(self, space: Space, point: Point, numbers: int) -> None:
        """Try those after the present case, which have no fewer numbers."""
        for after in space.smaller.after(point):
            self._push(space, after, max(self._at[0], numbers), self._at[1] + 1)

    def _push(self, space: Space, point: Point, numbers: int, steps: int) -> None:
        if (id(space), point) not in self._seen:
            self._seen.add((id(space), point))
            heapq.heappush(self._heap, (numbers, steps, next(self._ordinal), space, point))


def has_smaller_cases(tests: HiddenTests, item: pytest.Function) -> bool:
    """Return whether a test draws its inputs, and can be run with others."""
    asked = asks_us_for(item)
    return tests.is_plain(item) and "rng" in asked and not asked & NO_EXAMPLE_FOR


def space_of(
    tests: HiddenTests,
    item: pytest.Function,
    siblings: Sequence[pytest.Function],
    calls: Iterable[Mapping[str, Value]],
    reference: Subject,
) -> Space | None:
    """Return what is smaller than a case that makes these calls; None where nothing is."""
    probe = SmallNumbers()
    with suppress(DeadlineError), processor_deadline(PROBE_SECONDS):  # a case of full size: most ask for all first
        tests.run_smaller(item, {}, probe, reference, reference)
    told = {number for inputs in calls for number in whole_numbers(inputs)}
    drawn = frozenset(extent for extent in probe.asked if extent > 1 and extent not in told)
    smaller = smaller_cases_of(item, siblings)
    if smaller is None:
        return None
    # What a test asks for whatever its parameters are stands in its text; the rest is made of these.
    fixed = drawn
    with suppress(DeadlineError), processor_deadline(PROBE_SECONDS):
        for point in smaller.first() if drawn else ():
            try:
                parameters = smaller.parameters(point)
            except Exception:  # noqa: BLE001, S112  # a class of the course refuses such numbers
                continue
            probe = SmallNumbers()
            if tests.run_smaller(item, parameters, probe, reference, reference) is None:
                fixed &= probe.asked
    smaller = smaller_cases_of(item, siblings, fixed)
    return None if smaller is None else Space(item, smaller, drawn)
