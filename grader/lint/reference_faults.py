"""What keeps the reference from passing, or a mistake from ending: most other findings would follow from it."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator
from contextlib import closing
from typing import Final

import numpy as np
import pytest

from grader.course.assignment import CourseAssignment
from grader.course.raised import fault_of
from grader.course.validation import path_in_course
from grader.diagnosis.patched import patched
from grader.errors import DriverError, UnsendableError
from grader.judging.grading import Grader
from grader.judging.judge import Judge
from grader.judging.plugin import IMPLEMENTATIONS, asks_us_for
from grader.lint.reach import Reach
from grader.lint.thoughtless import CLOSED_FORM, MOST_INPUT_BYTES, Answer, asked_in, is_failure, passes
from grader.model.assignment import Check
from grader.model.observation import Value
from grader.model.status import Status
from grader.model.values import leaves
from grader.sandbox.host.session import Session
from grader.subjects.course import ReferenceFailure
from grader.subjects.driver_name import driver_name, shown_driver
from grader.subjects.recordings import call_bytes, seed_of
from grader.subjects.student import Driver
from grader.submissions.read import Submission

ENDED: Final = (Status.TIMED_OUT, Status.DIED, Status.OUT_OF_MEMORY)
"""How a worker ends that would take the judge with it, were the same computed there."""

NO_ANSWERS: Final[tuple[Answer, ...]] = (
    lambda _right, _inputs: None,
    lambda _right, _inputs: np.nan,
    lambda _right, _inputs: {"": "word"},
)
"""What is answered, whatever is asked, to a check that looks at no answer."""
MAY_NOT_END: Final = re.compile(r"\bwhile\b|\b(count|cycle|iter|sleep|abort|_?exit|quit|kill|raise_signal)\(|ctypes")
"""What a file has that may go on for ever, as no other loop and recursion does, or end the process it runs in."""
_MISSING: Final = re.compile(r"MissingError: (?P<file>\S+)\.py (?:is missing|defines no (?P<name>\w+))")


def reference_faults(grader: Grader, reference: Submission, reach: Reach | None = None) -> Iterator[str]:
    """Yield one sentence for each check that the reference does not pass, or that everybody does: where, and why.

    What it is asked first it computes in the sandbox, which ends it in time; the rest of a case runs in the judge.
    `reach` notes what the cases enter, for whoever asks that next.
    """
    reach, is_faulty = reach or Reach(grader.judge), False
    grader.server.wait_until_ready()
    with closing(grader.session(reference)) as session:
        for check in grader.judge.checks:
            faults = (_fault(reach, check, item, session) for item in grader.judge.tests.cases[check.name])
            first = next(filter(None, faults), None)
            if first is not None:
                is_faulty = True
                yield f"{check.name}: {first}"
    if not is_faulty:
        yield from _concluding_nothing(grader.judge)


def _concluding_nothing(judge: Judge) -> Iterator[str]:
    """Find checks that pass whatever is answered: NaN, a word or nothing. No assertion looks at the answer."""
    for check in judge.checks:
        item = judge.tests.cases[check.name][0]
        says = (item.obj.__doc__ or "").lower()
        is_own = IMPLEMENTATIONS in asks_us_for(item) or CLOSED_FORM in says  # of the latter lint says how it passes
        if not check.points or is_own or not asked_in(judge, check, item).answers:
            continue
        if all(passes(judge, check, answer) for answer in NO_ANSWERS):
            place = f"{path_in_course(item.path)} line {item.function.__code__.co_firstlineno}"
            expected = "expected a comparison such as assert_matches(student(...), reference(...))"
            yield f"{check.name}: {place}: passes whatever is answered, {expected}"


def endless_mistakes(grader: Grader) -> Iterator[str]:
    """Yield mistakes that do not end in time where they are first caught: their makers are told of the time alone."""
    for mistake in (way for one in grader.judge.mistakes.mistakes for way in one.variants()):
        checks = [check for check in grader.judge.checks if check.name in mistake.fails][:1]
        tree, attached = patched(grader.course, mistake)
        if not any(MAY_NOT_END.search(text) for path, text in tree.items() if text != grader.course.solution.get(path)):
            continue
        made = Submission(mistake.name, {**tree, **grader.course.provided}, (), (), {}, mistake.name, dict(attached))
        with closing(grader.session(made)) as session:
            for check in checks:
                ended = _ended_early(grader.judge, check, grader.judge.tests.cases[check.name][0], session)
                if ended:
                    yield f"the mistake {mistake.name} {ended}"


def _fault(reach: Reach, check: Check, item: pytest.Function, session: Session) -> str:
    """Return what keeps the reference from passing a case, with its place; nothing where it passes."""
    judge = reach.judge
    if large := _too_large(judge, item):
        return large
    ended = _ended_early(judge, check, item, session)
    if ended:
        return f"the reference {ended}"
    again, answers = judge.reference.unrecorded(), list[Value]()

    def student(driver: Driver, *positional: object, **inputs: Value) -> Value:
        answers.append(again(driver, *positional, **inputs))
        return answers[-1]

    with reach.noting(check, item, again):
        error = judge.run_case_with(check, item, student)
    if error is None or not is_failure(error):
        return _unanswered(item, answers)
    at = fault_of(error, judge.course)
    place = f"{at.file} {at.key}" if at.key else at.file
    if isinstance(error, ReferenceFailure):
        file, _, line = again.failed_at.rpartition(":")
        where = f" (solution/{file} line {line})" if file else ""
        return f"{place}: {error}{where}{_loadable(str(error), judge.course)}"
    if isinstance(error, AssertionError):
        if not is_failure(judge.run_case_with(check, item, judge.reference)):
            return f"{place}: the reference answers otherwise when it is asked again: {error}"
        return f"{place}: the reference does not pass {item.name}: {error}"
    return f"{place}: {at.message}"


def _too_large(judge: Judge, item: pytest.Function) -> str:
    """Return that a case asks with more than is tried here; nothing where it does not."""
    asked = judge.tests.first_call(item, judge.seed)
    size = sum(getattr(leaf, "nbytes", 0) for _, leaf in leaves(dict(asked.inputs))) if asked is not None else 0
    if size <= MOST_INPUT_BYTES:
        return ""
    place = f"{path_in_course(item.path)} line {item.function.__code__.co_firstlineno}"
    most = f"expected at most {MOST_INPUT_BYTES >> 20}: each grading sends as much"
    return f"{place}: {item.name} asks with {size >> 20} MiB of inputs in a call, {most}"


def _unanswered(item: pytest.Function, answers: list[Value]) -> str:
    """Return what is wrong with a case that passes without an answer to judge; nothing where there is one."""
    place = f"{path_in_course(item.path)} line {item.function.__code__.co_firstlineno}"
    if not answers:
        return f"{place}: {item.name} never asks the student, expected a call of student(driver, ...)"
    if all(answer is None for answer in answers):
        return f"{place}: its drivers return None for the reference, expected values to compare: is a `return` missing?"
    return ""


def _loadable(said: str, course: CourseAssignment) -> str:
    """Offer what a driver can load where it asked for what the reference does not have."""
    found = _MISSING.search(said)
    if found is None:
        return ""
    names = [
        f"{path.removesuffix('.py').replace('/', '.')}:{node.name}"
        for path, text in course.solution.items()
        if path.endswith(".py")
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    ]
    asked = f"{found['file'].replace('/', '.')}:{found['name'] or ''}"
    near = difflib.get_close_matches(asked, names, n=1, cutoff=0.3)
    return f", expected a file and name of solution/ such as impl.load({near[0]!r})" if near else ""


def _ended_early(judge: Judge, check: Check, item: pytest.Function, session: Session) -> str:
    """Return how a worker ended over what a case asks first, where it took too long or died; else nothing."""
    asked = judge.tests.first_call(item, judge.seed)
    if asked is None:
        return ""
    try:
        call = call_bytes(driver_name(asked.driver), asked.inputs)
    except (DriverError, UnsendableError):
        return ""  # told with the case
    failure = session.observe(call, check.seconds, seed_of(call), public=check.public).failure
    if failure is None or failure.status not in ENDED:
        return ""
    shown = shown_driver(asked.driver)
    if failure.status is Status.TIMED_OUT:
        return f"takes longer than {check.seconds:g} s in the driver {shown}, expected less: see `seconds`"
    return f"ends its worker in the driver {shown}: the code {failure.cause}"
