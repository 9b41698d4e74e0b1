"""Grade a class: read, look up, grade what is new, keep it, write it. Here the steps of a batch meet.

One student at a time is settled: all their submissions are graded or found in the gradebook, one of them counts, its
report is written, and then all of it is kept in one transaction. Whatever ends the process, that student is done or is
done again.
"""

from __future__ import annotations

import hashlib
import json
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final

import jinja2

from grader.batch.executors.protocol import BatchExecutor, submit_bounded
from grader.batch.jobs import (
    Counted,
    Job,
    JobResult,
    NotGraded,
    Pages,
    RunConfig,
    counted_result,
    graded,
    page_digest,
)
from grader.batch.output_folder import OutputFolder
from grader.batch.rescore import rescored
from grader.batch.statistics import RunStatistics
from grader.course.assignment import CourseAssignment
from grader.course.fingerprint import CourseFingerprint
from grader.errors import (
    ClusterError,
    CourseError,
    DroppedError,
    MachineError,
    Problem,
    ProcessDiedError,
    SubmissionError,
)
from grader.gradebook.book import Gradebook
from grader.gradebook.class_grades import Decisions, read_decisions
from grader.gradebook.final_grade import Adjustments
from grader.gradebook.ranking import preference, ranking_rules
from grader.gradebook.records import CachedResult, Entry, HandedIn, NewEntry, NewResult, Student
from grader.gradebook.submission_archive import dump
from grader.intake.selection import Group
from grader.model.result import Result
from grader.model.status import Outcome
from grader.results.codec import from_json
from grader.submissions.read import Submission

CHUNK: Final = 50  # students that are looked up together, or kept together at most
KEEP_SECONDS: Final = 0.5  # for so long what is done waits for others to be kept with
MOST_FAILURES: Final = 3  # in a row, before the machine is taken to be broken rather than a submission
UNREADABLE: Final = "unreadable:"  # begins the digest of what holds nothing that can be hashed


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is about. `again` grades what is unchanged too."""

    course: CourseAssignment
    config: RunConfig
    record: CourseFingerprint
    run: int
    again: bool = False


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
        self._decisions = Decisions(plan.course.assignment, {}, {})
        self._in_hand: dict[str, list[PendingSubmission]] = {}
        self._fresh: set[str] = set()
        self._found: list[tuple[Group, NewEntry, dict[str, str]]] = []
        self._failures = 0
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
        self._decisions = read_decisions(self._book, self.plan.course.assignment)
        work = self._work(groups, numbers)
        try:
            for done in submit_bounded(executor, work, lambda: is_stopping() or self._broken is not None):
                for pending, future in done:
                    self._take(pending, future)
                    if len(self._found) >= CHUNK:
                        self._keep()
                if time.monotonic() - self._kept_at >= KEEP_SECONDS:
                    self._keep()
        finally:
            self._keep()  # whatever ended it: what is done is done
        if self._broken is not None:
            raise self._broken

    def note_missing(self, students: Sequence[Student], numbers: dict[str, int]) -> None:
        """Keep who handed in nothing."""
        for start in range(0, len(students), CHUNK):
            for student in students[start : start + CHUNK]:
                entry = NewEntry(numbers[student.identifier], Outcome.MISSING)
                self._folder.remove(student.identifier)
                self._found.append((Group(student), entry, {}))
            self._keep()

    # --------------------------------------------------------------------------------------------- reading

    def _work(self, groups: Sequence[Group], numbers: dict[str, int]) -> Iterator[tuple[PendingSubmission, Job] | None]:
        """Settle what needs no grading, and give jobs for the rest."""
        for start in range(0, len(groups), CHUNK):
            chunk = groups[start : start + CHUNK]
            self.prefetch(chunk)
            waiting: list[PendingSubmission] = []
            for group in chunk:
                student = PendingStudent(group, numbers[group.student.identifier], [None] * len(group.items))
                waiting += [one for place in range(len(group.items)) if (one := self._read(student, place))]
                self._finish_if_settled(student)
            known = self._known(waiting)
            for pending in waiting:
                if pending.key in self._fresh:  # graded since the chunk was looked up
                    self._keep()
                    known |= self._known([pending])
                if not self._settle_known(pending, known.get(pending.key)):
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
        try:
            submission = item.read()
        except SubmissionError as error:
            digest = UNREADABLE + hashlib.sha256(str(error).encode("utf-8", "backslashreplace")).hexdigest()
            handed_in = HandedIn(digest, item.source, item.origin, item.submitted_at, problem=str(error))
            outcome = self._uncounted(group, place) or Outcome.UNREADABLE
            message = str(error) if outcome is Outcome.UNREADABLE else group.message
            student.settled[place] = student.ungraded(place, outcome, handed_in, message)
            return None
        handed_in = HandedIn(
            submission.digest, item.source, item.origin, item.submitted_at, submission.notes,
            content=b"" if item.is_kept else dump(submission, self.plan.course.provided),
        )  # fmt: skip
        uncounted = self._uncounted(group, place)
        if uncounted is not None:
            student.settled[place] = student.ungraded(place, uncounted, handed_in, group.message)
            return None
        adjustments = self._decisions.adjustments(student.number, item.submitted_at, is_marked_late=item.late)
        return PendingSubmission(
            student, place, submission, handed_in, adjustments, self.plan.record.key(submission.digest)
        )

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
        is_same = known.scoring == self.plan.record.scoring
        written = self._written.get(pending.student.number)
        if is_same and written is not None and self._is_written(written, pending, known):
            counts = Counted(score=written.score, max_score=written.max_score, late_penalty=written.late_penalty)
            self._settle_graded(pending, known.number, known, counts)
        else:
            result = from_json(json.loads(zlib.decompress(self._book.results.document(known.number))))
            if not is_same:
                result = rescored(result, self.plan.course.assignment, self.plan.course.tests_digest)
            kept = known.number if is_same else graded(result, pending.key, self.plan.record.scoring)
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
            pending.key, self.plan.record.scoring, submission.label, submission.notes, pending.adjustments,
            self.plan.config.view,
        )  # fmt: skip

    def _job(self, pending: PendingSubmission) -> Job:
        record = self.plan.record
        return Job(self.plan.config, pending.submission, pending.key, record.scoring, pending.adjustments)

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
        except ProcessDiedError as error:
            result = NotGraded(str(error))
        if isinstance(result, NotGraded):
            self._refuse(waiting, result)
            return
        self._failures = 0
        self._fresh.add(pending.key)
        self.statistics.graded_now += 1
        for one in waiting:
            if one is pending:
                counts = result.counted
            else:
                counts = self._counted(one, from_json(json.loads(zlib.decompress(result.graded.document))))
            self._settle_graded(one, result.graded, result.graded, counts)

    def _refuse(self, waiting: Sequence[PendingSubmission], refusal: NotGraded) -> None:
        if refusal.is_final:
            problem = Problem(self.plan.course.name, "", refusal.message)
            self._broken = CourseError((problem,)) if refusal.is_course else MachineError(refusal.message)
            return
        self._failures += 1
        if self._failures >= MOST_FAILURES and not self.statistics.graded_now:
            self._broken = MachineError(f"{self._failures} submissions failed and none was graded: {refusal.message}")
        for pending in waiting:
            failed = pending.student.ungraded(pending.place, Outcome.FAILED, pending.handed_in, refusal.message)
            self._settle(pending, failed)

    # -------------------------------------------------------------------------------------------- keeping

    def _settle_graded(
        self, pending: PendingSubmission, result: NewResult | int, told: NewResult | CachedResult, counts: Counted
    ) -> None:
        student, statuses = pending.student, told.statuses
        is_void = isinstance(result, NewResult) and result.outcome is Outcome.VOID
        entry = NewEntry(
            student.number, Outcome.VOID if is_void else Outcome.GRADED, pending.place, pending.handed_in, result,
            chosen=student.group.why, message=_void_message(statuses) if is_void else "",
            score=None if is_void else counts.score, max_score=None if is_void else counts.max_score,
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
        counting = max(group.chosen, 0) if group.chosen is not None else self._best(settled)
        chosen = settled[counting]
        if chosen.pages is not None:
            self._folder.write(group.student.identifier, chosen.pages)
        elif chosen.entry.result is None:
            self._folder.remove(group.student.identifier)
        for place, one in enumerate(settled):
            self._found.append((group, replace(one.entry, counts=place == counting), one.statuses))

    def _best(self, settled: Sequence[GradedSubmission]) -> int:
        """Return the place of the highest score, of equal ones the best by what gives places, then the last."""
        rules = ranking_rules(self.plan.course.assignment)

        def rank(place: int) -> tuple[Fraction, list[float], str, int]:
            one = settled[place].entry
            time = one.handed_in.submitted_at if one.handed_in is not None else None
            measured = preference(rules, settled[place].measures)
            return (
                one.score if one.score is not None else Fraction(-1),
                measured,
                time.isoformat() if time else "",
                place,
            )

        return max(range(len(settled)), key=rank)

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


def _void_message(statuses: dict[str, str]) -> str:
    void = [check for check, status in statuses.items() if status == "void"]
    return f"the course's own code fails in {', '.join(void)}: graded again once it is repaired"
