"""`grader.rules`: what a broken rule takes, said in the same breath, and counted again when points change."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from example_results import PROVENANCE
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.gradebook.final_grade import Adjustments, Mark, apply_adjustments
from grader.model.assignment import Assignment, Check, ManualRow, OutputRule, Part, Penalty, Visibility
from grader.model.result import CheckResult, Result, RuleOutcome, Verdict
from grader.model.status import Status
from grader.results.visibility import View, visible_to
from grader.rules import output, registry
from grader.rules.rule import Facts

calm = settings(deadline=None)  # other tests share the cores

FORWARD = Check(
    name="forward", part="conv", points=Fraction(10), description="out is the convolution", hint="which pixels meet?"
)
ESSAY = ManualRow(name="essay", part="conv", title="Essay", points=Fraction(8), description="the paper is reviewed")
TINY = Assignment(
    name="tiny", title="Tiny", source="Handout 000", files=("a.py",), parts=(Part("conv", "Convolution"),),
    checks=(FORWARD,), seed=1, by_hand=(ESSAY,),
)  # fmt: skip
PRINTED = "the code prints 2 lines that the assignment does not ask for"


def with_rule(consequence: Penalty, points: int = 5, *, forbidden: bool = True) -> Assignment:
    return replace(TINY, output_rule=OutputRule(forbidden, consequence, Fraction(points)))


def broken(
    assignment: Assignment, lines: int = 2, example: str = "", score: Fraction | int = 10
) -> tuple[RuleOutcome, ...]:
    return registry.broken(assignment, Facts(printed_lines=lines, printed_example=example), Fraction(score))


def outcome(assignment: Assignment, lines: int = 2, example: str = "", score: Fraction | int = 10) -> RuleOutcome:
    (only,) = broken(assignment, lines, example, score)
    return only


def a_result(rules: tuple[RuleOutcome, ...], *points: int) -> Result:
    """Write a result of some checks of 10 points each, all but the first hidden."""
    checks = tuple(
        CheckResult(
            check=Check(
                name=f"check{place}",
                part="conv",
                points=Fraction(10),
                description="is right",
                hint="",
                visibility=Visibility.HIDDEN if place else Visibility.VISIBLE,
            ),
            verdict=Verdict(check=f"check{place}", status=Status.PASSED),
            points=Fraction(earned),
        )
        for place, earned in enumerate(points)
    )
    score = sum((check.points for check in checks), sum((rule.points for rule in rules), Fraction(0)))
    return Result(
        assignment="tiny",
        title="Tiny",
        submission="ada",
        score=score,
        max_score=Fraction(10 * len(points)),
        parts=(),
        checks=checks,
        rules=rules,
        notes=(),
        provenance=PROVENANCE,
    )


def test_printing_is_free_where_it_is_allowed() -> None:
    assert broken(with_rule(Penalty.ZERO, forbidden=False)) == ()


def test_who_prints_nothing_is_told_nothing() -> None:
    assert broken(with_rule(Penalty.ZERO), lines=0) == ()


@pytest.mark.parametrize(
    ("consequence", "score", "points", "says"),
    [
        (Penalty.WARN, 10, 0, "it costs nothing in this edition"),
        (Penalty.DEDUCT, 10, -5, "it costs 5 points"),
        (Penalty.DEDUCT, Fraction(5, 2), Fraction(-5, 2), "it costs 2.5 points"),
        (Penalty.DEDUCT, 1, -1, "it costs 1 point"),
        (Penalty.DEDUCT, 0, 0, "it costs 0 points"),
        (Penalty.ZERO, 10, -10, "it costs all points"),
    ],
)
def test_printing_costs_what_the_rubric_says_and_at_most_what_there_is(
    consequence: Penalty, score: Fraction | int, points: Fraction | int, says: str
) -> None:
    rule = outcome(with_rule(consequence), score=score)
    assert (rule.rule, rule.points) == ("output", points)
    assert rule.message == f"{PRINTED}: {says}"


@pytest.mark.parametrize(("lines", "words"), [(1, "1 line "), (2, "2 lines "), (1_234_567, "1234567 lines ")])
def test_the_lines_are_counted_in_full(lines: int, words: str) -> None:
    assert outcome(with_rule(Penalty.WARN), lines).message.startswith(f"the code prints {words}that")


def test_a_line_that_may_be_shown_is_shown_quoted_and_cut() -> None:
    rule = outcome(with_rule(Penalty.WARN), example="\x1b[31m" + "x" * 200)
    assert f"for example '\\x1b[31m{'x' * 75}': it costs" in rule.message


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (OutputRule(), ""),
        (OutputRule(forbidden=True), "is reported, and costs nothing in this edition"),
        (OutputRule(forbidden=True, consequence=Penalty.DEDUCT, points=Fraction(2)), "import, costs 2 points"),
        (OutputRule(forbidden=True, consequence=Penalty.ZERO), "import, costs all points"),
    ],
)
def test_what_printing_costs_is_said_in_words_before_the_deadline(rule: OutputRule, words: str) -> None:
    terms = registry.terms(replace(TINY, output_rule=rule))
    assert list(terms) == (["output"] if words else [])
    assert terms.get("output", "").endswith(words)


@calm
@given(
    consequence=st.sampled_from(Penalty),
    points=st.integers(0, 20),
    score=st.fractions(0, 20),
    lines=st.integers(1, 9),
)
def test_a_rule_never_gives_points_and_never_takes_more_than_the_score(
    consequence: Penalty, points: int, score: Fraction, lines: int
) -> None:
    assert -score <= outcome(with_rule(consequence, points), lines, score=score).points <= 0


def test_the_sentence_says_what_is_taken_after_a_mark_by_hand() -> None:
    """Nothing could be taken of 0 points; then a mark of 8 came, of which 2 were taken under "it costs 0 points"."""
    assignment = with_rule(Penalty.DEDUCT, 2)
    result = a_result(broken(assignment, score=0), 0)
    mark = Mark("essay", "Essay", Fraction(8), Fraction(8))
    (rule,) = apply_adjustments(result, assignment, Adjustments(marks=(mark,), rows=(ESSAY,))).rules
    assert (rule.points, rule.message) == (-2, f"{PRINTED}: it costs 2 points")


def test_the_sentence_of_a_student_says_what_is_taken_of_the_points_that_are_shown() -> None:
    """The score with the hidden checks in it could be read from the sentence."""
    result = a_result(broken(with_rule(Penalty.DEDUCT, 5), score=4), 1, 3)
    (rule,) = visible_to(result, View.STUDENT).rules
    assert (rule.points, rule.message) == (-1, f"{PRINTED}: it costs 1 point")


def test_the_rubric_of_today_says_what_is_taken_when_points_are_counted_again() -> None:
    before = broken(with_rule(Penalty.DEDUCT, 2), example="x")
    (zero,) = registry.renewed(with_rule(Penalty.ZERO), before, Fraction(7))
    assert (zero.points, zero.message) == (-7, f"{PRINTED}, for example 'x': it costs all points")
    assert registry.renewed(with_rule(Penalty.ZERO, forbidden=False), before, Fraction(7)) == ()


@calm
@given(
    consequence=st.sampled_from(Penalty),
    points=st.integers(0, 20),
    lines=st.integers(1, 10**6),
    example=st.text(max_size=90),
)
def test_an_outcome_of_version_1_is_counted_again_from_its_sentence(
    consequence: Penalty, points: int, lines: int, example: str
) -> None:
    assignment = with_rule(consequence, points)
    kept = outcome(assignment, lines, example, score=20)
    (old,) = registry.recounted([replace(kept, evidence={})], Fraction(3))
    (new,) = registry.recounted([kept], Fraction(3))
    assert (old.message, old.points) == (new.message, new.points)
    assert registry.renewed(assignment, [old], Fraction(3)) == registry.renewed(assignment, [new], Fraction(3))


@pytest.mark.parametrize(
    "evidence", [{}, {"lines": 2}, {"lines": "two", "example": "", "consequence": "deduct", "points": "1"}]
)
def test_an_outcome_that_tells_too_little_takes_at_most_what_there_is(evidence: dict[str, int | str]) -> None:
    unknown = RuleOutcome("output", "prints", Fraction(-5), evidence)
    assert registry.recounted([unknown], Fraction(3)) == (replace(unknown, points=Fraction(-3)),)


def test_what_no_rule_found_stays_as_it_is() -> None:
    late = RuleOutcome("late", "submitted 1 d late", Fraction(-1))
    assert registry.recounted([late], Fraction(3)) == registry.renewed(TINY, [late], Fraction(3)) == (late,)


def test_a_rule_takes_of_what_the_ones_before_it_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "RULES", (output, output))
    first, second = broken(with_rule(Penalty.DEDUCT, 7))
    assert (first.points, second.points) == (-7, -3)
    assert [rule.points for rule in registry.recounted([first, second], Fraction(9))] == [-7, -2]


def test_every_rule_has_a_name_of_its_own() -> None:
    assert len(registry.BY_NAME) == len(registry.RULES)
    assert registry.BY_NAME["output"] is output
