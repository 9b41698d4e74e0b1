"""`grader.gradebook.final_grade`: what a result comes to once people and the clock had their say."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction

import pytest
from example_results import changed
from example_results import check as example

from grader.gradebook.final_grade import Adjustments, Mark, Override, apply_adjustments
from grader.model.assignment import Assignment, LatePolicy, ManualRow, OutputRule, Penalty, Visibility
from grader.model.measure import Measurement
from grader.model.result import CheckResult, PartScore, Provenance, Result, RuleOutcome
from grader.model.status import Status
from grader.rules.late import decide

WARNS = Assignment(
    name="tiny", title="Tiny", source="", files=(), parts=(), checks=(), seed=1, output_rule=OutputRule(forbidden=True)
)
PRINTED = RuleOutcome(
    "output", "the code prints 2 lines that the assignment does not ask for: it costs nothing in this edition"
)
LATE = decide(
    LatePolicy(due="2024-04-16T23:59:00", time_zone="UTC", deduct=Fraction(3, 2)),
    dt.datetime(2024, 4, 17, tzinfo=dt.UTC),
)


def check(name: str, points: int, of: int) -> CheckResult:
    status = "passed" if points == of else "failed"
    return example(name, "p", str(of), f"{points}/{of}", f"{name} is right", Status(status))


RESULT = Result(
    assignment="tiny",
    title="Tiny",
    submission="ada",
    score=Fraction(4),
    max_score=Fraction(9),
    parts=(PartScore(name="p", title="P", points=Fraction(4), max_points=Fraction(9)),),
    checks=(check("a", 4, 4), check("b", 0, 5)),
    rules=(),
    notes=(),
    provenance=Provenance(submission="s", tests="t", reference="r", versions={}, isolation=(), seed=1),
)


ROWS = (
    ManualRow(name="essay", part="p", title="Essay", points=Fraction(5), description="the paper is reviewed"),
    ManualRow(name="plot", part="p", title="Plot", points=Fraction(2), description="the curve is shown"),
)


def scored(adjustments: Adjustments, assignment: Assignment = WARNS, result: Result = RESULT) -> Fraction:
    return apply_adjustments(result, assignment, adjustments).score


def test_without_adjustments_a_result_stays_as_it_is() -> None:
    assert apply_adjustments(RESULT, WARNS, Adjustments()) == RESULT


@pytest.mark.parametrize(
    ("status", "visibility", "value", "is_told"),
    [
        (Status.PASSED, Visibility.VISIBLE, 0.5, True),
        (Status.FAILED, Visibility.AFTER_PUBLISHED, 0.5, True),
        (Status.PASSED, Visibility.HIDDEN, 0.5, False),
        (Status.FORBIDDEN, Visibility.VISIBLE, 0.5, False),
        (Status.FAILED, Visibility.VISIBLE, None, False),
    ],
    ids=["passed", "failed", "hidden", "forbidden", "nothing measured"],
)
def test_a_pseudonym_is_told_to_whom_the_leaderboard_has(
    status: Status, visibility: Visibility, value: float | None, is_told: bool
) -> None:
    measurement = None if value is None else Measurement(name="mean IoU", value=value)
    row = changed(RESULT.checks[0], status=status, visibility=visibility, measurement=measurement)
    told = apply_adjustments(replace(RESULT, checks=(row,)), WARNS, Adjustments(known_as="ABCD-EFGH"))
    assert ("on the leaderboard of the class you are ABCD-EFGH" in told.notes) == is_told


def test_points_of_a_check_set_by_hand_count_in_part_and_score_and_say_why() -> None:
    told = apply_adjustments(RESULT, WARNS, Adjustments(overrides=(Override("b", Fraction(3), "right on paper"),)))
    assert (told.score, told.parts[0].points, told.checks[1].points) == (7, 7, 3)
    assert told.checks[1].reasons == ("set to 3 of 5 by hand: right on paper",)
    assert told.checks[1].status is Status.FAILED


def test_a_score_set_by_hand_wins_over_lateness_and_rules() -> None:
    overrides = (Override("", Fraction(8), "agreed"), Override("b", Fraction(1), "half"))
    told = apply_adjustments(replace(RESULT, rules=(PRINTED,)), WARNS, Adjustments(LATE, overrides))
    assert told.score == 8
    assert told.rules[-1] == RuleOutcome("override", "set to 8 by hand: agreed", Fraction(9, 2))


def test_lateness_is_taken_off_after_points_by_hand() -> None:
    assert scored(Adjustments(LATE)) == Fraction(5, 2)
    assert scored(Adjustments(LATE, (Override("a", Fraction(1), "copied"),))) == 0


def test_marks_by_hand_count_in_the_part_that_the_rubric_gives_them() -> None:
    marks = (Mark("essay", "Essay", Fraction(3), Fraction(5), "short"), Mark("plot", "Plot", Fraction(2), Fraction(2)))
    told = apply_adjustments(RESULT, WARNS, Adjustments(marks=marks, rows=ROWS))
    assert (told.score, told.max_score) == (9, 16)
    assert told.parts == (PartScore(name="p", title="P", points=Fraction(9), max_points=Fraction(16)),)
    assert [(row.status, row.message) for row in told.by_hand] == [(Status.FAILED, "short"), (Status.PASSED, "")]


def test_a_row_that_nobody_marked_waits_and_says_so() -> None:
    told = apply_adjustments(RESULT, WARNS, Adjustments(rows=ROWS))
    assert (told.score, told.max_score) == (4, 16)
    assert [(row.mark, row.message) for row in told.by_hand] == [(None, "not marked yet")] * 2


def test_a_mark_from_before_the_rubric_gave_less_is_never_above_what_it_gives_now() -> None:
    told = apply_adjustments(
        RESULT, WARNS, Adjustments(marks=(Mark("plot", "Plot", Fraction(9), Fraction(9)),), rows=ROWS)
    )
    assert (told.score, told.by_hand[1].points) == (6, 2)


def test_a_mark_for_a_row_that_is_gone_is_told_and_does_not_count() -> None:
    told = apply_adjustments(RESULT, WARNS, Adjustments(marks=(Mark("talk", "Talk", Fraction(3), Fraction(5)),)))
    assert (told.score, told.max_score) == (4, 9)
    assert told.notes == ("the mark for Talk does not count: there is no such row any more",)


@pytest.mark.parametrize(("consequence", "score"), [(Penalty.WARN, "7"), (Penalty.DEDUCT, "5"), (Penalty.ZERO, "0")])
def test_what_a_rule_takes_is_counted_anew_after_points_by_hand(consequence: Penalty, score: str) -> None:
    rule = OutputRule(forbidden=True, consequence=consequence, points=Fraction(2))
    assignment = replace(WARNS, output_rule=rule)
    broken = replace(RESULT, rules=(replace(PRINTED, points=Fraction(-4)),))
    assert scored(Adjustments(overrides=(Override("b", Fraction(3), "x"),)), assignment, broken) == Fraction(score)


def test_points_by_hand_for_a_check_that_is_gone_are_told_and_do_not_count() -> None:
    told = apply_adjustments(RESULT, WARNS, Adjustments(overrides=(Override("old", Fraction(3), "x"),)))
    assert told.score == 4
    assert told.notes == ("points set by hand for old do not count: there is no such check any more",)
