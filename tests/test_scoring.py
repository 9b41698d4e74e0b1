"""Verdicts become points: exactly, and never out of silence."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.model.assignment import Assignment, Check, Part
from grader.model.result import CheckResult, RuleOutcome, Verdict
from grader.model.status import Status
from grader.rules.scoring import check_result, check_results, earned, part_scores, total

calm = settings(deadline=None)  # other tests share the cores

FORWARD = Check(
    name="forward", part="conv", points=Fraction(6), description="out is the convolution", hint="which pixels meet?"
)
BACKWARD = Check(
    name="backward", part="conv", points=Fraction(4), description="dx is the gradient", hint="who used x?", partial=True
)
STEP = Check(
    name="step", part="optimizer", points=Fraction(1, 3), description="w moves", hint="which way?", public=True
)
TINY = Assignment(
    name="tiny",
    title="Tiny",
    source="Handout 000",
    files=("a.py",),
    parts=(Part("conv", "Convolution"), Part("optimizer", "SGD")),
    checks=(FORWARD, BACKWARD, STEP),
    seed=1,
)

shares = st.fractions(0, 1)
verdicts = st.builds(
    Verdict, check=st.sampled_from([check.name for check in TINY.checks]), status=st.sampled_from(Status), share=shares
)


def rows(**points: Fraction) -> tuple[CheckResult, ...]:
    results = check_results(TINY, [])
    return tuple(replace(row, points=points.get(row.name, Fraction(0))) for row in results)


def test_a_check_that_passed_earns_all_its_points() -> None:
    assert earned(FORWARD, Verdict(check="forward", status=Status.PASSED, share=Fraction(1))) == 6


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.PASSED, Status.FORBIDDEN}))
def test_a_check_that_did_not_pass_earns_nothing(status: Status) -> None:
    assert earned(FORWARD, Verdict(check="forward", status=status, share=Fraction(1, 2))) == 0


def test_a_partial_check_earns_by_its_share() -> None:
    assert earned(BACKWARD, Verdict(check="backward", status=Status.FAILED, share=Fraction(1, 3))) == Fraction(4, 3)


def test_a_partial_check_that_is_void_earns_nothing() -> None:
    assert earned(BACKWARD, Verdict(check="backward", status=Status.VOID, share=Fraction(1, 2))) == 0


@calm
@given(check=st.sampled_from(TINY.checks), status=st.sampled_from(Status), share=shares)
def test_no_verdict_earns_less_than_nothing_or_more_than_all(check: Check, status: Status, share: Fraction) -> None:
    assert 0 <= earned(check, Verdict(check=check.name, status=status, share=share)) <= check.points


def test_a_row_without_a_verdict_died_and_earned_nothing() -> None:
    row = check_result(FORWARD, None)
    assert (row.status, row.points, row.max_points) == (Status.DIED, 0, 6)
    assert row.message == "no verdict was given"


@calm
@given(given_verdicts=st.lists(verdicts, max_size=6))
def test_every_row_of_the_rubric_has_one_result_in_its_order(given_verdicts: list[Verdict]) -> None:
    results = check_results(TINY, given_verdicts)
    assert [row.name for row in results] == ["forward", "backward", "step"]


def test_a_verdict_without_a_row_changes_nothing() -> None:
    assert check_results(TINY, [Verdict(check="bonus", status=Status.PASSED, share=Fraction(1))]) == check_results(
        TINY, []
    )


def test_a_row_is_joined_with_the_verdict_of_its_name() -> None:
    results = check_results(
        TINY,
        [
            Verdict(check="step", status=Status.PASSED, share=Fraction(1)),
            Verdict(check="forward", status=Status.RAISED),
        ],
    )
    assert [row.status for row in results] == [Status.RAISED, Status.DIED, Status.PASSED]


def test_a_row_keeps_what_the_rubric_and_the_verdict_say() -> None:
    verdict = Verdict(check="step", status=Status.FAILED, message="w[0] is 1, expected 2", detail="for the instructor")
    row = check_result(STEP, verdict)
    assert (row.description, row.hint, row.public, row.part) == ("w moves", "which way?", True, "optimizer")
    assert (row.message, row.detail) == ("w[0] is 1, expected 2", "for the instructor")


def test_the_points_of_a_part_are_those_of_its_checks() -> None:
    parts = part_scores(TINY.parts, rows(forward=Fraction(6), backward=Fraction(1, 3), step=Fraction(1, 3)))
    assert [(part.name, part.title, part.points, part.max_points) for part in parts] == [
        ("conv", "Convolution", Fraction(19, 3), 10),
        ("optimizer", "SGD", Fraction(1, 3), Fraction(1, 3)),
    ]


def test_a_part_without_a_check_has_no_points() -> None:
    parts = part_scores(TINY.parts, ())
    assert [(part.points, part.max_points) for part in parts] == [(0, 0), (0, 0)]


@calm
@given(given_verdicts=st.lists(verdicts, max_size=6))
def test_the_parts_add_up_to_the_total(given_verdicts: list[Verdict]) -> None:
    results = check_results(TINY, given_verdicts)
    assert sum(part.points for part in part_scores(TINY.parts, results)) == total(results, ())


def test_thirds_add_up_exactly() -> None:
    assert total(rows(forward=Fraction(1, 3), backward=Fraction(1, 3), step=Fraction(1, 3)), ()) == 1


def test_a_rule_takes_points_from_the_total() -> None:
    assert total(rows(forward=Fraction(6)), [RuleOutcome("output", "printed", Fraction(-5, 2))]) == Fraction(7, 2)


def test_rules_take_no_more_than_there_is() -> None:
    assert total(rows(forward=Fraction(6)), [RuleOutcome("output", "printed", Fraction(-5))] * 3) == 0
