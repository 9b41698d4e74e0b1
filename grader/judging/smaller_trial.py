"""One smaller case that is tried in the search for an example: what it asks, and what it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grader.judging.ascent import Space
from grader.judging.found_example import FoundExample
from grader.judging.smaller_cases import Point
from grader.model.observation import Value


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """A call that a smaller case makes, and what the reference gives there."""

    driver: str
    inputs: dict[str, Value]
    identity: bytes
    expected: Value


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trial:
    """A smaller case, and whether the reference passes it."""

    parameters: Mapping[str, object]
    extents: Mapping[int, int]
    attempt: int
    calls: tuple[Asked, ...]
    numbers: int
    is_right: bool


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A smaller case on which the submission is wrong, and what it shows."""

    space: Space
    point: Point
    trial: Trial
    found: FoundExample
