"""A student's submissions while a run settles them, and which of them counts."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from grader.batch.jobs import Pages
from grader.gradebook.final_grade import Adjustments
from grader.gradebook.ranking import preference, ranking_rules
from grader.gradebook.records import HandedIn, NewEntry, NewResult
from grader.intake.selection import Group
from grader.model.assignment import Assignment
from grader.model.status import Outcome, Status
from grader.results.codec import from_json
from grader.submissions.read import Submission
from grader.wording.statuses import TOO_LARGE, TOO_LONG
from grader.wording.text import counted

MOST_UNREAD: Final = 2  # files that could not be read, in one message


@dataclass(frozen=True, slots=True)
class GradedSubmission:
    """One submission, settled. `pages` is None where what was written before is right; `measures` are by check."""

    entry: NewEntry
    statuses: dict[str, str] = field(default_factory=dict)
    pages: Pages | None = None
    measures: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class PendingStudent:
    """A student whose submissions are being settled."""

    group: Group
    number: int
    settled: list[GradedSubmission | None]

    def ungraded(self, place: int, outcome: Outcome, handed_in: HandedIn, message: str) -> GradedSubmission:
        """Settle a submission that has no score."""
        return GradedSubmission(
            NewEntry(self.number, outcome, place, handed_in, chosen=self.group.why, message=message)
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PendingSubmission:
    """A submission that needs grading: whose, which of theirs, and what is known of it."""

    student: PendingStudent
    place: int
    submission: Submission
    handed_in: HandedIn
    adjustments: Adjustments
    key: str
    variant: int | None = None


def best(settled: Sequence[GradedSubmission], assignment: Assignment) -> int:
    """Return the place of the highest score, of equal ones the best by what gives places, then the last."""
    rules = ranking_rules(assignment)

    def rank(place: int) -> tuple[Fraction, list[float], str, int]:
        one = settled[place].entry
        time = one.handed_in.submitted_at if one.handed_in is not None else None
        score = one.score if one.score is not None else Fraction(-1)
        return score, preference(rules, settled[place].measures), time.isoformat() if time else "", place

    return max(range(len(settled)), key=rank)


def void_message(result: NewResult) -> str:
    """Say which checks were not judged: the course's own code fails, or the judge was over its budget."""
    void = [
        check for check in from_json(json.loads(zlib.decompress(result.document))).checks if check.status is Status.VOID
    ]
    names = ", ".join(check.name for check in void if check.cases) or ", ".join(check.name for check in void)
    if over := {check.message for check in void}.intersection((TOO_LONG, TOO_LARGE)):
        return f"{min(over)}: {names}"
    return f"the course's own code fails in {names}: graded again once it is repaired"


def unread_message(unreadable: Mapping[str, str]) -> str:
    """Name files that could not be read among those that could: whoever marks has them handed in again, or not."""
    sentences = [f"{path} {why}" for path, why in unreadable.items()]
    more = f"; and {counted(len(sentences) - MOST_UNREAD, 'more file')}" if len(sentences) > MOST_UNREAD else ""
    return "; ".join(sentences[:MOST_UNREAD]) + more
