"""Judge one submission: run its hidden tests and word a verdict for every check."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

import pytest

from grader.authoring import Inconclusive
from grader.course.assignment import CourseAssignment
from grader.diagnosis.diagnose import Diagnosis, diagnoses
from grader.diagnosis.known_mistakes import KnownMistakes
from grader.diagnosis.unwritten import UnwrittenGaps
from grader.drivers import former_names
from grader.errors import DriverError, OverBudgetError, UnsendableError
from grader.judging.agreement import refuse_unmatched_measures, warn_of_former_names
from grader.judging.budget import Budget
from grader.judging.collection import CaseEnd, HiddenTests
from grader.judging.facts import lacking, operations, printing, processor_seconds
from grader.judging.found_example import FoundExample
from grader.judging.implementations import Implementations, Opened, in_the_judge
from grader.judging.makers import makers_of
from grader.judging.plugin import PUBLIC_SEED, case_name
from grader.judging.recorded_examples import record_smaller_cases
from grader.judging.reference_worker import as_reference, reference_in_a_worker
from grader.judging.smallest_example import ExampleSearch
from grader.judging.unresponsive import EndlessLoops
from grader.judging.verdicts import has_passed, held_up, is_ready, running_order, short_cases, shortfall, verdict
from grader.model.assignment import Check, Profile
from grader.model.progress import Ended, Progress
from grader.model.result import Verdict
from grader.model.status import Status
from grader.rules.rule import Facts
from grader.sandbox.host.prefetch import DriverCall
from grader.sandbox.host.server import Server
from grader.sandbox.host.session import Session
from grader.subjects.case import Case, ended_case
from grader.subjects.course import CourseSubject, ReferenceFailure, printed_to_stderr
from grader.subjects.course_sentences import CourseSentences
from grader.subjects.driver_name import driver_name
from grader.subjects.recordings import Recordings, call_bytes, seed_of
from grader.subjects.student import Call, StudentSubject, Subject, quotable_of

UNEXPLAINED: Final = "why it failed was not looked for to the end: that took more than one submission may take"


@dataclass(slots=True)
class Judgement:
    """The verdicts on one submission and what was noticed on the way."""

    verdicts: tuple[Verdict, ...] = ()
    facts: Facts = field(default_factory=Facts)
    calls: dict[str, tuple[Call, ...]] = field(default_factory=dict)
    examples: Mapping[str, FoundExample] = field(default_factory=dict)
    peak_bytes: int = 0


class Judge:
    """An assignment with its hidden tests collected, judging submission after submission.

    `seed` is that of hidden inputs, where it is not the assignment's own.
    `tell_progress` hears of each check before it runs, and once all have ended. Where `spares_time`, a check that
    comes into a loop that gave no answer before is ended soon: for a student who waits, not for a grade. `first` are
    checks that run before the others, with those that they need. Where it `seeks_examples`, the smallest inputs are
    looked for on which a check fails: for results that a student reads.
    """

    def __init__(self, course: CourseAssignment, recordings: Recordings, seed: int | None = None) -> None:
        self.seed = course.assignment.seed if seed is None else seed
        former = former_names.former_imports([course.drivers, *course.checks.values(), course.mistakes])
        former_names.install(former)
        self.tests = HiddenTests(course)
        refuse_unmatched_measures(course, self.tests)
        warn_of_former_names(course, former, self.tests)
        self.recordings = recordings
        self.sentences = CourseSentences.of(course)
        self.tell_progress: Callable[[Progress], None] | None = None
        self.spares_time = False
        self.first: frozenset[str] = frozenset()
        self.seeks_examples = False
        self.take_course(course)

    def take_course(self, course: CourseAssignment) -> None:
        """Judge by a course's reference, as a variant has it, and draw inputs and constants for that."""
        self.course = course
        self.tests = self.tests.with_constants({} if course.variant is None else course.variant.constants)
        self.reference = CourseSubject.of(course, self.recordings)
        self._examples_reference = self.reference.unrecorded()  # what it answers to examples is not kept
        self.mistakes = KnownMistakes(course, self.recordings)
        self.unwritten = UnwrittenGaps(course, self.recordings)
        self._first_calls = self._learn_first_calls()

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks whose tests were collected, in rubric order."""
        return tuple(check for check in self.course.assignment.checks if check.name in self.tests.cases)

    @property
    def first_calls(self) -> dict[str, list[bytes]]:
        """The driver calls that the cases of each check make first, as far as they are known."""
        return {name: [one.call for one in calls] for name, calls in self._first_calls.items()}

    def cases(self) -> Iterator[tuple[Check, pytest.Function]]:
        """List the cases of all checks, in rubric order."""
        return ((check, item) for check in self.checks for item in self.tests.cases[check.name])

    def judge(self, session: Session, *, only: Collection[str] | None = None, seed: int | None = None) -> Judgement:
        """Judge checks on the submission that a session holds.

        `only` names checks, where not all are judged: one that is left out holds nobody up that needs it. `seed` is
        that of hidden inputs, where it is not the judge's own.
        """
        judgement = Judgement()
        outcomes: dict[str, list[Case]] = {}
        waits: dict[str, Verdict] = {}
        checks = [check for check in self.checks if only is None or check.name in only]
        budget, over = Budget.of(self.course.assignment.runtime), ""
        self.tests.begin()
        try:
            with budget.watched(), printed_to_stderr():  # once: each case would do it for itself
                self._run_checks(running_order(checks, self.first), session, seed, outcomes, waits)
        except OverBudgetError as error:
            over = str(error)
        judgement.calls = {
            name: tuple(call for case in cases for call in case.calls) for name, cases in outcomes.items()
        }
        public = {check.name for check in checks if check.public}
        judgement.facts = replace(
            printing(judgement.calls, public),
            operations=operations(judgement.calls),
            seconds=processor_seconds(judgement.calls),
            submitted=quotable_of(session),
        )
        why: Mapping[str, Diagnosis] = {}
        try:
            with budget.watched():
                outcomes, why = self._explained(outcomes, session, public)
        except OverBudgetError:  # the verdicts stand without
            why = dict.fromkeys(outcomes, Diagnosis(detail=UNEXPLAINED))
        made_by = makers_of(self.checks, outcomes, session) if self.seeks_examples and not over else {}
        judgement.examples = self._examples(outcomes, session, seed) if self.seeks_examples and not over else {}
        lacks = lacking(judgement.calls, [check.name for check in checks])
        judgement.verdicts = tuple(
            verdict(
                check,
                outcomes[check.name],
                why.get(check.name, Diagnosis()),
                quotable_of(session),
                judgement.examples.get(check.name),
                lacks.get(check.name, ()),
                made_by.get(check.name),
            )
            if check.name in outcomes
            else waits[check.name]
            if check.name in waits
            else Verdict(check=check.name, status=Status.VOID, message=over)
            for check in checks
        )
        return judgement

    def _run_checks(
        self,
        order: Sequence[Check],
        session: Session,
        seed: int | None,
        outcomes: dict[str, list[Case]],
        waits: dict[str, Verdict],
    ) -> None:
        """Run checks one after the other: `outcomes` has those that ended, `waits` those that another holds up."""
        names = {check.name for check in order}
        prefetched: set[str] = set()
        loops = EndlessLoops(session.sources)
        for place, check in enumerate(order):
            self._tell(check.name, place, order, session, outcomes, waits)
            needs = [need for need in check.needs if need in waits or not has_passed(outcomes.get(need, ()))]
            if needs:
                waits[check.name] = held_up(check, needs, outcomes, waits)
                continue
            if check.name not in prefetched:
                alike = [later for later in order[place:] if later.public is check.public]
                ready = [later.name for later in alike if is_ready(later, names, outcomes)]
                prefetched.update(ready)
                self._prefetch(ready, session, seed)
            outcomes[check.name] = self._run_cases(check, session, seed, loops)
        self._tell("", len(order), order, session, outcomes, waits)

    def _tell(
        self,
        now: str,
        done: int,
        order: Sequence[Check],
        session: Session,
        outcomes: Mapping[str, list[Case]],
        waits: Mapping[str, Verdict],
    ) -> None:
        """Say which check runs now, and how those before it ended; an empty name says that all have ended."""
        if self.tell_progress is None:
            return
        ended = []
        for check in order[:done]:
            if check.name in waits:
                ended.append(Ended(check, Status.BLOCKED, waits[check.name].message))
            else:
                cases = outcomes[check.name]
                wrong = [case for case in cases if case.status is not Status.PASSED]
                first = self._as_unwritten(wrong[0], session) if wrong else None
                ended.append(Ended(check, *((first.shown_status, first.message) if first else (Status.PASSED, ""))))
        self.tell_progress(Progress(check=now, of=len(order), ended=tuple(ended)))

    def _as_unwritten(self, case: Case, session: Session) -> Case:
        """Return a case as unwritten where what failed in it is."""
        return self.unwritten.told(case, self.unwritten.found_in(session.sources), session.sources, session.source_maps)

    def _explained(
        self, outcomes: dict[str, list[Case]], session: Session, public: Container[str]
    ) -> tuple[dict[str, list[Case]], Mapping[str, Diagnosis]]:
        """Return the cases with what is unwritten told, and why checks failed."""
        if not all(map(has_passed, outcomes.values())):  # to read all sources takes as long as a few checks
            unwritten = self.unwritten.found_in(session.sources)
            outcomes = {
                name: [self.unwritten.told(case, unwritten, session.sources, session.source_maps) for case in cases]
                for name, cases in outcomes.items()
            }
        short = {
            check.name: short_cases(check, outcomes[check.name]) for check in self.checks if check.name in outcomes
        }
        maps = {check.name for check in self.checks if check.maps}
        layout = self.course.assignment.image_layout
        return outcomes, diagnoses(short, self.mistakes, self.reference, public=public, maps=maps, layout=layout)

    def _examples(self, outcomes: dict[str, list[Case]], session: Session, seed: int | None) -> dict[str, FoundExample]:
        """Look for the smallest inputs on which checks fail; what takes more than a submission may has none."""
        # A hand-out knows what was recorded for it: what is right in the smaller cases that are tried first.
        reference = self._examples_reference if self.course.has_reference else self.reference
        search = ExampleSearch(self.tests, reference, self.reference, session, partial(self.run_case_with, seed=seed))
        with suppress(OverBudgetError, ReferenceFailure), Budget.of(self.course.assignment.runtime).watched():
            reference.import_modules()  # once for a process, and no part of what an example may take
            return search.found((check, outcomes[check.name]) for check in self.checks if check.name in outcomes)
        return {}

    def first_failed(self, session: Session, seconds: float) -> str | None:
        """Return the first check that does not pass, running no further; None when all pass."""
        for check, item in self.cases():
            hurried = replace(check, seconds=min(seconds, check.seconds))
            case = self.run_case(hurried, item, session)
            if case.status not in {Status.PASSED, Status.BLOCKED} or shortfall(check, case.measured) is not None:
                return check.name
        return None

    def record_reference(self) -> int:
        """Run every case on the reference, and on each mistake that it should catch, to fill the recordings."""
        count = 0
        for check, item in self.cases():
            for known in (self.mistakes, *self.mistakes.in_conventions):
                for subject in (known.right, *known.subjects_that_fail(check.name)):
                    self.run_case_with(check, item, subject)
                    count += 1
        return count

    def record_reference_of(self, course: CourseAssignment) -> None:
        """Record what the reference of another course folder answers to these checks, and to smaller cases of them."""
        whole = CourseSubject.of(course, self.recordings)
        for check, item in self.cases():
            self.run_case_with(check, item, whole, whole)
        for check in self.checks:
            record_smaller_cases(self.tests, check.name, whole, self.inputs_seed(check))

    def run_case_with(
        self,
        check: Check,
        item: pytest.Function,
        student: Subject,
        reference: Subject | None = None,
        *,
        seed: int | None = None,
        files: Subject | None = None,
    ) -> BaseException | None:
        """Run one case with any callable as the student, or as both.

        Returns:
            What ended it, None when it passed; where what it measured does not earn all points, a failure that says so.
        """
        tried = Implementations(
            course=self.course, student=student, mistakes=self.mistakes.mistakes,
            ask=in_the_judge(self.course, self.recordings), order=random.Random(0),  # noqa: S311  # nobody is graded
        )  # fmt: skip
        seed = self.inputs_seed(check, seed)
        end = self.tests.run(item, student, reference or self.reference, seed, files=files, implementations=tried)
        return end.error or shortfall(check, end.measured)

    def run_case(self, check: Check, item: pytest.Function, session: Session, seed: int | None = None) -> Case:
        """Run one case of a hidden test on a submission."""
        end, calls, asks_code = self._run_on(session, check, item, seed, self.reference)
        if isinstance(end.error, ReferenceFailure) and not end.error.is_final:  # it may fail in this process alone
            with reference_in_a_worker(self.course, session.server, check.seconds) as (reference, _):
                end, calls, asks_code = self._run_on(session, check, item, seed, as_reference(reference))
        return ended_case(
            check,
            case_name(item),
            end.error,
            calls=calls,
            notes=end.notes,
            sentences=self.sentences,
            measured=end.measured,
            figure=end.figure,
            asks_code=asks_code,
            passes_on_the_reference=lambda: self._passes_on_the_reference(check, item, seed, session.server),
        )

    def _run_on(
        self, session: Session, check: Check, item: pytest.Function, seed: int | None, reference: Subject
    ) -> tuple[CaseEnd, tuple[Call, ...], bool]:
        """Run one case on a submission; return how it ended, its calls, and whether it asked for code at all."""
        kind = self.reference.kind_in_the_place_of
        student = StudentSubject(session, seconds=check.seconds, public=check.public, expected_kind=kind)
        files = StudentSubject(session.without_code(self.course.provided), seconds=check.seconds, public=check.public)
        with closing(Opened(self.course, session.server, check.seconds)) as opened:
            tried = Implementations(
                course=self.course, student=student, mistakes=self.mistakes.mistakes, ask=opened.ask,
                order=random.SystemRandom(), renew=session.close, kept=student.calls,
            )  # fmt: skip
            seed = self.inputs_seed(check, seed)
            end = self.tests.run(item, student, reference, seed, files=files, implementations=tried)
        return end, (*student.calls, *files.calls), bool(student.calls)

    def _passes_on_the_reference(self, check: Check, item: pytest.Function, seed: int | None, server: Server) -> bool:
        """Return whether the reference, asked as a student is, passes a case; so it does where it is not here to ask.

        Neither what was recorded nor what this process finds is believed alone: a case is the course's fault once the
        reference fails in it in a worker of its own, which no student's code has seen.
        """
        for is_recorded in (True, False):
            subject = self.reference if is_recorded else self.reference.unrecorded()
            error = self.run_case_with(check, item, subject, subject, seed=seed)
            is_unknown = isinstance(error, ReferenceFailure) and not self.course.has_reference
            if error is None or isinstance(error, Inconclusive) or is_unknown:
                return True
        return self.course.has_reference and self._passes_in_a_worker(check, item, seed, server)

    def _passes_in_a_worker(self, check: Check, item: pytest.Function, seed: int | None, server: Server) -> bool:
        """Return whether the reference passes a case as a submission does."""
        with reference_in_a_worker(self.course, server, check.seconds) as (student, files):
            error = self.run_case_with(check, item, student, as_reference(student), seed=seed, files=files)
        return error is None or isinstance(error, Inconclusive)

    def _run_cases(self, check: Check, session: Session, seed: int | None, loops: EndlessLoops) -> list[Case]:
        cases: list[Case] = []
        for item in self.tests.cases[check.name]:
            if cases and cases[-1].status is Status.TIMED_OUT:
                late = Case(name=case_name(item), status=Status.TIMED_OUT, message="not run after the case before it")
                cases.append(late)
                continue

            def run_for(seconds: float, item: pytest.Function = item) -> Case:
                return self.run_case(replace(check, seconds=seconds), item, session, seed)

            cases.append(loops.run(check.seconds, run_for) if self.spares_time else run_for(check.seconds))
            loops.note(check.name, cases[-1])
            session.bar(loops.barred() if self.spares_time else {})
        return cases

    def inputs_seed(self, check: Check, seed: int | None = None) -> int:
        """Return what a check's inputs are drawn from, `seed` where it is hidden and that is given."""
        chosen = PUBLIC_SEED if check.public else self.seed if seed is None else seed
        return chosen if self.course.variant is None else self.course.variant.seed(chosen)

    def _learn_first_calls(self) -> dict[str, list[DriverCall]]:
        """Learn what the cases of each check ask the student first.

        This is done before the reference is asked for anything: what a case asks then cannot hold an expected value,
        which a submission that is handed several calls at once could find in one and give as the answer to another.
        """
        calls: dict[str, list[DriverCall]] = {}
        runtime = self.course.assignment.runtime
        if runtime.fork_per_call or runtime.profile is not Profile.MEMORY:
            return calls  # each call has a worker of its own
        for check, item in self.cases():
            asked = self.tests.first_call(item, self.inputs_seed(check))
            with suppress(UnsendableError, DriverError):  # who grades is told, once it is really asked
                if asked is not None:
                    call = call_bytes(driver_name(asked.driver), asked.inputs)
                    one = DriverCall(call, check.seconds, seed_of(call), check.public)
                    calls.setdefault(check.name, []).append(one)
        return calls

    def _prefetch(self, checks: Sequence[str], session: Session, seed: int | None) -> None:
        """Have the first calls of checks answered together."""
        if seed is None or seed == self.seed:
            session.prefetch([call for name in checks for call in self._first_calls.get(name, ())])
