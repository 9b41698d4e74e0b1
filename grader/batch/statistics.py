"""Count what a run finds: for the line that is shown while it goes on and the summary at its end. Reads nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from grader.gradebook.records import Entry, NewEntry, Student
from grader.model.status import Outcome, Status

NEEDS_ATTENTION = (Outcome.UNREADABLE, Outcome.FAILED, Outcome.UNDECIDED, Outcome.VOID)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about one student that a person should look at."""

    student: str
    outcome: str
    message: str


@dataclass(slots=True)
class RunStatistics:
    """What was found so far. `untimed` are students of whom nobody knows when they handed in, though it would count.

    `course_problems` say what the reference itself fails in, where results are void.
    """

    total: int = 0
    has_roster: bool = False
    done: int = 0
    graded_now: int = 0
    unchanged: int = 0
    rescored: int = 0
    late: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    scores: list[Fraction] = field(default_factory=list)
    max_score: Fraction = Fraction(0)
    full_marks: int = 0
    checks: dict[str, Counter[Status]] = field(default_factory=lambda: defaultdict(Counter))
    notices: list[Notice] = field(default_factory=list)
    untimed: list[str] = field(default_factory=list)
    course_problems: tuple[str, ...] = ()

    def add(self, student: Student, entry: NewEntry, statuses: Mapping[str, str]) -> None:
        """Count one entry."""
        self.done += 1
        self.outcomes[entry.outcome] += 1
        if self.has_roster and not student.on_roster and entry.outcome is not Outcome.SUPERSEDED:
            self._notice(student, entry, "not on the roster")
        if entry.outcome in NEEDS_ATTENTION:
            self._notice(student, entry, entry.message)
        if not entry.counts or entry.score is None or entry.max_score is None:
            return
        self.scores.append(entry.score)
        self.max_score = max(self.max_score, entry.max_score)
        self.full_marks += entry.score >= entry.max_score
        self.late += bool(entry.late is not None and entry.late.periods)
        if entry.message:
            self._notice(student, entry, entry.message)
        for check, status in statuses.items():
            self.checks[check][Status(status)] += 1

    def weigh_anew(self, before: Entry, now: NewEntry) -> None:
        """Count the score of an entry that was counted already, and has another place in the class now."""
        if before.score is None or now.score is None or now.max_score is None:
            return
        self.scores[self.scores.index(before.score)] = now.score
        self.max_score = max(self.max_score, now.max_score)
        was_full = before.max_score is not None and before.score >= before.max_score
        self.full_marks += (now.score >= now.max_score) - was_full

    def _notice(self, student: Student, entry: NewEntry, message: str) -> None:
        notice = Notice(student.identifier, entry.outcome.value, message)
        if self.notices[-1:] != [notice]:  # the same is said of each of several submissions of one student
            self.notices.append(notice)
