"""The order in which smaller cases are tried: those with the fewest numbers first."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

import pytest

from grader.judging.smaller_cases import Point, SmallerCases
from grader.subjects.case import Case

MOST_NUMBERS: Final = 32  # in the inputs of an example: more are not read


@dataclass(slots=True, eq=False)
class Space:
    """A case that failed, and those that are smaller."""

    item: pytest.Function
    case: Case
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
