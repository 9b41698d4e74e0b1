"""Rank a class by what was measured, once a run has graded it, and write anew what that changes.

The ranking follows from the gradebook alone: to do it again changes nothing.
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import jinja2

from grader.batch.jobs import counted_result, page_digest
from grader.batch.output_folder import OutputFolder
from grader.course.assignment import CourseAssignment
from grader.errors import ResultError
from grader.gradebook.book import Gradebook
from grader.gradebook.class_grades import Decisions, read_decisions
from grader.gradebook.ranking import Ranking, ranked, ranking_rules
from grader.gradebook.records import Entry, NewEntry, StandingEntry
from grader.model.status import Outcome
from grader.results.codec import from_json
from grader.results.visibility import View

CHUNK: Final = 50  # students that are kept together


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedClass:
    """What a ranking works on: whose reports are written where, and for whose eyes."""

    book: Gradebook
    course: CourseAssignment
    folder: OutputFolder
    environment: jinja2.Environment
    view: View
    run: int

    def rank(self, tell: Callable[[Entry, NewEntry], None]) -> None:
        """Rank the class, and keep what that changes; `tell` is given an entry of this run before and after.

        Whose grade changes has an entry in this run, though the run was about others.

        Raises:
            OutputError: reports cannot be written.
            GradebookLostError: the gradebook is full or gone.
        """
        assignment = self.course.assignment
        if not ranking_rules(assignment):
            return
        before = self.book.rankings.newest(assignment.name)
        ranking = ranked(assignment, self.book.rankings.measured(assignment.name))
        if before is None or before.digest != ranking.digest:
            self.book.rankings.record(self.run, assignment.name, ranking)
        decisions = read_decisions(self.book, assignment)
        of_student: dict[int, list[StandingEntry]] = defaultdict(list)
        for one in self.book.results.standing(assignment.name):
            of_student[one.entry.student_number].append(one)
        changed = [
            rows for student, rows in of_student.items() if self._is_changed(student, rows, before, ranking, decisions)
        ]
        for start in range(0, len(changed), CHUNK):
            self._keep(changed[start : start + CHUNK], decisions, tell)

    def _is_changed(
        self,
        student: int,
        rows: Sequence[StandingEntry],
        before: Ranking | None,
        ranking: Ranking,
        decisions: Decisions,
    ) -> bool:
        """Return whether a student's grade follows from another place than when it was kept."""
        counting = _counting(rows)
        if counting is None:
            return False
        entry = counting.entry
        is_kept = (
            entry.adjustments == decisions.adjustments(student, entry.student.identifier, entry.submitted_at).digest
        )
        assignment = self.course.assignment
        is_same_place = (before or Ranking()).ranks(assignment, student) == ranking.ranks(assignment, student)
        return not is_kept and (counting.run == self.run or not is_same_place)

    def _keep(
        self, changed: Sequence[Sequence[StandingEntry]], decisions: Decisions, tell: Callable[[Entry, NewEntry], None]
    ) -> None:
        counting = [one for rows in changed if (one := _counting(rows)) is not None]
        kept = self.book.results.final_documents([one.entry for one in counting])
        documents = {entry.student_number: (graded, final) for entry, graded, final in kept}
        found: list[NewEntry] = []
        for rows in changed:
            graded, final = documents[rows[0].entry.student_number]
            new = [self._entry(one, decisions, graded, final) for one in rows]
            if any(one is None for one in new):
                continue  # another version wrote the result, which a regrade brings up to date
            found += [one for one in new if one is not None]
        self.book.results.record(self.run, found)
        now = {one.student: one for one in found if one.counts}
        for one in counting:
            if one.run == self.run and one.entry.student_number in now:
                tell(one.entry, now[one.entry.student_number])

    def _entry(
        self, one: StandingEntry, decisions: Decisions, graded: bytes, final: bytes | None
    ) -> NewEntry | None:  # fmt: skip
        """Return an entry for this run: what counts weighed anew and its report written, anything else as it was."""
        entry = one.entry
        adjustments = decisions.adjustments(entry.student_number, entry.student.identifier, entry.submitted_at)
        kept = NewEntry(
            entry.student_number, entry.outcome, entry.place, one.handed_in, entry.result, counts=entry.counts,
            chosen=one.chosen, message=entry.message, score=entry.score, max_score=entry.max_score, page=entry.page,
            late=None if entry.result is None else adjustments.late, late_penalty=entry.late_penalty,
        )  # fmt: skip
        if not entry.counts:
            return kept
        try:
            result = from_json(json.loads(zlib.decompress(graded)))
        except ResultError:
            return None
        label = str(json.loads(zlib.decompress(final or graded))["submission"])
        notes, assignment = one.handed_in.notes, self.course.assignment
        counts = counted_result(result, label, notes, assignment, adjustments, self.view, self.environment)
        if counts.pages is not None:
            self.folder.write(entry.student.identifier, counts.pages)
        has_score = entry.outcome is Outcome.GRADED
        return replace(
            kept,
            score=counts.score if has_score else None,
            max_score=counts.max_score if has_score else None,
            page=page_digest(one.key, one.scoring, label, notes, adjustments, self.view),
            late_penalty=counts.late_penalty,
            final=counts.final,
        )


def _counting(rows: Sequence[StandingEntry]) -> StandingEntry | None:
    """Return the entry that counts, where it has a result."""
    return next((one for one in rows if one.entry.counts and one.entry.result is not None), None)
