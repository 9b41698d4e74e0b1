from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import example_classes
import pytest
from example_classes import CHECKS, PARTS, drawn_class, empty_class

from grader.model.status import Outcome, Status
from grader.reporting.class_data import ClassSnapshot, Lateness, StudentRow
from grader.reporting.class_figures import (
    OUTCOMES,
    bins,
    check_figure,
    cost,
    flags,
    late_figure,
    mistake_figures,
    part_figures,
    slowest,
    spread,
)
from grader.results.form import BriefCheck

ROW = CHECKS[0]
PADDING = "empty-slice-at-padding-zero"


def member(name: str, score: int | None = 10, **rest: object) -> StudentRow:
    outcome = Outcome.GRADED if score is not None else Outcome.MISSING
    points = None if score is None else Fraction(score)
    whole = None if score is None else Fraction(100)
    return replace(StudentRow(name, name, outcome, score=points, max_score=whole), **rest)  # type: ignore[arg-type]  # fields by name


def ended(status: Status = Status.PASSED, *mistakes: str, reason: str = "") -> dict[str, BriefCheck]:
    return {ROW.name: example_classes.ended(status, *mistakes, reason=reason, seconds=0.25)}


def snapshot(*students: StudentRow, **rest: object) -> ClassSnapshot:
    return replace(drawn_class(0), students=students, **rest)  # type: ignore[arg-type]  # fields by name


def words(found: ClassSnapshot) -> dict[str, list[str]]:
    return {name: [flag.word for flag in told] for name, told in flags(found).items()}


def test_every_score_lies_in_exactly_one_bin() -> None:
    scores = [Fraction(number, 3) for number in range(301)]
    assert sum(found.count for found in bins(scores, Fraction(100))) == len(scores)


@pytest.mark.parametrize(
    "whole", [Fraction(1, 10), Fraction(1), Fraction(10), Fraction(78), Fraction(100), Fraction(10**6)]
)
def test_bins_are_few_of_one_round_width_and_reach_from_nothing_to_all(whole: Fraction) -> None:
    found = bins([Fraction(0)], whole)
    assert len(found) <= 20
    assert (found[0].low, found[-1].high) == (0, whole)
    assert len({one.high - one.low for one in found[:-1]}) <= 1


def test_full_marks_and_what_was_given_beyond_them_lie_in_the_last_bin() -> None:
    assert bins([Fraction(100), Fraction(104)], Fraction(100))[-1].count == 2


def test_a_score_on_a_boundary_lies_in_the_bin_above_it() -> None:
    counts = {one.low: one.count for one in bins([Fraction(50)], Fraction(100))}
    assert (counts[Fraction(45)], counts[Fraction(50)]) == (0, 1)


def test_an_assignment_without_points_has_one_bin() -> None:
    assert [one.count for one in bins([Fraction(0)], Fraction(0))] == [1]


def test_who_has_no_score_does_not_pull_the_mean_down() -> None:
    scores = spread([member("ada", 80), member("bob", 105), member("eve", None)])
    assert scores is not None
    assert (scores.mean, scores.median, scores.lowest, scores.highest, scores.full_marks) == (92.5, 92.5, 80, 105, 1)


def test_nobody_graded_is_no_spread() -> None:
    assert spread(empty_class().students) is None


def test_a_check_that_could_not_be_judged_counts_neither_way() -> None:
    figure = check_figure(snapshot(member("a", checks=ended()), member("b", checks=ended(Status.VOID))), ROW)
    assert (figure.passed, figure.total) == (1, 1)


def test_a_mistake_is_counted_by_students_and_told_in_words() -> None:
    failed = ended(Status.FAILED, PADDING, PADDING)
    figure = check_figure(
        snapshot(member("a", checks=failed), member("b", checks=failed), member("c", checks=ended())), ROW
    )
    (mistake,) = figure.mistakes
    assert (mistake.count, figure.total) == (2, 3)
    assert mistake.description == "with padding 0 the slice [0:-0] selects nothing, so dx comes out empty"


def test_a_mistake_made_in_two_checks_is_one_student() -> None:
    failed = example_classes.ended(Status.FAILED, PADDING)
    figures = mistake_figures(snapshot(member("a", checks={CHECKS[0].name: failed, CHECKS[1].name: failed})))
    assert [(figure.name, figure.count) for figure in figures] == [(PADDING, 1)]


def test_the_most_frequent_mistake_comes_first() -> None:
    rare, frequent = ended(Status.FAILED, "a-rare-one"), ended(Status.FAILED, PADDING)
    found = snapshot(member("a", checks=rare), member("b", checks=frequent), member("c", checks=frequent))
    assert [figure.name for figure in mistake_figures(found)] == [PADDING, "a-rare-one"]


def test_a_reason_is_told_of_the_class_when_several_share_it_and_none_made_a_known_mistake() -> None:
    shared, own = ended(Status.FAILED, reason="dx is transposed"), ended(Status.FAILED, reason="dx is 0")
    known = ended(Status.FAILED, PADDING, reason="dx is transposed")
    students = [member(name, checks=checks) for name, checks in zip("abcd", (shared, shared, own, known), strict=True)]
    assert check_figure(snapshot(*students), ROW).reasons == (("dx is transposed", 2),)


def test_what_is_not_written_is_no_wrong_answer() -> None:
    students = [member(name, checks=ended(status)) for name, status in zip("abc", Status, strict=False)]
    figure = check_figure(snapshot(*students, member("d", checks=ended(Status.UNWRITTEN))), ROW)
    assert (figure.total, figure.passed, figure.wrong) == (4, 1, 1)


def test_a_part_tells_mean_and_median_of_its_points() -> None:
    students = [member(str(points), parts={ROW.part: Fraction(points)}, checks=ended()) for points in (1, 2, 9)]
    (figure,) = part_figures(snapshot(*students))
    assert (figure.part, figure.mean, figure.median, figure.max_points) == (PARTS[0], 4, 2, 18)


def test_lateness_counts_the_graded_and_knows_whose_time_it_does_not_know() -> None:
    late = [Lateness(), Lateness(2, 1, Fraction(1, 4)), Lateness(2, 0, Fraction(1, 2))]
    students = [member(str(number), late=one) for number, one in enumerate(late)]
    figure = late_figure([*students, member("eve"), member("bob", None, late=Lateness(9))])
    assert (figure.periods, figure.unknown) == (((0, 1), (2, 2)), 1)
    assert (figure.late_days_used, figure.late_penalty) == (1, Fraction(3, 4))


def test_95_of_100_stay_within_what_is_told() -> None:
    found = cost(float(number) for number in range(1, 101))
    assert found is not None
    assert (found.median, found.most_stay_within, found.most) == (50.5, 95.0, 100.0)


def test_what_was_not_measured_costs_nothing_to_tell() -> None:
    assert cost([0.0, 0.0]) is None


def test_the_slowest_come_first_and_who_did_not_run_is_none_of_them() -> None:
    students = [member(str(number), cpu_seconds=float(number)) for number in range(9)]
    assert [one.identifier for one in slowest(students)] == ["8", "7", "6", "5", "4"]
    assert slowest([member("a")]) == ()


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (Status.DIED, "crashed"),
        (Status.FORBIDDEN, "broke a rule"),
        (Status.TIMED_OUT, "out of time"),
        (Status.OUT_OF_MEMORY, "out of memory"),
    ],
)
def test_a_check_that_ended_badly_puts_a_student_among_those_to_look_at(status: Status, word: str) -> None:
    assert words(snapshot(member("a", checks=ended(status)))) == {"a": [word]}


def test_a_wrong_answer_is_nothing_to_look_at() -> None:
    assert words(snapshot(member("a", checks=ended(Status.FAILED)), member("b", checks=ended(Status.UNWRITTEN)))) == {}


@pytest.mark.parametrize("outcome", [outcome for outcome in OUTCOMES if outcome is not Outcome.GRADED])
def test_whoever_was_not_graded_is_to_be_looked_at_with_the_reason(outcome: Outcome) -> None:
    (told,) = flags(snapshot(replace(member("a", None), outcome=outcome, message="the reason")))["a"]
    assert told.sentence == "the reason"


def test_equal_submissions_name_each_other() -> None:
    students = [member(name, checks=ended(), content="same", source=name) for name in "abc"]
    told = flags(snapshot(*students, member("d", checks=ended(), content="other", source="d")))
    assert {name: flag.sentence for name, (flag,) in told.items()} == {
        "a": "handed in the same files as b, c",
        "b": "handed in the same files as a, c",
        "c": "handed in the same files as a, b",
    }


def test_many_equal_submissions_are_not_compared_name_by_name() -> None:
    """Each of a class that copied one solution was told after a look at all others: 20,000 times 20,000 names."""
    compared: list[str] = []

    class Name(str):
        __slots__ = ()
        __hash__ = str.__hash__

        def __ne__(self, other: object) -> bool:
            compared.append(self)
            return str.__ne__(self, other)

    many = [member(Name(f"s{number:03}"), content="x", source=f"{number}", checks=ended()) for number in range(90)]
    told = flags(snapshot(*many))
    assert told["s000"][0].sentence == "handed in the same files as s001, s002, s003 and 86 others"
    assert told["s089"][0].sentence == "handed in the same files as s000, s001, s002 and 86 others"
    assert len(compared) <= 90 * 5


def test_a_group_that_handed_in_together_is_not_told_to_be_equal() -> None:
    assert words(snapshot(*(member(name, checks=ended(), content="same", source="one.zip") for name in "ab"))) == {}


def test_who_is_most_alike_is_told_once_and_not_again_where_the_files_are_equal() -> None:
    ada = member("ada", checks=ended(), content="same", source="ada", like=("bob", 0.834))
    bob = member("bob", checks=ended(), content="same", source="bob")
    (told,) = flags(snapshot(replace(ada, content="own")))["ada"]
    assert told.sentence == "83% of the code is like that of bob"
    assert words(snapshot(ada, bob))["ada"] == ["equal"]


def test_untouched_stubs_are_equal_and_no_news() -> None:
    stub = ended(Status.UNWRITTEN)
    assert words(snapshot(*(member(name, checks=stub, content="stub", source=name) for name in "ab"))) == {}


@pytest.mark.parametrize(("has_roster", "expected"), [(True, {"a": ["not on the roster"]}), (False, {})])
def test_a_stranger_is_told_where_there_is_a_roster(has_roster: bool, expected: dict[str, list[str]]) -> None:
    assert words(snapshot(member("a", is_expected=False), member("b"), has_roster=has_roster)) == expected
