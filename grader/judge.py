"""Judge one submission: run its hidden tests and word a verdict for every check."""

from __future__ import annotations

import traceback
from collections.abc import Container, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final

import pytest

from grader.authoring import NotWritten
from grader.case import Case
from grader.catalog import CourseAssignment
from grader.compare import Mismatch
from grader.diagnosis.diagnose import Diagnosis, diagnoses
from grader.hidden_tests import PUBLIC_SEED, HiddenTests, Subject, case_name
from grader.mistakes import KnownMistakes
from grader.model import CaseVerdict, Check, Failure, Profile, Status, Verdict
from grader.recordings import Recordings, call_bytes
from grader.sandbox import protocol
from grader.sandbox.host.exit_status import MachineError
from grader.sandbox.host.prefetch import DriverCall
from grader.sandbox.host.session import Session
from grader.subject import Call, ReferenceFailure, StudentFailure, StudentSubject, TrustedSubject, seed_of
from grader.wording.failures import Quotable, explain, names_in, quoted_lines

NOT_AN_ANSWER: Final = "what the code returned has not the expected form"


def shows_more(failure: Failure) -> bool:
    """Whether an exception's own text, which a public check may show, adds to the message."""
    said_already = failure.exception in {protocol.BrokenFileError.__name__, ModuleNotFoundError.__name__}
    return failure.status is Status.RAISED and not said_already and failure.text not in failure.message


@dataclass(slots=True)
class Printed:
    """What a submission printed while it was judged."""

    lines: int = 0
    first_public: str = ""

    def add(self, text: str, *, public: bool) -> None:
        """Count the lines of one call; keep a line that a student may see."""
        lines = text.splitlines()
        self.lines += len(lines)
        if public and lines and not self.first_public:
            self.first_public = lines[0]


@dataclass(slots=True)
class Judgement:
    """The verdicts on one submission and what was noticed on the way."""

    verdicts: tuple[Verdict, ...] = ()
    printed: Printed = field(default_factory=Printed)
    calls: dict[str, tuple[Call, ...]] = field(default_factory=dict)
    peak_bytes: int = 0


class Judge:
    """An assignment with its hidden tests collected, judging submission after submission."""

    def __init__(
        self, course: CourseAssignment, recordings: Recordings, seed: int | None = None, keyword: str = ""
    ) -> None:
        self.course = course
        self.seed = course.assignment.seed if seed is None else seed
        self.tests = HiddenTests(course, keyword)
        self.recordings = recordings
        solution, modules = course.solution if course.has_reference else {}, course.assignment.runtime.modules
        self.reference = TrustedSubject(
            solution, course.reference_digest, course.drivers, modules, recordings, course.workspace, course.attached
        )
        self.mistakes = KnownMistakes(course, recordings)
        self._prefetch_seed = self.seed
        self._prefetchable = self._first_calls()

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks whose tests were collected, in rubric order."""
        return tuple(check for check in self.course.assignment.checks if check.name in self.tests.cases)

    def judge(self, session: Session) -> Judgement:
        """Judge every check on the submission that a session holds."""
        judgement = Judgement()
        outcomes: dict[str, list[Case]] = {}
        waits: dict[str, str] = {}
        prefetched: set[str] = set()
        order = running_order(self.checks)
        self.tests.begin()
        for place, check in enumerate(order):
            needs = [need for need in check.needs if need in waits or not has_passed(outcomes.get(need, ()))]
            if needs:
                waits[check.name] = f"waits for {', '.join(needs)}"
                continue
            if check.name not in prefetched:
                alike = [later for later in order[place:] if later.public is check.public]
                ready = [later.name for later in alike if is_ready(later, self.tests.cases, outcomes)]
                prefetched.update(ready)
                self._prefetch(ready, session)
            cases = outcomes[check.name] = self._run_cases(check, session)
            judgement.calls[check.name] = tuple(call for case in cases for call in case.calls)
            for call in judgement.calls[check.name]:
                judgement.printed.add(call.observation.printed, public=check.public)
        why = diagnoses(outcomes, self.mistakes, self.reference)
        judgement.verdicts = tuple(
            Verdict(check.name, Status.BLOCKED, message=waits[check.name])
            if check.name in waits
            else verdict(check, outcomes[check.name], why.get(check.name, Diagnosis()), quotable_of(session))
            for check in self.checks
        )
        return judgement

    def rehearse(self) -> int:
        """Run every case on the reference, and on each mistake that it should catch, to fill the recordings."""
        count = 0
        for check in self.checks:
            catching = [mistake for mistake in self.mistakes.mistakes if check.name in mistake.fails]
            for item in self.tests.cases[check.name]:
                for subject in (self.reference, *map(self.mistakes.subject, catching)):
                    self.trial(check, item, subject)
                    count += 1
        return count

    def rehearse_as(self, course: CourseAssignment) -> None:
        """Record what the reference of another course folder answers to the checks of this one."""
        whole = TrustedSubject(
            course.solution, course.reference_digest, course.drivers, course.assignment.runtime.modules,
            self.recordings, course.workspace, course.attached,
        )  # fmt: skip
        for check in self.checks:
            for item in self.tests.cases[check.name]:
                self.trial_pair(check, item, whole, whole)

    def trial(self, check: Check, item: pytest.Function, student: Subject) -> BaseException | None:
        """Run one case with any callable as the student; give what ended it, None when it passed."""
        return self.trial_pair(check, item, student, self.reference)

    def trial_pair(
        self, check: Check, item: pytest.Function, student: Subject, reference: Subject
    ) -> BaseException | None:
        """Run one case with any two callables."""
        bench = self.tests.bench
        bench.student, bench.reference = student, reference
        bench.seed = PUBLIC_SEED if check.public else self.seed
        return self.tests.run(item)

    def first_failed(self, session: Session, seconds: float) -> str | None:
        """Give the first check that does not pass, running no further; None when all pass."""
        for check in self.checks:
            hurried = replace(check, seconds=min(seconds, check.seconds))
            for item in self.tests.cases[check.name]:
                if self.run_case(hurried, item, StudentSubject(session)).status is not Status.PASSED:
                    return check.name
        return None

    def _first_calls(self) -> dict[str, list[DriverCall]]:
        """Learn what the cases of each check ask the student first.

        This is done before the reference is asked for anything: what a case asks then cannot hold an expected value,
        which a submission that is handed several calls at once could find in one and give as the answer to another.
        """
        calls: dict[str, list[DriverCall]] = {}
        runtime = self.course.assignment.runtime
        if runtime.fork_per_call or runtime.profile is not Profile.MEMORY:
            return calls  # each call has a worker of its own
        for check in self.checks:
            self.tests.bench.seed = PUBLIC_SEED if check.public else self.seed
            for asked in map(self.tests.first_call, self.tests.cases[check.name]):
                with suppress(protocol.UnsendableError):  # who grades is told, once it is really asked
                    call = b"" if asked is None else call_bytes(asked.driver.__name__, asked.inputs)
                    if call:
                        one = DriverCall(call, check.seconds, seed_of(call), check.public)
                        calls.setdefault(check.name, []).append(one)
        return calls

    def _prefetch(self, checks: Sequence[str], session: Session) -> None:
        """Make the first calls of checks in a batch."""
        if self.seed == self._prefetch_seed:
            session.prefetch([call for name in checks for call in self._prefetchable.get(name, ())])

    def _run_cases(self, check: Check, session: Session) -> list[Case]:
        cases: list[Case] = []
        for item in self.tests.cases[check.name]:
            if cases and cases[-1].status is Status.TIMED_OUT:
                cases.append(Case(case_name(item), Status.TIMED_OUT, "not run after the case before it"))
                continue
            cases.append(self.run_case(check, item, StudentSubject(session)))
        return cases

    def run_case(self, check: Check, item: pytest.Function, student: StudentSubject) -> Case:
        """Run one case of a hidden test on a submission."""
        student.seconds, student.public = check.seconds, check.public
        error = self.trial(check, item, student)
        remarks = tuple(self.tests.bench.remarks)
        case = Case(case_name(item), Status.PASSED, calls=tuple(student.calls), remarks=remarks)
        match error:
            case None:
                return case
            case StudentFailure():
                failure = case.failure = explain(error.report, quotable_of(student.session, error.call))
                case.status, case.message = failure.status, failure.message
                case.detail = f"{failure.exception}: {failure.text}"
                if check.public and shows_more(failure):
                    case.message = f"{case.message}: {failure.text}"
            case Mismatch():
                case.status, case.message, case.differences = Status.FAILED, str(error), error.differences
            case NotWritten():
                case.status, case.message = Status.UNWRITTEN, str(error)
            case AssertionError():
                case.status, case.message = Status.FAILED, (str(error).splitlines() or [check.says])[0]
                case.detail = "".join(traceback.format_exception(error))
            case ReferenceFailure():
                case.status, case.message = Status.VOID, "the course's reference fails here: no point is lost by it"
                case.detail = str(error)
            case _:
                self._settle(check, case, item, error)
        return case

    def _settle(self, check: Check, case: Case, item: pytest.Function, error: BaseException) -> None:
        """Find out whose fault it is that a hidden test broke: the test's, if it breaks on the reference too."""
        case.detail = "".join(traceback.format_exception(error))
        if isinstance(error, KeyboardInterrupt | SystemExit | MachineError):
            raise error
        if self.trial(check, item, self.reference) is None:
            case.status, case.message = Status.FAILED, NOT_AN_ANSWER
        else:
            case.status, case.message = Status.VOID, "the hidden test itself is broken: no point is lost by it"


def running_order(checks: Sequence[Check]) -> list[Check]:
    """Put public checks first: what they print is shown, so no worker that saw hidden inputs may serve them."""
    early: set[str] = set()
    for check in checks:
        if check.public and early.issuperset(check.needs):
            early.add(check.name)
    return sorted(checks, key=lambda check: check.name not in early)


def is_ready(check: Check, present: Container[str], outcomes: Mapping[str, Sequence[Case]]) -> bool:
    """Whether all that a check needs has run and passed; a check that is not present holds nobody up."""
    return all(need in outcomes and has_passed(outcomes[need]) for need in check.needs if need in present)


def has_passed(cases: Sequence[Case]) -> bool:
    """Whether every case passed; a check that was left out of this grading holds nobody up."""
    return all(case.status is Status.PASSED for case in cases)


def quotable_of(session: Session, call: bytes = b"") -> Quotable:
    """Collect what a message about a failed call of a driver may repeat."""
    return Quotable(
        sources=session.sources, broken=session.broken, source_maps=session.source_maps,
        known=f"{session.drivers}\n{names_in(call)}", runtime=session.runtime,
    )  # fmt: skip


def verdict(check: Check, cases: Sequence[Case], why: Diagnosis, quotable: Quotable) -> Verdict:
    """Word the verdict on a check that ran."""
    passed = sum(case.status is Status.PASSED for case in cases)
    share = Fraction(passed, len(cases)) if check.partial else Fraction(int(passed == len(cases)))
    shown = tuple(CaseVerdict(case.name, case.status, case.message) for case in cases)
    used = sum(call.observation.cpu_seconds for case in cases for call in case.calls)
    wrong = [case for case in cases if case.status is not Status.PASSED]
    if not wrong:
        remarks = "; ".join(dict.fromkeys(remark for case in cases for remark in case.remarks))
        return Verdict(check.name, Status.PASSED, share, remarks, cases=shown, cpu_seconds=used)
    first = next((case for case in wrong if case.status is Status.VOID), wrong[0])
    frames = first.failure.frames if first.failure is not None else ()
    message = f"{first.name}: {first.message}" if first.name and first.status is Status.FAILED else first.message
    return Verdict(
        check.name, first.status, share, message, why.reasons, why.mistakes, why.picture,
        quoted_lines(frames, quotable), shown, instructors_detail(first), used,
    )  # fmt: skip


def instructors_detail(case: Case) -> str:
    """Collect what only the instructor sees: exception texts and prints."""
    lines = [case.detail] if case.detail else []
    for call in case.calls:
        lines += [f"{call.driver} printed: {text.rstrip()}" for text in (call.observation.printed,) if text]
        lines += [f"{call.driver} warned: {text.rstrip()}" for text in (call.observation.warned,) if text]
    return "\n".join(lines)
