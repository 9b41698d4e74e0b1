"""Grade again what the gradebook holds: the submissions come from it, not from the files that were handed in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from grader.course.assignment import CourseAssignment
from grader.errors import SubmissionError, over_one_submission
from grader.gradebook.book import Gradebook
from grader.gradebook.records import StoredSubmission
from grader.gradebook.submission_archive import load
from grader.intake.selection import DuplicatePolicy, Group, Item
from grader.model.status import Outcome
from grader.submissions.read import Submission


class StoredSubmissions:
    """What a gradebook holds of an assignment, fetched for some students at a time."""

    def __init__(self, book: Gradebook, course: CourseAssignment) -> None:
        self._book = book
        self._course = course
        self._contents: dict[str, bytes] = {}
        self._digests: dict[str, list[str]] = {}

    def groups(self, only: Sequence[str] = ()) -> list[Group]:
        """Return the submissions of each student's last run, or of `only` these, with what was decided there."""
        groups: dict[str, Group] = {}
        for stored in self._book.results.submissions(self._course.name):
            identifier = stored.student.identifier
            if only and identifier not in only:
                continue
            group = groups.setdefault(identifier, Group(stored.student, chosen=-1))
            if stored.counts and stored.outcome is not Outcome.UNDECIDED:
                group.chosen = len(group.items)
            if stored.outcome is Outcome.UNDECIDED:
                group.message = stored.message
            group.why = stored.chosen
            handed_in, read = stored.handed_in, partial(self._read, stored)
            group.items.append(Item(read, handed_in.source, handed_in.origin, handed_in.submitted_at, is_kept=True))
            self._digests.setdefault(identifier, []).append(handed_in.digest)
        for group in groups.values():
            if len(group.items) > 1 and group.why == DuplicatePolicy.BEST.value:
                group.chosen = None
            elif len(group.items) == 1:
                group.chosen = 0
        return list(groups.values())

    def fetch(self, groups: Sequence[Group]) -> None:
        """Fetch what these students' submissions hold, and let go of what was fetched before."""
        digests = [digest for group in groups for digest in self._digests[group.student.identifier]]
        self._contents = self._book.results.contents(self._course.name, digests)

    def _read(self, stored: StoredSubmission) -> Submission:
        handed_in = stored.handed_in
        content = self._contents.get(handed_in.digest)
        if content is None:
            raise SubmissionError(handed_in.problem or "the gradebook does not hold what was handed in")
        with over_one_submission(stored.student.identifier):
            return load(
                content, stored.student.identifier, handed_in.notes, handed_in.digest, self._course.assignment.files,
                self._course.provided,
            )  # fmt: skip
