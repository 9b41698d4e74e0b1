"""Hints in levels: a question, a place, nearly the answer."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from example_results import changed, rich_result

from grader.course.hints import check_to_hint, hint_lines
from grader.errors import UsageError
from grader.judging.selection import failed_checks
from grader.model.assignment import Assignment, Part, Visibility
from grader.model.result import CheckResult, NamedMistake, QuotedLine, Result
from grader.model.status import Status
from grader.results.visibility import View, visible_to

LINE = QuotedLine(file="modules/linear.py", line=44, function="backward", source="    self.dw = x.T @ dout")
KNOWN = NamedMistake("transposed", "dw is transposed", "which axis of dw counts inputs?")
RESULT = rich_result()
FIRST = RESULT.checks[0]


def told(row: CheckResult, more: int) -> str:
    result = replace(RESULT, checks=(row, *RESULT.checks[1:]))
    return "\n".join(hint_lines(rubric(result), row.name, visible_to(result, View.STUDENT), more))


def rubric(result: Result) -> Assignment:
    return Assignment(
        name="convnet", title="A network", source="", seed=1, files=(), parts=(Part("convolution", "Convolution"),),
        checks=tuple(replace(row.check, hint="which pixel?") for row in result.checks),
    )  # fmt: skip


def wrong(**fields: object) -> CheckResult:
    bare: dict[str, object] = {"quoted": (), "mistakes": (), "reasons": (), "picture": None, "todo": ""}
    return changed(FIRST, status=Status.FAILED, points=Fraction(0), **{**bare, "message": "dw is wrong", **fields})


@pytest.mark.parametrize(
    ("more", "shown", "kept"),
    [
        (0, ["hint: which pixel?", "about transposed: which axis", "--more"], ["look at", "nearly", "--more --more"]),
        (1, ["look at modules/linear.py, line 44, in backward: self.dw = x.T @ dout", "--more --more"], ["nearly"]),
        (2, ["look at modules/linear.py", "nearly the answer: dw is transposed"], ["--more"]),
    ],
)
def test_each_level_tells_one_thing_more(more: int, shown: list[str], kept: list[str]) -> None:
    text = told(wrong(quoted=(LINE,), mistakes=(KNOWN,)), more)
    assert [words for words in shown if words not in text] == []
    assert [words for words in kept if words in text] == []


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (wrong(todo="1a Linear.backward, modules/linear.py:40"), "look at 1a Linear.backward, modules/linear.py:40"),
        (wrong(), "look at what was seen: dw is wrong"),
        (wrong(reasons=("minus the expected dw",)), "nearly the answer: minus the expected dw"),
        (wrong(), "nearly the answer: no known mistake gives these values"),
    ],
)
def test_without_a_line_or_a_known_mistake_what_is_known_is_told(row: CheckResult, said: str) -> None:
    assert said in told(row, 2)


def test_a_check_that_passed_has_its_question_alone() -> None:
    text = told(changed(FIRST, status=Status.PASSED), 2)
    assert ("hint: which pixel?" in text, "look at" in text, "nearly" in text) == (True, False, False)


@pytest.mark.parametrize("status", [Status.PASSED, Status.FAILED])
def test_neither_hints_nor_a_choice_tell_how_a_check_ended_that_is_shown_later(status: Status) -> None:
    later = changed(FIRST, status=status, visibility=Visibility.AFTER_DUE_DATE, mistakes=(KNOWN,), quoted=(LINE,))
    others = [changed(row, status=Status.PASSED, points=row.max_points) for row in RESULT.checks[1:5]]
    result = replace(RESULT, checks=(later, *others))
    seen = visible_to(result, View.STUDENT)
    text = "\n".join(hint_lines(rubric(result), later.name, seen, 2))
    assert "transposed" not in text
    assert "look at" not in text
    with pytest.raises(UsageError, match="that is shown passed"):
        failed_checks(rubric(result), seen)
    with pytest.raises(UsageError, match="every check of convnet that is shown passed in the last run"):
        check_to_hint(rubric(result), "", seen)
