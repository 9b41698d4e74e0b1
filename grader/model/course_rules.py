"""How the assignments of a course add up to one grade, and what that comes to for each student. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeStep:
    """A grade, and how many percent it takes at least."""

    grade: str
    percent: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseRules:
    """What the assignments of a course weigh, and which grade a total gives.

    Of each student the `drop` assignments with the smallest shares are left out. `points` are what the total is told
    of. `grades` stand from the best to the worst.
    """

    title: str
    weights: tuple[tuple[str, Fraction], ...]
    drop: int = 0
    points: Fraction = Fraction(100)
    grades: tuple[GradeStep, ...] = ()


class Standing(StrEnum):
    """What an assignment is for a student's total."""

    COUNTS = "counts"
    DROPPED = "dropped"
    EXCUSED = "excused"
    MISSING = "missing"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentPoints:
    """What a student has of one assignment: points of so many, none where there is no score yet; `why` says why."""

    assignment: str
    standing: Standing
    points: Fraction | None = None
    max_points: Fraction | None = None
    why: str = ""

    @property
    def share(self) -> Fraction:
        """Return the share of the points; who handed in nothing has none of them."""
        return Fraction(0) if self.points is None or not self.max_points else self.points / self.max_points


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What one student has in a course. `share` and `grade` are None where nobody can tell yet."""

    identifier: str
    name: str
    assignments: tuple[AssignmentPoints, ...]
    share: Fraction | None
    grade: str = ""
