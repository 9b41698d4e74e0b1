"""`grader.gradebook.run_diff`: what changed between two runs, and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from example_results import check as example

from grader.course.fingerprint import CourseFingerprint
from grader.gradebook.records import Entry, GivenOverride, Run, RunState, Student
from grader.gradebook.run_diff import Cause, Change, RunSnapshot, as_json, compared
from grader.model.result import CheckResult, Provenance, Result
from grader.model.status import Outcome, Status

NOON = dt.datetime(2024, 4, 16, 12, tzinfo=dt.UTC)
RECORD = CourseFingerprint(
    assignment="tiny",
    reference="reference",
    drivers="drivers",
    mistakes="mistakes",
    rest="rest",
    headings="headings",
    late="late",
    seed=1,
    tests={"a": "t", "b": "t"},
    judging={"a": "j", "b": "j"},
    weighing={"a": "w", "b": "w"},
    versions={"numpy": "2.0"},
)
ENTRY = Entry(
    Student("ada"), 1, 0, Outcome.GRADED, counts=True, message="", score=Fraction(2), max_score=Fraction(5),
    digest="d", result=1, entered_at=NOON,
)  # fmt: skip


def check(name: str, status: Status, points: int, of: int) -> CheckResult:
    return example(name, "p", str(of), f"{points}/{of}", "says", status)


def result(*checks: CheckResult) -> Result:
    score = sum((row.points for row in checks), Fraction(0))
    return Result(
        assignment="tiny",
        title="Tiny",
        submission="ada",
        score=score,
        max_score=Fraction(5),
        parts=(),
        checks=checks,
        rules=(),
        notes=(),
        provenance=Provenance(submission="", tests="", reference="", versions={}, isolation=(), seed=1),
    )


BEFORE = result(check("a", Status.PASSED, 2, 2), check("b", Status.FAILED, 0, 3))
AFTER = result(check("a", Status.FAILED, 0, 2), check("b", Status.FAILED, 0, 3))


def side(
    record: CourseFingerprint,
    graded: Result,
    overrides: tuple[GivenOverride, ...] = (),
    **changes: Any,  # noqa: ANN401  # fields
) -> RunSnapshot:
    entry = replace(ENTRY, **changes)
    return RunSnapshot(record, {"ada": entry}, overrides, lambda _: graded)


OLD = side(RECORD, BEFORE)


@pytest.mark.parametrize(
    ("record", "causes"),
    [
        ({"tests": {"a": "other", "b": "t"}}, (Cause.TEST,)),
        ({"tests": {"a": "t", "b": "other"}}, (Cause.FLAKY,)),
        ({"drivers": "other"}, (Cause.TEST,)),
        ({"reference": "other"}, (Cause.REFERENCE,)),
        ({"judging": {"a": "other", "b": "j"}}, (Cause.RUBRIC,)),
        ({"weighing": {"a": "other", "b": "w"}}, (Cause.FLAKY,)),
        ({"versions": {"numpy": "2.1"}}, (Cause.ENVIRONMENT,)),
        ({"seed": 2}, (Cause.SEED,)),
        ({"reference": "other", "versions": {}}, (Cause.REFERENCE, Cause.ENVIRONMENT)),
        ({}, (Cause.FLAKY,)),
    ],
)
def test_a_check_that_ends_otherwise_has_the_causes_that_it_depends_on(
    record: dict[str, Any], causes: tuple[Cause, ...]
) -> None:
    new = side(replace(RECORD, **record), AFTER, result=2, score=Fraction(0))
    comparison = compared(OLD, new)
    assert comparison.changes == [
        Change("ada", "a", "passed 2/2", "failed 0/2", causes),
        Change("ada", "", "2 of 5", "0 of 5", causes),
    ]


def test_a_check_that_waits_for_another_changed_because_of_it() -> None:
    waiting = result(check("a", Status.FAILED, 0, 2), check("b", Status.BLOCKED, 0, 3))
    new = side(replace(RECORD, tests={"a": "other", "b": "t"}), waiting, result=2, score=Fraction(0))
    causes = {change.check: change.causes for change in compared(OLD, new).changes}
    assert causes["b"] == (Cause.EARLIER_CHECK,)


def test_other_points_alone_are_the_rubrics() -> None:
    heavier = result(check("a", Status.PASSED, 4, 4), check("b", Status.FAILED, 0, 3))
    new = side(replace(RECORD, weighing={}, tests={}), heavier, result=2, score=Fraction(4), max_score=Fraction(7))
    assert {change.causes for change in compared(OLD, new).changes} == {(Cause.RUBRIC,)}


def test_an_override_counts_for_the_run_that_came_after_it() -> None:
    given = GivenOverride("ada", "b", Fraction(3), "eve", "right on paper", NOON + dt.timedelta(minutes=1))
    later = NOON + dt.timedelta(minutes=2)
    new = side(RECORD, BEFORE, (given,), score=Fraction(5), entered_at=later)
    assert compared(side(RECORD, BEFORE, (given,)), new).changes == [
        Change("ada", "b", "failed 0/3", "failed 3/3", (Cause.OVERRIDE,)),
        Change("ada", "", "2 of 5", "5 of 5", (Cause.OVERRIDE,)),
    ]
    taken_back = replace(given, points=None, given_at=later)
    back = side(RECORD, BEFORE, (given, taken_back), entered_at=later)
    assert compared(OLD, back).changes == []


def test_another_submission_is_a_cause_beside_what_else_changed() -> None:
    new = side(RECORD, AFTER, result=2, digest="other", score=Fraction(0))
    assert {change.causes for change in compared(OLD, new).changes} == {(Cause.SUBMISSION,)}


def test_lateness_and_the_machine_are_causes_of_a_score() -> None:
    late = side(RECORD, BEFORE, score=Fraction(1), late_penalty=Fraction(1))
    assert compared(OLD, late).changes == [Change("ada", "", "2 of 5", "1 of 5", (Cause.LATENESS,))]
    failed = side(RECORD, BEFORE, outcome=Outcome.FAILED, score=None, max_score=None, result=None)
    assert compared(OLD, failed).changes == [Change("ada", "", "2 of 5", "failed", (Cause.ENVIRONMENT,))]


def test_students_of_one_run_alone_and_other_versions_are_told() -> None:
    new = replace(side(replace(RECORD, versions={"numpy": "2.1", "torch": "9"}), BEFORE), entries={"bob": ENTRY})
    comparison = compared(OLD, new)
    old_run, new_run = (
        Run(number, "tiny", "batch", RunState.FINISHED, "c", "/out", "eve", NOON, NOON) for number in (1, 2)
    )
    assert list(comparison.summary(old_run, new_run)) == [
        "run 1 to run 2: 0 students changed, 0 did not",
        "only in run 1: ada",
        "only in run 2: bob",
        "environment: numpy was 2.0, is 2.1",
        "environment: torch was nothing, is 9",
    ]
    assert as_json(old_run, new_run, comparison)["only_old"] == ["ada"]
