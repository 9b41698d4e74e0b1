"""Read what counts for every student of an assignment: the final grade that a run kept, or one weighed anew."""

from __future__ import annotations

import datetime as dt
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from grader.errors import GradebookError, ResultError
from grader.gradebook.book import Gradebook
from grader.gradebook.final_grade import Adjustments, apply_adjustments, late_points
from grader.gradebook.ranking import Ranking, pseudonym, ranking_rules
from grader.gradebook.records import Entry, ManualDecisions
from grader.model.assignment import Assignment
from grader.model.status import Outcome
from grader.results.codec import as_line, from_json, to_json
from grader.results.visibility import View, visible_to
from grader.rules.late import decide, due_at
from grader.submissions.members import listed
from grader.wording.text import counted

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Decisions:
    """What people decided about an assignment, which late days earlier ones used, and the places in the class.

    All by the student's number. `secret` is what pseudonyms are made with, empty where nothing is measured.
    """

    assignment: Assignment
    by_hand: Mapping[int, ManualDecisions]
    days_used: Mapping[int, int]
    ranking: Ranking = field(default_factory=Ranking)
    secret: bytes = field(default=b"", repr=False)

    def adjustments(
        self, student: int, identifier: str, submitted_at: dt.datetime | None, *, is_marked_late: bool = False
    ) -> Adjustments:
        """Return what people, the clock and the class add to a submission.

        It may be marked late though its time is not known.
        """
        by_hand = self.by_hand.get(student, ManualDecisions())
        policy, late = self.assignment.late, None
        if policy is not None:
            late = decide(policy, submitted_at, by_hand.extension, policy.late_days - self.days_used.get(student, 0))
            if submitted_at is None and is_marked_late:
                late = replace(late, lines=(f"marked late, {late.lines[0]}",))
        return Adjustments(
            late, tuple(by_hand.overrides), tuple(by_hand.marks), self.assignment.by_hand,
            self.ranking.ranks(self.assignment, student),
            pseudonym(self.secret, identifier) if self.secret else "",
        )  # fmt: skip


def read_decisions(book: Gradebook, assignment: Assignment) -> Decisions:
    """Read the decisions that are in force now."""
    policy = assignment.late
    used: dict[int, int] = {}
    if policy is not None and policy.late_days:
        used = book.results.late_days_used(assignment.name, due_at(policy))
    ranking = book.rankings.newest(assignment.name) if ranking_rules(assignment) else None
    has_measures = any(check.measure is not None for check in assignment.checks)
    secret = book.rankings.secret() if has_measures else b""
    return Decisions(assignment, book.decisions.by_hand(assignment.name), used, ranking or Ranking(), secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassGrade:
    """What counts for one student. `entry` has the scores as they count now, `document` the result, compressed.

    `document` is empty where there is no result. `is_newer` says that something was decided since the student's report
    was written; `is_open` that it could not be weighed, since another version wrote the result; `is_unused` that points
    were given by hand where nothing was graded; `is_excused` that the assignment does not count for the student.
    """

    entry: Entry
    document: bytes = b""
    is_newer: bool = False
    is_open: bool = False
    is_unused: bool = False
    is_excused: bool = False

    def read(self, reader: Callable[[object], Read]) -> Read | None:
        """Read the result with what raises ResultError for one that it does not know; None where there is none."""
        try:
            return reader(json.loads(zlib.decompress(self.document))) if self.document else None
        except ResultError:  # another version's, which a regrade brings up to date
            return None


def read_grades(book: Gradebook, assignment: Assignment) -> list[ClassGrade]:
    """Read what counts of each student's last run, with everything that was decided since; runs no submission."""
    decisions = read_decisions(book, assignment)
    found = _weighed(book.results.final_documents(book.results.last_entries(assignment.name)), decisions)
    excused = {number for number, by_hand in decisions.by_hand.items() if by_hand.is_excused}
    return [replace(grade, is_excused=grade.entry.student_number in excused) for grade in found]


def tell_decided_since(grades: Sequence[ClassGrade], assignment: str, tell: Callable[[str], None]) -> None:
    """Say about whom something was decided since their report was written, all of which is counted.

    Raises:
        GradebookError: some of it cannot be counted.
    """
    if left := [grade.entry.student.identifier for grade in grades if grade.is_open]:
        raise GradebookError(
            f"what was decided about {_students(left)} cannot be counted, since another version wrote their results: "
            f"grade regrade {assignment}"
        )
    if newer := [grade.entry.student.identifier for grade in grades if grade.is_newer]:
        tell(
            f"counted with what was decided since the report of {_students(newer)} was written; "
            f"to write it anew: grade regrade {assignment}"
        )
    if unused := [grade.entry.student.identifier for grade in grades if grade.is_unused]:
        tell(f"points by hand of {_students(unused)} do not count: nothing of theirs was graded")


def _students(names: Sequence[str]) -> str:
    return f"{counted(len(names), 'student')} ({listed(names)})"


def _weighed(found: Iterator[tuple[Entry, bytes, bytes | None]], decisions: Decisions) -> Iterator[ClassGrade]:
    for entry, graded, final in found:
        adjustments = decisions.adjustments(entry.student_number, entry.student.identifier, entry.submitted_at)
        if not graded:
            yield ClassGrade(entry=entry, is_unused=bool(adjustments.overrides or adjustments.marks))
        elif entry.adjustments == adjustments.digest:
            yield ClassGrade(entry=entry, document=final or graded)
        else:
            yield _weighed_anew(entry, graded, decisions.assignment, adjustments)


def _weighed_anew(entry: Entry, graded: bytes, assignment: Assignment, adjustments: Adjustments) -> ClassGrade:
    try:
        result = from_json(json.loads(zlib.decompress(graded)))
    except ResultError:
        return ClassGrade(entry=entry, document=graded, is_open=True)
    counts = apply_adjustments(replace(result, submission=entry.student.identifier), assignment, adjustments)
    late = adjustments.late
    has_score = entry.outcome is Outcome.GRADED
    now = replace(
        entry,
        score=counts.score if has_score else None,
        max_score=counts.max_score if has_score else None,
        late_penalty=late_points(counts),
        late_lines=() if late is None else late.lines,
        periods=0 if late is None else late.periods,
        late_days_used=0 if late is None else late.late_days_used,
    )
    document = zlib.compress(as_line(to_json(visible_to(counts, View.INSTRUCTOR))).encode("ascii"))
    is_newer = bool(entry.adjustments) or (now.score, now.max_score) != (entry.score, entry.max_score)
    return ClassGrade(entry=now, document=document, is_newer=is_newer)
