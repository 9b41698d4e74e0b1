"""`grader.rules.measures`: from a value to points, and from a class's values to places."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.batch.rescore import rescored
from grader.model.assignment import Assignment, Check, Part
from grader.model.measure import Among, Better, Line, MeasureRule, RankRule, Threshold, Ties
from grader.model.result import CaseVerdict, CheckResult, Provenance, Result, Verdict
from grader.model.status import Status
from grader.rules import measures
from grader.rules.measures import placements, rank_points, share_of, with_rank
from grader.rules.scoring import check_result, check_results, part_scores, total
from grader.wording.measures import ordinal, value_text
from grader.wording.statuses import outcome_text

THRESHOLDS = (
    Threshold(at=Fraction("0.8"), points=Fraction(2)),
    Threshold(at=Fraction("0.87"), points=Fraction(4)),
)
STEPS = MeasureRule(name="mean IoU", thresholds=THRESHOLDS)
LINE = MeasureRule(name="mean IoU", line=Line(none_at=Fraction("0.5"), all_at=Fraction("0.9")))
TIME = MeasureRule(
    name="time", unit="s", better=Better.LOWER, decimals=1, line=Line(none_at=Fraction(10), all_at=Fraction(2))
)
RANK = RankRule(points=Fraction(5), bonus=True)


def check(rule: MeasureRule | None, **changes: object) -> Check:
    row = Check(name="masks", part="p", points=Fraction(4), description="masks", hint="h", measure=rule)
    return replace(row, **changes)  # type: ignore[arg-type]  # fields of any type


def graded(rule: MeasureRule | None, value: float | None, status: Status = Status.PASSED) -> CheckResult:
    cases = (CaseVerdict("", status),)
    return check_result(check(rule), Verdict(check="masks", status=status, measured=value, cases=cases))


@pytest.mark.parametrize(
    ("rule", "value", "points", "status"),
    [
        (STEPS, 0.9, 4, Status.PASSED),
        (STEPS, 0.87, 4, Status.PASSED),
        (STEPS, 0.8699, 2, Status.FAILED),
        (STEPS, 0.86996, 4, Status.PASSED),  # shown as 0.87
        (STEPS, 0.79, 0, Status.FAILED),
        (LINE, 0.5, 0, Status.FAILED),
        (LINE, 0.4, 0, Status.FAILED),
        (LINE, 0.7, 2, Status.FAILED),
        (LINE, 0.9, 4, Status.PASSED),
        (LINE, 1.0, 4, Status.PASSED),
        (TIME, 6.0, 2, Status.FAILED),
        (TIME, 2.04, 4, Status.PASSED),  # shown as 2
        (TIME, 11.0, 0, Status.FAILED),
        (MeasureRule(name="ratio"), 0.1, 4, Status.PASSED),
    ],
)
def test_a_value_earns_what_the_rubric_says(rule: MeasureRule, value: float, points: int, status: Status) -> None:
    found = graded(rule, value)
    assert (found.points, found.status) == (points, status)
    assert found.measurement is not None
    assert found.measurement.value == value


@pytest.mark.parametrize("status", [Status.FAILED, Status.FORBIDDEN, Status.VOID, Status.DIED])
def test_a_check_that_ended_otherwise_has_no_measurement_and_no_points_for_it(status: Status) -> None:
    found = graded(LINE, 0.95, status)
    assert (found.points, found.status, found.measurement) == (0, status, None)


def test_a_test_that_passes_without_measuring_is_void() -> None:
    found = graded(LINE, None)
    assert (found.points, found.status) == (0, Status.VOID)
    assert outcome_text(found) == "the hidden test measured nothing: its points are open until that is mended"


@pytest.mark.parametrize(
    ("rule", "value", "sentence"),
    [
        (STEPS, 0.9, "mean IoU is 0.9"),
        (STEPS, 0.85, "mean IoU is 0.85, expected at least 0.87 for 4 points"),
        (STEPS, 0.5, "mean IoU is 0.5, expected at least 0.8 for 2 points or 0.87 for 4 points"),
        (replace(STEPS, thresholds=THRESHOLDS[1:]), 0.5, "mean IoU is 0.5, expected at least 0.87"),
        (LINE, 0.7, "mean IoU is 0.7, expected at least 0.9 for all points, of which 0.5 earns none"),
        (TIME, 4.25, "time is 4.2 s, expected at most 2 s for all points, of which 10 s earns none"),
        (replace(STEPS, decimals=1), 0.5, "mean IoU is 0.5, expected at least 0.8 for 2 points or 0.87 for 4 points"),
    ],
)
def test_a_value_is_told_with_what_was_expected(rule: MeasureRule, value: float, sentence: str) -> None:
    assert outcome_text(graded(rule, value)) == sentence


def test_values_are_shown_without_zeros_at_their_end() -> None:
    assert [value_text(value, "", 3) for value in (0.912, 1.0, 100.0, -0.0001, 0.5)] == [
        "0.912",
        "1",
        "100",
        "0",
        "0.5",
    ]
    assert value_text(93.0, "%", 0) == "93 %"


@given(st.sampled_from([STEPS, LINE, TIME]), st.floats(-20, 20), st.floats(-20, 20))
def test_a_better_value_never_earns_less(rule: MeasureRule, one: float, other: float) -> None:
    better, worse = (one, other) if rule.is_as_good(rule.shown(one), rule.shown(other)) else (other, one)
    assert 0 <= share_of(rule, Fraction(4), worse) <= share_of(rule, Fraction(4), better) <= 1


# --------------------------------------------------------------------------------------------------------- places


def test_equal_values_share_the_best_of_their_places() -> None:
    found = placements(STEPS, {"ada": 0.9, "bob": 0.95, "eve": 0.9, "zoe": 0.1})
    assert {who: (one.place, one.of, one.tied) for who, one in found.items()} == {
        "ada": (2, 4, 2),
        "bob": (1, 4, 1),
        "eve": (2, 4, 2),
        "zoe": (4, 4, 1),
    }


def test_values_that_are_shown_alike_are_equal() -> None:
    found = placements(STEPS, {"ada": 0.90001, "bob": 0.90004})
    assert {one.place for one in found.values()} == {1}


def test_where_less_is_better_the_least_is_first() -> None:
    found = placements(TIME, {"ada": 3.0, "bob": 2.0})
    assert {who: one.place for who, one in found.items()} == {"ada": 2, "bob": 1}


@given(st.dictionaries(st.integers(0, 50), st.floats(0, 1), max_size=20), st.randoms(use_true_random=False))
def test_places_depend_on_no_order_and_are_whole(values: dict[int, float], shuffle: object) -> None:
    order = list(values)
    shuffle.shuffle(order)  # type: ignore[attr-defined]  # hypothesis's own generator
    found = placements(STEPS, values)
    assert placements(STEPS, {student: values[student] for student in order}) == found
    for one in found.values():
        assert one.place == 1 + sum(STEPS.shown(value) > one.value for value in values.values())
        assert one.tied == sum(STEPS.shown(value) == one.value for value in values.values())


@pytest.mark.parametrize(
    ("rule", "values", "points"),
    [
        (RANK, [9, 8, 7], ["5", "5/2", "0"]),
        (replace(RANK, last=Fraction(1)), [9, 8, 7], ["5", "3", "1"]),
        (replace(RANK, step=Fraction(1)), [9, 8, 7, 6], ["5", "3", "2", "0"]),
        (RANK, [9], ["5"]),
        (RANK, [9, 9], ["5", "5"]),
        (replace(RANK, ties=Ties.MEAN), [9, 9, 7], ["15/4", "15/4", "0"]),
        (RankRule(places=(Fraction(3), Fraction(1))), [9, 8, 7], ["3", "1", "0"]),
        (RankRule(places=(Fraction(3), Fraction(1)), ties=Ties.MEAN), [9, 8, 8, 7], ["3", "1/2", "1/2", "0"]),
    ],
)
def test_a_place_gives_what_the_rubric_says(rule: RankRule, values: list[int], points: list[str]) -> None:
    found = placements(STEPS, dict(enumerate(map(float, values))))
    assert [rank_points(rule, found[number]) for number in range(len(values))] == [*map(Fraction, points)]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.integers(0, 5), st.integers(0, 5), st.sampled_from(Ties))
def test_a_better_place_never_gives_less_and_none_more_than_the_most(
    values: list[float], step: int, last: int, ties: Ties
) -> None:
    rule = RankRule(points=Fraction(5), step=Fraction(step), last=Fraction(last), ties=ties)
    found = sorted(placements(STEPS, dict(enumerate(values))).values(), key=lambda one: one.place)
    points = [rank_points(rule, one) for one in found]
    assert points == sorted(points, reverse=True)
    assert last <= min(points) <= max(points) <= 5


def test_a_bonus_lies_beyond_the_points_of_the_check() -> None:
    place = placements(STEPS, {1: 0.9, 2: 0.95, 3: 0.88})[1]
    found = with_rank(graded(STEPS, 0.9), RANK, place)
    assert (found.points, found.max_points) == (Fraction("6.5"), 4)
    assert outcome_text(found) == "2nd of 3 by mean IoU 0.9: bonus 2.5 of 5"


def test_without_bonus_the_most_grows_for_everybody() -> None:
    rule = replace(RANK, bonus=False)
    place = placements(STEPS, {1: 0.9, 2: 0.9})[1]
    found = with_rank(graded(STEPS, 0.9), rule, place)
    assert (found.points, found.max_points) == (9, 9)
    assert outcome_text(found) == "1st of 2, with 1 other, by mean IoU 0.9: 5 of 5 points"
    unplaced = with_rank(graded(STEPS, 0.5), rule, None)
    assert (unplaced.points, unplaced.max_points) == (0, 9)
    assert outcome_text(unplaced).endswith("no place in the class, since only those are ranked who pass this check: "
                                           "0 of 5 points")  # fmt: skip


def test_the_place_of_another_value_gives_nothing() -> None:
    """A student hands in again: until the class is ranked again, the place of the earlier value must not count."""
    place = placements(STEPS, {1: 0.95})[1]
    found = with_rank(graded(STEPS, 0.88), RANK, place)
    assert (found.points, outcome_text(found)) == (4, "mean IoU is 0.88")


def test_who_fails_and_may_be_ranked_is() -> None:
    rule = replace(RANK, among=Among.MEASURED)
    found = with_rank(graded(STEPS, 0.1), rule, placements(STEPS, {1: 0.1})[1])
    assert found.points == 5
    assert outcome_text(found) == (
        "mean IoU is 0.1, expected at least 0.8 for 2 points or 0.87 for 4 points; "
        "1st of 1 by mean IoU 0.1: bonus 5 of 5"
    )


@pytest.mark.parametrize(
    ("place", "text"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd"), (113, "113th")]
)
def test_places_are_written_as_people_do(place: int, text: str) -> None:
    assert ordinal(place) == text


# ------------------------------------------------------------------------------------------------------ rescoring


def test_other_thresholds_weigh_a_stored_measure_anew() -> None:
    """No submission runs again: a value that failed may pass, and one that passed may fail."""
    parts = (Part("p", "P"),)
    strict = Assignment(name="a", title="A", source="s", parts=parts, checks=(check(STEPS),), seed=1, files=("x.py",))
    first = THRESHOLDS[:1]
    mild = replace(strict, checks=(check(replace(STEPS, thresholds=(replace(first[0], points=Fraction(4)),))),))
    verdict = Verdict(check="masks", status=Status.PASSED, measured=0.82, cases=(CaseVerdict("", Status.PASSED),))
    checks = check_results(strict, [verdict])
    origin = Provenance(submission="", tests="", reference="", versions={}, isolation=(), seed=1)
    result = Result(
        assignment="a", title="A", submission="ada", score=total(checks, ()), max_score=Fraction(4),
        parts=part_scores(parts, checks), checks=checks, rules=(), notes=(), provenance=origin,
    )  # fmt: skip
    assert (result.checks[0].status, result.score) == (Status.FAILED, 2)
    passing = rescored(result, mild, "tests")
    assert (passing.checks[0].status, passing.score) == (Status.PASSED, 4)
    again = rescored(passing, strict, "tests")
    assert (again.checks[0].status, again.score) == (Status.FAILED, 2)
    assert again.checks == result.checks


def test_the_points_of_a_shared_place_are_worked_out_once_for_all_who_share_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of 20,000 who measured the same summed the points of 20,000 places."""
    asked: list[int] = []
    of_place = measures._points_of_place

    def counted(rule: RankRule, place: int, of: int) -> Fraction:
        asked.append(place)
        return of_place(rule, place, of)

    monkeypatch.setattr(measures, "_points_of_place", counted)
    rule = RankRule(points=Fraction(7), ties=Ties.MEAN)
    found = placements(STEPS, dict.fromkeys(range(211), 0.5))
    assert {rank_points(rule, place) for place in found.values()} == {Fraction(7, 2)}
    assert len(asked) == 211
