"""What a case of a public check asks, or the smallest example of any check, and what the course gives there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from grader.course.assignment import CourseAssignment
from grader.judging.grading import Grader
from grader.judging.judge import Judge
from grader.model.assignment import Check
from grader.model.observation import Value
from grader.sandbox import protocol
from grader.subjects.recordings import call_bytes, seed_of
from grader.subjects.student import Driver
from grader.submissions.limited import read_limited


@dataclass(frozen=True, slots=True, eq=False)
class CaseCall:
    """One call of a driver; what is expected of it where the case asks the reference the same, else nothing.

    `seed` is that of the global generators, as the worker sets them.
    """

    driver: str
    inputs: dict[str, Value]
    seed: int
    is_compared: bool
    expected: Value


def calls_of(judge: Judge, check: Check, item: pytest.Function) -> list[CaseCall]:
    """Run a case of a public check with the reference in the place of the student, and list what was asked of it.

    Raises:
        ReferenceFailure: the reference fails there, or nothing is recorded of it and it is not here.
    """
    asked: list[tuple[str, bytes, Value]] = []
    compared: set[bytes] = set()

    def student(driver: Driver, **inputs: Value) -> Value:
        identity = call_bytes(driver.__name__, inputs)
        value = judge.reference(driver, **inputs)
        asked.append((driver.__name__, identity, value))
        return value

    def reference(driver: Driver, **inputs: Value) -> Value:
        compared.add(call_bytes(driver.__name__, inputs))
        return judge.reference(driver, **inputs)

    end = judge.tests.run(item, student, reference, judge.inputs_seed(check))
    if not asked and end.error is not None:
        raise end.error
    return [
        CaseCall(driver, cast("dict[str, Any]", protocol.decode(call).body), seed_of(call), call in compared, value)
        for driver, call, value in asked
    ]


def smallest_call(course: CourseAssignment, check: str, folder: Path) -> CaseCall | None:
    """Grade one check of the submission in a folder, and return the call of its smallest example; None without one.

    Raises:
        SubmissionError: the submission cannot be read.
    """
    with Grader(course) as grader:
        grader.judge.seeks_examples = True
        submission = read_limited(folder, course.assignment, course.provided)
        found = grader.observe(submission, only={check}).examples.get(check)
    if found is None:
        return None
    inputs = dict(found.inputs)
    seed = seed_of(call_bytes(found.driver, inputs))
    return CaseCall(found.driver, inputs, seed, is_compared=True, expected=found.expected)
