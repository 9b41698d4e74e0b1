"""A class as one value: who is in it, how each submission ended, and what it was graded with. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType

from grader.model.assignment import Check, Part
from grader.model.status import Outcome
from grader.results.form import BriefCheck


@dataclass(frozen=True, slots=True)
class Lateness:
    """What being late came to: periods that started, how many of them late days paid, points lost."""

    periods: int = 0
    late_days_used: int = 0
    late_penalty: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class StudentRow:
    """One student. `score` is what counts, after all that people and the clock took or gave.

    `parts` are points by part, `checks` how each ended; both are empty where there is no result. `late` is None where
    no time or no policy is known. `report` is where the student's report is, from the class page; empty where none is.
    `peak_bytes` is 0 where it was not measured. `content` is the same for equal submissions, `source` names the file.
    `like` is the one whose code is most like the student's, and the share of the student's code that both have.
    """

    identifier: str
    name: str
    outcome: Outcome
    message: str = ""
    score: Fraction | None = None
    max_score: Fraction | None = None
    parts: Mapping[str, Fraction] = field(default_factory=lambda: MappingProxyType({}))
    checks: Mapping[str, BriefCheck] = field(default_factory=lambda: MappingProxyType({}))
    late: Lateness | None = None
    cpu_seconds: float = 0.0
    peak_bytes: int = 0
    report: str = ""
    content: str = ""
    source: str = ""
    is_expected: bool = True
    like: tuple[str, float] | None = None

    @property
    def has_full_marks(self) -> bool:
        """Return whether the student has the whole score, or more by a place in the class."""
        return self.score is not None and self.max_score is not None and self.score >= self.max_score


@dataclass(frozen=True, slots=True)
class GradedWith:
    """What some of the class were graded with. Digests of tests and reference, versions and layers as sentences."""

    tests: str
    reference: str
    versions: str
    isolation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SameAnswer:
    """Students who gave the same wrong answer to a check. `code` is what commands call them.

    `message` and `reasons` are of one of them, `written` is the code of some by student.
    """

    code: str
    check: str
    students: tuple[str, ...]
    message: str
    reasons: tuple[str, ...]
    written: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ClassSnapshot:
    """A class at one moment. `part_points` are the most that each part gives.

    `late_period` is the word for a period of lateness; empty where the assignment has no late policy. `similar_page` is
    where the class's code is compared, from the class page; empty where it was not. `by_hand` names the checks that are
    rows which people mark.
    """

    assignment: str
    title: str
    parts: tuple[Part, ...]
    part_points: Mapping[str, Fraction]
    checks: tuple[Check, ...]
    students: tuple[StudentRow, ...]
    graded_with: Mapping[GradedWith, int]
    run: str
    late_period: str = ""
    has_roster: bool = False
    similar_page: str = ""
    by_hand: frozenset[str] = frozenset()
    same_answers: tuple[SameAnswer, ...] = ()
