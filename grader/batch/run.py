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
from concurrent.futures import CancelledError, Executor, Future
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final

import jinja2

from grader.batch.cluster import ClusterError
from grader.batch.content import packed
from grader.batch.groups import Group, Item
from grader.batch.jobs import Answer, Job, Pages, Refusal, Setting, graded, labelled, late_points, pages_of
from grader.batch.keys import CourseRecord
from grader.batch.lanes import DroppedError, LaneDiedError
from grader.batch.pages import PagesFolder
from grader.batch.rescore import rescored
from grader.batch.schedule import answers
from grader.batch.tally import Tally
from grader.catalog import CourseAssignment, CourseError, Problem
from grader.gradebook.book import Gradebook
from grader.gradebook.rows import ByHand, Entry, Graded, HandedIn, Known, Outcome, Student, WrittenPage
from grader.late import LateDecision, decide
from grader.model import Result
from grader.results import from_json
from grader.sandbox.host.exit_status import MachineError
from grader.standing import Adjustments, standing
from grader.submissions.read import Submission, SubmissionError

CHUNK: Final = 50  # students that are looked up together, or kept together at most
KEEP_SECONDS: Final = 0.5  # for so long what is done waits for others to be kept with
MOST_FAILURES: Final = 3  # in a row, before the machine is taken to be broken rather than a submission
UNREADABLE: Final = "unreadable:"  # begins the digest of what holds nothing that can be hashed


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is about. `again` grades what is unchanged too."""

    course: CourseAssignment
    setting: Setting
    record: CourseRecord
    run: int
    again: bool = False


@dataclass(slots=True)
class Settled:
    """One submission, settled. `pages` is None where what was written before is right."""

    outcome: Outcome
    handed_in: HandedIn | None
    message: str = ""
    result: Graded | int | None = None
    statuses: dict[str, str] = field(default_factory=dict)
    score: Fraction | None = None
    max_score: Fraction | None = None
    taken: Fraction = Fraction(0)
    late: LateDecision | None = None
    page: str = ""
    pages: Pages | None = None


@dataclass(slots=True)
class Open:
    """A student whose submissions are being settled."""

    group: Group
    number: int
    settled: list[Settled | None]


@dataclass(frozen=True, slots=True)
class Ticket:
    """A submission that needs grading: whose, which of theirs, and what is known of it."""

    student: Open
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
        folder: PagesFolder,
        environment: jinja2.Environment,
        show: Callable[[Tally], None],
    ) -> None:
        self.plan = plan
        self.tally = Tally()
        self._show = show
        self._book = book
        self._folder = folder
        self._environment = environment
        self._written: dict[int, WrittenPage] = {}
        self._by_hand: dict[int, ByHand] = {}
        self._days_used: dict[int, int] = {}
        self._in_hand: dict[str, list[Ticket]] = {}
        self._fresh: set[str] = set()
        self._found: list[tuple[Group, Entry, dict[str, str]]] = []
        self._failures = 0
        self._kept_at = 0.0
        self._broken: CourseError | MachineError | ClusterError | None = None
        self.prefetch: Callable[[Sequence[Group]], None] = lambda _groups: None

    def over(
        self,
        groups: Sequence[Group],
        numbers: dict[str, int],
        executor: Executor,
        window: Callable[[], int],
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
        self._written = self._book.pages(assignment, str(self._folder.folder))
        self._by_hand = self._book.by_hand(assignment)
        policy = self.plan.course.assignment.late
        if policy is not None and policy.late_days:
            self._days_used = self._book.late_days_used(assignment, decide(policy, None).due)
        work = self._work(groups, numbers)
        try:
            for done in answers(executor, work, window, lambda: is_stopping() or self._broken is not None):
                for ticket, future in done:
                    self._take(ticket, future)
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
                entry = Entry(numbers[student.identifier], Outcome.MISSING)
                self._folder.remove(student.identifier)
                self._found.append((Group(student), entry, {}))
            self._keep()

    # --------------------------------------------------------------------------------------------- reading

    def _work(self, groups: Sequence[Group], numbers: dict[str, int]) -> Iterator[tuple[Ticket, Job] | None]:
        """Settle what needs no grading, and give jobs for the rest."""
        for start in range(0, len(groups), CHUNK):
            chunk = groups[start : start + CHUNK]
            self.prefetch(chunk)
            tickets: list[Ticket] = []
            for group in chunk:
                student = Open(group, numbers[group.student.identifier], [None] * len(group.items))
                tickets += [ticket for place in range(len(group.items)) if (ticket := self._read(student, place))]
                self._finish_if_settled(student)
            known = self._known(tickets)
            for ticket in tickets:
                if ticket.key in self._fresh:  # graded since the chunk was looked up
                    self._keep()
                    known |= self._known([ticket])
                if not self._settle_known(ticket, known.get(ticket.key)):
                    others = self._in_hand.setdefault(ticket.key, [])
                    others.append(ticket)
                    if len(others) == 1:
                        yield ticket, self._job(ticket)
            self._keep()
            yield None

    def _read(self, student: Open, place: int) -> Ticket | None:
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
            student.settled[place] = Settled(outcome, handed_in, message)
            return None
        handed_in = HandedIn(
            submission.digest, item.source, item.origin, item.submitted_at, submission.notes,
            content=b"" if item.is_kept else packed(submission, self.plan.course.provided),
        )  # fmt: skip
        uncounted = self._uncounted(group, place)
        if uncounted is not None:
            student.settled[place] = Settled(uncounted, handed_in, group.message)
            return None
        adjustments = self._adjustments(student.number, item)
        return Ticket(student, place, submission, handed_in, adjustments, self.plan.record.key(submission.digest))

    def _uncounted(self, group: Group, place: int) -> Outcome | None:
        """Say why a submission is not graded: another counts, or nobody knows which does."""
        if group.chosen is None or group.chosen == place:
            return None
        return Outcome.UNDECIDED if group.chosen == -1 else Outcome.SUPERSEDED

    def _adjustments(self, student: int, item: Item) -> Adjustments:
        by_hand = self._by_hand.get(student, ByHand())
        policy = self.plan.course.assignment.late
        late = None
        if policy is not None:
            left = policy.late_days - self._days_used.get(student, 0)
            late = decide(policy, item.submitted_at, by_hand.extension, left)
            if item.submitted_at is None and item.late:
                late = replace(late, lines=(f"marked late, {late.lines[0]}",))
        rows = self.plan.course.assignment.by_hand
        return Adjustments(late, tuple(by_hand.overrides), tuple(by_hand.marks), rows)

    # ------------------------------------------------------------------------------------------- settling

    def _known(self, tickets: Sequence[Ticket]) -> dict[str, Known]:
        keys = {ticket.key for ticket in tickets}
        if self.plan.again:
            keys &= self._fresh
        return self._book.known(self.plan.course.name, sorted(keys))

    def _settle_known(self, ticket: Ticket, known: Known | None) -> bool:
        """Settle a submission from a result that is there already; False where it has to run."""
        if known is None:
            return False
        settled = Settled(Outcome.GRADED, ticket.handed_in, statuses=known.statuses, late=ticket.adjustments.late)
        settled.page = self._page(ticket)
        written = self._written.get(ticket.student.number)
        is_same = known.scoring == self.plan.record.scoring
        identifier = ticket.student.group.student.identifier
        if is_same and written is not None and written.page == settled.page and self._folder.has(identifier):
            settled.result = known.number
            settled.score, settled.max_score, settled.taken = written.score, written.max_score, written.taken
        else:
            result: Result | None = from_json(json.loads(zlib.decompress(self._book.document(known.number))))
            if result is not None and not is_same:
                result = rescored(result, self.plan.course.assignment, self.plan.course.tests_digest)
            if result is None:
                return False
            settled.result = known.number if is_same else graded(result, ticket.key, self.plan.record.scoring)
            self._tell(settled, ticket, result)
            self.tally.rescored += not is_same
        self.tally.unchanged += is_same
        self._settle(ticket, settled)
        return True

    def _tell(self, settled: Settled, ticket: Ticket, result: Result) -> None:
        """Say what a result comes to for this student, and write it."""
        rule = self.plan.course.assignment.output_rule
        counts = standing(labelled(result, ticket.submission), rule, ticket.adjustments)
        settled.score, settled.max_score, settled.taken = counts.score, counts.max_score, late_points(counts)
        settled.pages = pages_of(counts, self.plan.setting.view, self._environment)

    def _page(self, ticket: Ticket) -> str:
        """Hash what a report shows."""
        shows = (
            ticket.key, self.plan.record.scoring, ticket.submission.label, ticket.submission.notes,
            repr(ticket.adjustments), self.plan.setting.view.value,
        )  # fmt: skip
        return hashlib.sha256(json.dumps(shows).encode()).hexdigest()

    def _job(self, ticket: Ticket) -> Job:
        record = self.plan.record
        return Job(self.plan.setting, ticket.submission, ticket.key, record.scoring, ticket.adjustments)

    def _take(self, ticket: Ticket, future: Future[Answer | Refusal]) -> None:
        """Settle what waited for an answer: one student, or several who handed in the same."""
        tickets = self._in_hand.pop(ticket.key)
        try:
            answer = future.result()
        except (DroppedError, CancelledError):
            return
        except ClusterError as error:
            self._broken = error
            return
        except LaneDiedError as error:
            answer = Refusal(str(error))
        if isinstance(answer, Refusal):
            self._refuse(tickets, answer)
            return
        self._failures = 0
        self._fresh.add(ticket.key)
        self.tally.graded_now += 1
        for waiting in tickets:
            settled = Settled(
                answer.graded.outcome, waiting.handed_in, result=answer.graded, statuses=answer.graded.statuses,
                late=waiting.adjustments.late, page=self._page(waiting),
            )  # fmt: skip
            if answer.graded.outcome is Outcome.VOID:
                settled.message = _void_message(answer.graded.statuses)
            if waiting is ticket:
                settled.score, settled.max_score, settled.taken = answer.score, answer.max_score, answer.taken
                settled.pages = answer.pages
            else:
                self._tell(settled, waiting, from_json(json.loads(zlib.decompress(answer.graded.document))))
            if settled.outcome is Outcome.VOID:
                settled.score = settled.max_score = None
            self._settle(waiting, settled)

    def _refuse(self, tickets: Sequence[Ticket], refusal: Refusal) -> None:
        if refusal.is_final:
            problem = Problem(self.plan.course.name, "", refusal.message)
            self._broken = CourseError((problem,)) if refusal.is_course else MachineError(refusal.message)
            return
        self._failures += 1
        if self._failures >= MOST_FAILURES and not self.tally.graded_now:
            self._broken = MachineError(f"{self._failures} submissions failed and none was graded: {refusal.message}")
        for ticket in tickets:
            self._settle(ticket, Settled(Outcome.FAILED, ticket.handed_in, refusal.message))

    # -------------------------------------------------------------------------------------------- keeping

    def _settle(self, ticket: Ticket, settled: Settled) -> None:
        ticket.student.settled[ticket.place] = settled
        self._finish_if_settled(ticket.student)

    def _finish_if_settled(self, student: Open) -> None:
        """Say which submission counts once all are settled, write its report, and have it kept."""
        settled = [one for one in student.settled if one is not None]
        if len(settled) < len(student.settled):
            return
        group = student.group
        counting = max(group.chosen, 0) if group.chosen is not None else _best(settled)
        identifier = group.student.identifier
        chosen = settled[counting]
        if chosen.pages is not None:
            self._folder.write(identifier, chosen.pages)
        elif chosen.result is None:
            self._folder.remove(identifier)
        for place, one in enumerate(settled):
            entry = Entry(
                student.number, one.outcome, place, one.handed_in, one.result, place == counting, group.why,
                one.message, one.score, one.max_score, one.page, one.late, one.taken,
            )  # fmt: skip
            self._found.append((group, entry, one.statuses))

    def _keep(self) -> None:
        """Keep what is settled in the gradebook, then count it."""
        self._kept_at = time.monotonic()
        if not self._found:
            return
        found, self._found = self._found, []
        self._book.record(self.plan.run, [entry for _, entry, _ in found])
        for group, entry, statuses in found:
            self.tally.add(group.student, entry, statuses)
        self._show(self.tally)


def _best(settled: Sequence[Settled]) -> int:
    """Give the place of the highest score, of equal ones the one that came last."""

    def rank(place: int) -> tuple[Fraction, str, int]:
        one = settled[place]
        time = one.handed_in.submitted_at if one.handed_in is not None else None
        return one.score if one.score is not None else Fraction(-1), time.isoformat() if time else "", place

    return max(range(len(settled)), key=rank)


def _void_message(statuses: dict[str, str]) -> str:
    void = [check for check, status in statuses.items() if status == "void"]
    return f"the course's own code fails in {', '.join(void)}: graded again once it is repaired"
