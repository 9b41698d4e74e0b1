from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from example_results import PROVENANCE, perfect_result, rich_result, unwritten_result
from hypothesis import given
from hypothesis import strategies as st

from grader.model import Result, RuleOutcome, Status, Visibility
from grader.views import (
    MARKS,
    SHOWN,
    WORDS,
    View,
    fix_first,
    next_command,
    one_line,
    outcome_text,
    points_text,
    printable,
    seen_by,
    withheld_note,
)

STUDENT_VIEWS = [view for view in View if view is not View.INSTRUCTOR]


def names(result: Result) -> set[str]:
    return {check.name for check in result.checks}


@pytest.mark.parametrize(
    ("view", "left_out"),
    [
        (View.STUDENT, {"network_memory", "secret_shapes"}),
        (View.STUDENT_AFTER_DUE_DATE, {"secret_shapes"}),
        (View.STUDENT_AFTER_PUBLISHED, {"secret_shapes"}),
        (View.INSTRUCTOR, set()),
    ],
)
def test_a_view_leaves_out_exactly_the_checks_that_its_reader_may_not_see(view: View, left_out: set[str]) -> None:
    assert names(rich_result()) - names(seen_by(rich_result(), view)) == left_out


def test_a_check_to_be_shown_after_publishing_is_not_shown_after_the_due_date() -> None:
    result = perfect_result()
    checks = tuple(replace(check, visibility=Visibility.AFTER_PUBLISHED) for check in result.checks)
    assert seen_by(replace(result, checks=checks), View.STUDENT_AFTER_DUE_DATE).checks == ()
    assert len(seen_by(replace(result, checks=checks), View.STUDENT_AFTER_PUBLISHED).checks) == len(checks)


def test_no_student_is_ever_shown_a_hidden_check() -> None:
    assert all(Visibility.HIDDEN not in SHOWN[view] for view in STUDENT_VIEWS)


@pytest.mark.parametrize("view", STUDENT_VIEWS)
def test_a_student_sees_neither_detail_nor_seed(view: View) -> None:
    seen = seen_by(rich_result(), view)
    assert {check.detail for check in seen.checks} == {""}
    assert str(PROVENANCE.seed) not in repr(seen)


@pytest.mark.parametrize("status", [Status.PASSED, Status.FAILED])
def test_what_a_student_sees_does_not_depend_on_how_a_hidden_check_ended(status: Status) -> None:
    result = rich_result()
    points = {Status.PASSED: Fraction(6), Status.FAILED: Fraction(0)}[status]
    ended = tuple(
        replace(check, status=status, points=points) if check.visibility is Visibility.HIDDEN else check
        for check in result.checks
    )
    cost = RuleOutcome("output", "the code prints", -(result.score + points))
    other = replace(result, checks=ended, score=points, rules=(cost,))
    same = replace(result, score=Fraction(99), rules=(replace(cost, points=Fraction(-99)),))
    assert seen_by(other, View.STUDENT) == seen_by(same, View.STUDENT)


def test_the_score_of_a_student_is_the_sum_of_what_the_student_sees() -> None:
    seen = seen_by(rich_result(), View.STUDENT)
    assert seen.score == sum(part.points for part in seen.parts) + sum(rule.points for rule in seen.rules)
    assert seen.max_score == sum(part.max_points for part in seen.parts) == Fraction(70)


def test_a_score_is_left_as_it_was_given_when_nothing_is_left_out() -> None:
    result = replace(rich_result(), score=Fraction(12), checks=rich_result().checks[:3])
    assert seen_by(result, View.STUDENT).score == 12


def test_a_rule_takes_no_more_than_the_student_sees_earned() -> None:
    result = replace(rich_result(), rules=(RuleOutcome("output", "prints", Fraction(-1000)),))
    seen = seen_by(result, View.STUDENT)
    assert seen.score == 0
    assert -seen.rules[0].points == sum(check.points for check in seen.checks)


def test_a_part_is_left_out_only_when_all_its_checks_are() -> None:
    result = rich_result()
    hidden = tuple(
        replace(check, visibility=Visibility.HIDDEN) if check.part == "pooling" else check for check in result.checks
    )
    assert [part.name for part in seen_by(replace(result, checks=hidden), View.STUDENT).parts] == [
        "convolution",
        "layers",
        "network",
        "optimizer",
    ]


def test_a_note_counts_what_is_not_shown() -> None:
    said = "2 checks worth 8 points are not shown here; the score here counts the others"
    assert seen_by(rich_result(), View.STUDENT).notes[0] == withheld_note(rich_result(), View.STUDENT) == said
    assert withheld_note(rich_result(), View.INSTRUCTOR) == ""


@pytest.mark.parametrize("view", View)
def test_seeing_twice_shows_the_same(view: View) -> None:
    once = seen_by(rich_result(), view)
    assert seen_by(once, view) == once


def test_every_status_has_a_mark_and_a_word_of_its_own() -> None:
    assert set(MARKS) == set(WORDS) == set(Status)
    assert len(set(MARKS.values())) == len(set(WORDS.values())) == len(Status)


def test_wrong_code_comes_before_missing_code() -> None:
    checks = unwritten_result().checks[:2]
    wrong = replace(checks[1], status=Status.RAISED)
    assert fix_first((checks[0], wrong)) == wrong


def test_missing_code_comes_before_what_waits_for_it() -> None:
    checks = unwritten_result().checks[:2]
    waiting = replace(checks[0], status=Status.BLOCKED)
    assert fix_first((waiting, checks[1])) == checks[1]


def test_a_void_check_is_not_for_the_student_to_fix() -> None:
    assert fix_first(tuple(replace(check, status=Status.VOID) for check in rich_result().checks)) is None


def test_the_next_command_asks_for_the_hint_of_the_first_check_to_fix() -> None:
    assert next_command(rich_result()) == "grade hint convnet conv_backward"


def test_the_next_command_after_a_broken_course_looks_at_the_machine() -> None:
    result = perfect_result()
    assert next_command(replace(result, checks=(replace(result.checks[0], status=Status.VOID),))) == "grade doctor"


def test_the_next_command_after_a_rule_took_points_is_to_run_again() -> None:
    result = replace(perfect_result(), rules=(RuleOutcome("output", "prints", Fraction(-1)),))
    assert next_command(result) == "grade run convnet"


def test_the_next_command_after_a_perfect_run_lists_what_is_left() -> None:
    assert next_command(perfect_result()) == "grade list"


def test_a_name_cannot_smuggle_a_second_command_into_the_next_one() -> None:
    assert next_command(replace(rich_result(), assignment="a; rm -rf b")) == "grade hint 'a; rm -rf b' conv_backward"


def test_a_blocked_check_without_a_message_still_says_that_it_waits() -> None:
    assert outcome_text(replace(rich_result().checks[2], message="")) == "waits for an earlier check"


@pytest.mark.parametrize(
    ("points", "text"),
    [
        (Fraction(6), "6"),
        (Fraction(9, 2), "4.5"),
        (Fraction(1, 3), "0.33"),
        (Fraction(100), "100"),
        (Fraction(-3, 2), "-1.5"),
        (Fraction(-1, 1000), "0"),
        (Fraction(0), "0"),
    ],
)
def test_points_are_written_without_needless_decimals(points: Fraction, text: str) -> None:
    assert points_text(points) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\x00b\x07", r"a\x00b\x07"),
        ("\u202ecod.exe", r"\u202ecod.exe"),
        ("\u2066isolated\u2069", r"\u2066isolated\u2069"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("\udcff.py", r"\udcff.py"),
        ("\x9b31m", r"\x9b31m"),
        ("a\rb", r"a\x0db"),
        ("\U000e0041tag", r"\U000e0041tag"),
        ("two\n\tlines", "two\n\tlines"),
        ("η·grad − 1 × 2 … 中文", "η·grad − 1 × 2 … 中文"),
        ("क्\u200cष 👩\u200d💻", "क्\u200cष 👩\u200d💻"),
    ],
)
def test_what_a_screen_would_obey_or_hide_is_written_out(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(st.characters(exclude_categories=[])))
def test_printable_text_can_be_encoded_and_holds_no_control_character(text: str) -> None:
    shown = printable(text)
    shown.encode("utf-8")
    assert all(char.isprintable() or char in "\n\t\u200c\u200d" for char in shown)


def test_a_text_longer_than_a_screen_is_cut_and_says_so() -> None:
    assert printable("a" * 2500) == "a" * 2000 + " … (500 more characters)"


def test_a_text_for_one_line_has_no_line_break() -> None:
    assert one_line("ok\n\n  FAIL\tforged") == "ok FAIL forged"
