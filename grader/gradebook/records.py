"""What goes into a gradebook and comes out of it. Pure data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Final

from grader.gradebook.final_grade import Mark, Override
from grader.model.status import Outcome
from grader.rules.late import Extension, LateDecision

NOBODY: Final = "forgotten"


def name_of_nobody(number: int) -> str:
    """Return what stands in place of the identifier of a student who was taken out."""
    return f"{NOBODY}-{number}"


class RunState(StrEnum):
    """How far a run came; one that was killed is `running` until the next begins."""

    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Student:
    """One student of the course."""

    identifier: str
    name: str = ""
    email: str = ""
    on_roster: bool = False


@dataclass(frozen=True, slots=True)
class NewRun:
    """What is known of a run as it begins. `course_document` is what `course` is the digest of."""

    assignment: str
    command: str
    course: str
    course_document: str
    out: str
    who: str


@dataclass(frozen=True, slots=True)
class Run:
    """A run as kept."""

    number: int
    assignment: str
    command: str
    state: RunState
    course: str
    out: str
    who: str
    started_at: dt.datetime
    ended_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A submission: what it holds by digest, where it came from and when.

    `problem` says why it cannot be read. `content` is what it holds, as `submission_archive` writes it;
    empty where that cannot be said or is kept already.
    """

    digest: str
    source: str
    origin: str
    submitted_at: dt.datetime | None = None
    notes: tuple[str, ...] = ()
    problem: str = ""
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class NewResult:
    """A result by the key of what it depends on. `document` is the whole of it, compressed; `measures` are by check."""

    key: str
    scoring: str
    outcome: Outcome
    score: Fraction
    max_score: Fraction
    statuses: dict[str, str]
    document: bytes
    cpu_seconds: float = 0.0
    seconds: float = 0.0
    measures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CachedResult:
    """A result that is in the gradebook, without its document; `measures` are by check."""

    number: int
    scoring: str
    statuses: dict[str, str]
    measures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalDocument:
    """What a result comes to for one student: a digest of what was added to it, and the whole, compressed.

    `document` is empty where it is the result's own.
    """

    adjustments: str
    document: bytes = b""


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What a run says of one submission of a student. `result` is new, or the number of one that is kept.

    `final` is what the result comes to; None where there is none, or it is kept already.

    `place` tells several submissions of one student apart; `counts` says whether this is the one. `score` is what
    counts, after everything that people and the clock took or gave. `page` tells reports apart that differ.
    """

    student: int
    outcome: Outcome
    place: int = 0
    handed_in: HandedIn | None = None
    result: NewResult | int | None = None
    counts: bool = True
    chosen: str = ""
    message: str = ""
    score: Fraction | None = None
    max_score: Fraction | None = None
    page: str = ""
    late: LateDecision | None = None
    late_penalty: Fraction = Fraction(0)
    final: FinalDocument | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as kept, with who and what it is about.

    `adjustments` is the digest of what the final grade was made with; empty where version 1 kept none.
    """

    student: Student
    student_number: int
    place: int
    outcome: Outcome
    counts: bool
    message: str
    score: Fraction | None
    max_score: Fraction | None
    digest: str
    result: int | None
    late_lines: tuple[str, ...] = ()
    late_penalty: Fraction = Fraction(0)
    entered_at: dt.datetime | None = None
    source: str = ""
    submitted_at: dt.datetime | None = None
    periods: int = 0
    late_days_used: int = 0
    page: str = ""
    adjustments: str = ""


@dataclass(frozen=True, slots=True)
class StandingEntry:
    """An entry of a student's last run with what was handed in, why it counts, and what its result depends on."""

    entry: Entry
    run: int
    handed_in: HandedIn
    chosen: str
    key: str
    scoring: str


@dataclass(frozen=True, slots=True)
class StoredSubmission:
    """A submission as it is in the gradebook, without what it holds, and how it stood in the last run about it.

    `number` is the student's in the gradebook.
    """

    student: Student
    handed_in: HandedIn
    outcome: Outcome
    counts: bool
    chosen: str
    message: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class GivenOverride:
    """An override as it was given; `points` is None where one was taken back."""

    student: str
    check: str
    points: Fraction | None
    who: str
    why: str
    given_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenDecision:
    """Points, more time or a mark as they were given; `value` is empty where they were taken back.

    `what` is a check or a row, empty for a whole score or the deadline. A later one about the same is in force instead.
    """

    kind: str
    student: str
    assignment: str
    what: str
    value: str
    who: str
    why: str
    given_at: dt.datetime
    is_in_force: bool = True


@dataclass(frozen=True, slots=True)
class NewMark:
    """A row to be marked: `follows` is the version that was seen, 0 where there was none.

    `points` is None where a comment alone is kept, or a mark taken back.
    """

    row: str
    title: str
    points: Fraction | None
    max_points: Fraction
    comment: str
    follows: int


@dataclass(frozen=True, slots=True)
class GivenMark:
    """One version of a row as somebody marked it; `points` is None where it is not marked, or not any more."""

    student: int
    row: str
    version: int
    points: Fraction | None
    max_points: Fraction
    comment: str
    who: str
    given_at: dt.datetime


@dataclass(slots=True)
class ManualDecisions:
    """What people decided about one student's assignment."""

    overrides: list[Override] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    extension: Extension | None = None
    is_excused: bool = False

    def has_settled(self, rows: Collection[str]) -> bool:
        """Return whether each of these rows has a mark or points set by hand, or the whole score was set so."""
        set_by_hand = {override.check for override in self.overrides}
        return "" in set_by_hand or set(rows) <= set_by_hand | {mark.row for mark in self.marks}
