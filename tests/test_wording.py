from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from example_results import changed, perfect_result, rich_result, unwritten_result
from hypothesis import given
from hypothesis import strategies as st

from grader.model.result import CaseVerdict, Result, RuleOutcome
from grader.model.status import Status
from grader.wording.statuses import MARKS, WORDS, fix_first, next_command, outcome_text
from grader.wording.text import one_line, points_text, printable


def next_after(result: Result) -> str:
    return next_command(result.assignment, result.checks, result.rules)


def test_every_status_has_a_mark_and_a_word_of_its_own() -> None:
    assert set(MARKS) == set(WORDS) == set(Status)
    assert len(set(MARKS.values())) == len(set(WORDS.values())) == len(Status)


def test_wrong_code_comes_before_missing_code() -> None:
    checks = unwritten_result().checks[:2]
    wrong = changed(checks[1], status=Status.RAISED)
    assert fix_first((checks[0], wrong)) == wrong


def test_missing_code_comes_before_what_waits_for_it() -> None:
    checks = unwritten_result().checks[:2]
    waiting = changed(checks[0], status=Status.BLOCKED)
    assert fix_first((waiting, checks[1])) == checks[1]


def test_a_void_check_is_not_for_the_student_to_fix() -> None:
    assert fix_first(tuple(changed(check, status=Status.VOID) for check in rich_result().checks)) is None


def test_a_check_that_a_person_decides_is_not_for_the_student_to_fix() -> None:
    case = CaseVerdict("held out", Status.BLOCKED, "these points wait for a person")
    decided = changed(perfect_result().checks[0], status=Status.BLOCKED, points=Fraction(0), cases=(case,))
    assert fix_first((decided, *perfect_result().checks[1:])) is None


def test_the_next_command_asks_for_the_hint_of_the_first_check_to_fix() -> None:
    assert next_after(rich_result()) == "grade hint convnet conv_backward"


def test_the_next_command_after_a_broken_course_looks_at_the_machine() -> None:
    result = perfect_result()
    assert next_after(replace(result, checks=(changed(result.checks[0], status=Status.VOID),))) == "grade doctor"


def test_the_next_command_after_a_rule_took_points_is_to_run_again() -> None:
    result = replace(perfect_result(), rules=(RuleOutcome("output", "prints", Fraction(-1)),))
    assert next_after(result) == "grade run convnet"


def test_the_next_command_after_a_perfect_run_lists_what_is_left() -> None:
    assert next_after(perfect_result()) == "grade list"


def test_a_name_cannot_smuggle_a_second_command_into_the_next_one() -> None:
    assert next_after(replace(rich_result(), assignment="a; rm -rf b")) == "grade hint 'a; rm -rf b' conv_backward"


def test_a_blocked_check_without_a_message_still_says_that_it_waits() -> None:
    assert outcome_text(changed(rich_result().checks[2], message="")) == "waits for an earlier check"


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
