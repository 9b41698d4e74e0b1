"""Grade a class: read, look up, grade what is new, keep it, write it. Here the steps of a batch meet.

One student at a time is settled: all their submissions are graded or found in the gradebook, one of them counts, its
report is written, and then all of it is kept in one transaction. Whatever ends the process, that student is done or is
done again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Final

import jinja2

from grader.batch.executors.protocol import BatchExecutor, submit_bounded
from grader.batch.faults import Faults
from grader.batch.jobs import Counted, Job, JobResult, NotGraded, RunConfig, counted_result, graded, page_digest
from grader.batch.output_folder import OutputFolder
from grader.batch.pending import GradedSubmission, PendingStudent, PendingSubmission, best, unread_message, void_message
from grader.batch.rescore import rescored
from grader.batch.statistics import RunStatistics
from grader.course.assignment import CourseAssignment
from grader.course.fingerprint import CourseFingerprint
from grader.course.variants import variant_number
from grader.errors import (
    ClusterError,
    CourseError,
    DroppedError,
    GradeError,
    JudgingError,
    MachineError,
    Problem,
    ProcessDiedError,
    SubmissionError,
    UnreadableSubmissionError,
    over_one_submission,
)
from grader.gradebook.book import Gradebook
from grader.gradebook.class_grades import Decisions, read_decisions
from grader.gradebook.records import CachedResult, Entry, HandedIn, NewEntry, NewResult, Student
from grader.gradebook.submission_archive import dump
from grader.intake.selection import Group, read_ahead
from grader.model.result import Result
from grader.model.status import Outcome
from grader.reporting.html import render_not_graded
from grader.results.codec import from_json
from grader.wording.statuses import why_not_graded
from grader.wording.text import storable

CHUNK: Final = 50  # students that are looked up together, or kept together at most
KEEP_SECONDS: Final = 0.5  # for so long what is done waits for others to be kept with
NOT_ON_ROSTER: Final = (
    "is by nobody on the roster, so that nothing says which variant it is of: give that with --roster"
)
UNREADABLE: Final = "unreadable:"  # begins the digest of what holds nothing that can be hashed


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is about. `again` grades what is unchanged too."""

    course: CourseAssignment
    config: RunConfig
    record: CourseFingerprint
    run: int
    again: bool = False


def _refuse_stranger(student: Student) -> None:
    """Refuse to guess which variant somebody was given whom the roster does not know.

    Raises:
        JudgingError: that is so, which a person has to see to.
    """
    if not student.on_roster:
        raise JudgingError(f"submission {student.identifier} {NOT_ON_ROSTER}")


class BatchRun:
    """One run over a class."""

    def __init__(
        self,
        plan: Plan,
        book: Gradebook,
        folder: OutputFolder,
        environment: jinja2.Environment,
        show: Callable[[RunStatistics], None],
    ) -> None:
        self.plan = plan
        self.statistics = RunStatistics()
        self._show = show
        self._book = book
        self._folder = folder
        self._environment = environment
        self._written: dict[int, Entry] = {}
        self._times: dict[tuple[int, str], dt.datetime] = {}
        self._kept: frozenset[str] = frozenset()
        self._decisions = Decisions(plan.course.assignment, {}, {})
        self._in_hand: dict[str, list[PendingSubmission]] = {}
        self._fresh: set[str] = set()
        self._found: list[tuple[Group, NewEntry, dict[str, str]]] = []
        self._scoring = plan.record.scoring  # hashed once, not for every student
        self._faults = Faults(plan.config)
        self._kept_at = 0.0
        self._broken: CourseError | MachineError | ClusterError | None = None
        self.prefetch: Callable[[Sequence[Group]], None] = lambda _groups: None

    def over(
        self,
        groups: Sequence[Group],
        numbers: dict[str, int],
        executor: BatchExecutor,
        is_stopping: Callable[[], bool],
    ) -> None:
        """Settle every student.

        Raises:
            CourseError: the assignment cannot be made ready.
            MachineError: the sandbox cannot be set up, or submission after submission fails here.
            ClusterError: the machines that grade are out of reach.
            OutputError: reports cannot be written.
            GradebookLostError: the gradebook is full or gone.
        """
        assignment = self.plan.course.name
        self._written = self._book.results.pages(assignment, str(self._folder.out))
        self._times = self._book.results.times(assignment)
        self._kept = self._book.results.kept(assignment)
        self._decisions = read_decisions(self._book, self.plan.course.assignment)
        work = self._work(groups, numbers)
        try:
            for done in submit_bounded(executor, work, lambda: is_stopping() or self._broken is not None):
                for pending, future in done:
                    self._take(pending, future)
                    self._broken = self._broken or self._faults.found(executor, self.statistics.graded_now)
                    if len(self._found) >= CHUNK:
                        self._keep()
                if time.monotonic() - self._kept_at >= KEEP_SECONDS:
                    self._keep()
            if self._broken is None and not is_stopping():
                self._faults.ask_reference(executor)
                self.statistics.course_problems = tuple(map(str, self._faults.problems))
        finally:
            self._keep()  # whatever ended it: what is done is done
        if self._broken is not None:
            raise self._broken

    def note_missing(self, students: Sequence[Student], numbers: dict[str, int]) -> None:
        """Keep who never handed in anything."""
        for start in range(0, len(students), CHUNK):
            for student in students[start : start + CHUNK]:
                entry = NewEntry(numbers[student.identifier], Outcome.MISSING)
                self._found.append((Group(student), entry, {}))
            self._keep()

    # --------------------------------------------------------------------------------------------- reading

    def _work(self, groups: Sequence[Group], numbers: dict[str, int]) -> Iterator[tuple[PendingSubmission, Job] | None]:
        """Settle what needs no grading, and give jobs for the rest."""
        read_ahead(groups[:CHUNK])
        for start in range(0, len(groups), CHUNK):
            chunk = groups[start : start + CHUNK]
            self.prefetch(chunk)
            waiting: list[PendingSubmission] = []
            for group in chunk:
                student = PendingStudent(group, numbers[group.student.identifier], [None] * len(group.items))
                waiting += [one for place in range(len(group.items)) if (one := self._read(student, place))]
                self._finish_if_settled(student)
            read_ahead(groups[start + CHUNK : start + 2 * CHUNK])
            known = self._known(waiting)
            for pending in waiting:
                if pending.key in self._fresh:  # graded since the chunk was looked up
                    self._keep()
                    known |= self._known([pending])
                try:
                    with over_one_submission(pending.submission.label):
                        is_settled = self._settle_known(pending, known.get(pending.key))
                except JudgingError as error:
                    self._refuse([pending], NotGraded(str(error)))
                    continue
                if not is_settled:
                    others = self._in_hand.setdefault(pending.key, [])
                    others.append(pending)
                    if len(others) == 1:
                        yield pending, self._job(pending)
            self._keep()
            yield None

    def _read(self, student: PendingStudent, place: int) -> PendingSubmission | None:
        """Read one submission; settle it where it cannot be read or does not count."""
        group = student.group
        item = group.items[place]
        variant = None
        if self.plan.course.variant is not None:  # whose it is says the roster, never what was handed in
            variant = variant_number(self.plan.course.assignment, group.student.identifier)
        try:
            submission = item.read()
            if variant is not None:
                _refuse_stranger(group.student)
            with over_one_submission(submission.label):
                is_kept = item.is_kept or submission.digest in self._kept
                content = b"" if is_kept else dump(submission, self.plan.course.provided)
        except (SubmissionError, JudgingError) as error:
            known = error.digest if isinstance(error, UnreadableSubmissionError) else ""
            digest = known or UNREADABLE + hashlib.sha256(str(error).encode("utf-8", "backslashreplace")).hexdigest()
            handed_in = HandedIn(digest, item.source, item.origin, item.submitted_at, problem=storable(str(error)))
            failed = Outcome.FAILED if isinstance(error, JudgingError) else Outcome.UNREADABLE
            outcome = self._uncounted(group, place) or failed
            message = storable(str(error)) if outcome is failed else group.message
            student.settled[place] = student.ungraded(place, outcome, handed_in, message)
            return None
        # A time that is known is not taken away by a file that has none.
        submitted_at = item.submitted_at or self._times.get((student.number, submission.digest))
        handed_in = HandedIn(
            submission.digest, item.source, item.origin, submitted_at, submission.notes, content=content
        )  # fmt: skip
        uncounted = self._uncounted(group, place)
        if uncounted is not None:
            student.settled[place] = student.ungraded(place, uncounted, handed_in, group.message)
            return None
        if submitted_at is None and self.plan.course.assignment.late is not None:
            self.statistics.untimed.append(student.group.student.identifier)
        adjustments = self._decisions.adjustments(
            student.number, group.student.identifier, submitted_at, is_marked_late=item.late
        )
        key = self.plan.record.key(submission.digest, variant)
        return PendingSubmission(student, place, submission, handed_in, adjustments, key, variant)

    def _uncounted(self, group: Group, place: int) -> Outcome | None:
        """Return why a submission is not graded: another counts, or nobody knows which does."""
        if group.chosen is None or group.chosen == place:
            return None
        return Outcome.UNDECIDED if group.chosen == -1 else Outcome.SUPERSEDED

    # ------------------------------------------------------------------------------------------- settling

    def _known(self, waiting: Sequence[PendingSubmission]) -> dict[str, CachedResult]:
        keys = {pending.key for pending in waiting}
        if self.plan.again:
            keys &= self._fresh
        return self._book.results.known(self.plan.course.name, sorted(keys))

    def _settle_known(self, pending: PendingSubmission, known: CachedResult | None) -> bool:
        """Settle a submission from a result that is there already; False where it has to run."""
        if known is None:
            return False
        is_same = known.scoring == self._scoring
        written = self._written.get(pending.student.number)
        if is_same and written is not None and self._is_written(written, pending, known):
            counts = Counted(score=written.score, max_score=written.max_score, late_penalty=written.late_penalty)
            self._settle_graded(pending, known.number, known, counts)
        else:
            result = from_json(json.loads(zlib.decompress(self._book.results.document(known.number))))
            if not is_same:
                course = self.plan.course
                result = rescored(result, course.assignment, course.tests_digest, course.named_answers)
            kept = known.number if is_same else graded(result, pending.key, self._scoring)
            told = kept if isinstance(kept, NewResult) else known
            self._settle_graded(pending, kept, told, self._counted(pending, result))
            self.statistics.rescored += not is_same
        self.statistics.unchanged += is_same
        return True

    def _is_written(self, written: Entry, pending: PendingSubmission, known: CachedResult) -> bool:
        """Return whether the report that was written last is right. Version 1 did not keep with what it was made."""
        return (
            bool(written.adjustments)
            and (written.page, written.result) == (self._page(pending), known.number)
            and self._folder.has(pending.student.group.student.identifier)
        )

    def _counted(self, pending: PendingSubmission, result: Result) -> Counted:
        return counted_result(
            result, pending.submission.label, pending.submission.notes, self.plan.course.assignment,
            pending.adjustments, self.plan.config.view, self._environment,
        )  # fmt: skip

    def _page(self, pending: PendingSubmission) -> str:
        """Hash what a report shows."""
        submission = pending.submission
        return page_digest(
            pending.key, self._scoring, submission.label, submission.notes, pending.adjustments,
            self.plan.config.view,
        )  # fmt: skip

    def _job(self, pending: PendingSubmission) -> Job:
        return Job(
            self.plan.config, pending.submission, pending.key, self._scoring, pending.adjustments, pending.variant
        )  # fmt: skip

    def _take(self, pending: PendingSubmission, future: Future[JobResult | NotGraded]) -> None:
        """Settle what waited for an answer: one student, or several who handed in the same."""
        waiting = self._in_hand.pop(pending.key)
        try:
            result = future.result()
        except DroppedError:
            return
        except ClusterError as error:
            self._broken = error
            return
        except Exception as error:  # noqa: BLE001  # its process died, or could not even answer: nobody else pays for it
            text = f"{type(error).__name__}: {error}" if not isinstance(error, GradeError) else str(error)
            is_over_budget = isinstance(error, ProcessDiedError) and error.is_over_budget
            result = NotGraded(text, is_of_submission=is_over_budget)
        if isinstance(result, NotGraded):
            self._refuse(waiting, result)
            return
        self._faults.failures = 0
        self._fresh.add(pending.key)
        self.statistics.graded_now += 1
        for one in waiting:
            counts = result.counted
            if one is not pending:
                try:
                    with over_one_submission(one.submission.label):
                        counts = self._counted(one, from_json(json.loads(zlib.decompress(result.graded.document))))
                except JudgingError as error:
                    self._refuse([one], NotGraded(str(error)))
                    continue
            self._settle_graded(one, result.graded, result.graded, counts)

    def _refuse(self, waiting: Sequence[PendingSubmission], refusal: NotGraded) -> None:
        if refusal.is_final:
            problem = Problem(self.plan.course.name, "", refusal.message)
            self._broken = CourseError((problem,)) if refusal.is_course else MachineError(refusal.message)
            return
        self._faults.failures += not refusal.is_of_submission
        for pending in waiting:
            failed = pending.student.ungraded(pending.place, Outcome.FAILED, pending.handed_in, refusal.message)
            self._settle(pending, failed)

    # -------------------------------------------------------------------------------------------- keeping

    def _settle_graded(
        self, pending: PendingSubmission, result: NewResult | int, told: NewResult | CachedResult, counts: Counted
    ) -> None:
        student, statuses = pending.student, told.statuses
        void = result if isinstance(result, NewResult) and result.outcome is Outcome.VOID else None
        if void is not None:
            self._faults.note_void(statuses)
        message = void_message(void) if void is not None else unread_message(pending.submission.unreadable)
        entry = NewEntry(
            student.number, Outcome.GRADED if void is None else Outcome.VOID, pending.place, pending.handed_in, result,
            chosen=student.group.why, message=message,
            score=counts.score if void is None else None, max_score=counts.max_score if void is None else None,
            page=self._page(pending), late=pending.adjustments.late, late_penalty=counts.late_penalty,
            final=counts.final,
        )  # fmt: skip
        self._settle(pending, GradedSubmission(entry, statuses, counts.pages, told.measures))

    def _settle(self, pending: PendingSubmission, settled: GradedSubmission) -> None:
        pending.student.settled[pending.place] = settled
        self._finish_if_settled(pending.student)

    def _finish_if_settled(self, student: PendingStudent) -> None:
        """Choose which submission counts once all are settled, write its report, and have it kept."""
        settled = [one for one in student.settled if one is not None]
        if len(settled) < len(student.settled):
            return
        group = student.group
        counting = max(group.chosen, 0) if group.chosen is not None else best(settled, self.plan.course.assignment)
        chosen = settled[counting]
        if chosen.pages is not None:
            self._folder.write(group.student.identifier, chosen.pages)
        elif chosen.entry.result is None:
            self._write_not_graded(group, counting, chosen.entry)
        for place, one in enumerate(settled):
            self._found.append((group, replace(one.entry, counts=place == counting), one.statuses))

    def _write_not_graded(self, group: Group, counting: int, entry: NewEntry) -> None:
        """Say on a student's page why there is no result, in place of an earlier one."""
        sentences = why_not_graded(entry.outcome, entry.message)
        if not sentences:
            self._folder.remove(group.student.identifier)
            return
        source = PurePath(group.items[counting].source).name
        page = render_not_graded(self.plan.course.assignment, source, sentences, self._environment)
        self._folder.write_not_graded(group.student.identifier, page)

    def _keep(self) -> None:
        """Keep what is settled in the gradebook, then count it."""
        self._kept_at = time.monotonic()
        if not self._found:
            return
        found, self._found = self._found, []
        self._book.results.record(self.plan.run, [entry for _, entry, _ in found])
        for group, entry, statuses in found:
            self.statistics.add(group.student, entry, statuses)
        self._show(self.statistics)
