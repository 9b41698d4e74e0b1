from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from example_results import changed, perfect_result
from rich.console import Console

from grader.model.assignment import Visibility
from grader.model.result import CaseVerdict, CheckResult, Result
from grader.model.status import Answer, Status
from grader.reporting.html import groups, percent, render_html, template_environment
from grader.reporting.terminal import rendering
from grader.results.codec import from_json, to_json
from grader.results.visibility import View, visible_to
from grader.results.withheld import answer_notes

EMPTY = "answers.toml: row_3 is empty"
BROKEN = "answers.toml: row_1 is no TOML in line 11"


def with_withheld(visibility: Visibility = Visibility.AFTER_DUE_DATE, **fields: object) -> Result:
    """Withhold the first check of a result in which everything passed."""
    perfect = perfect_result()
    first, *others = perfect.checks
    return replace(perfect, checks=(changed(first, visibility=visibility, **fields), *others))


def lacking(*, unanswered: tuple[str, ...] = (), unreadable: tuple[str, ...] = (), cases: int = 1) -> Result:
    """Withhold a check of so many cases in which answers lack."""
    ended = tuple(CaseVerdict(f"row {place}", Status.FAILED) for place in range(cases))
    return with_withheld(
        status=Status.FAILED, points=Fraction(0), cases=ended, unanswered=unanswered, unreadable=unreadable
    )


def shown(result: Result, width: int = 200) -> str:
    console = Console(width=width, _environ={})
    with console.capture() as captured:
        console.print(rendering(visible_to(result, View.STUDENT), ""), crop=False)
    return captured.get()


@pytest.mark.parametrize("status", [Status.PASSED, Status.FAILED, Status.FORBIDDEN, Status.VOID])
def test_whether_an_answer_is_right_is_not_told(status: Status) -> None:
    right, other = with_withheld(), with_withheld(status=status, points=Fraction(0), message="row 2 is wrong")
    assert visible_to(right, View.STUDENT).withheld_checks == visible_to(other, View.STUDENT).withheld_checks
    assert [check.says for check in visible_to(other, View.STUDENT).withheld_checks] == ["answered"]


@pytest.mark.parametrize(
    ("result", "answer", "says"),
    [
        (lacking(unanswered=(EMPTY,)), Answer.MISSING, f"not answered: {EMPTY}"),
        (lacking(unreadable=(BROKEN,)), Answer.UNREADABLE, f"cannot be read: {BROKEN}"),
        (
            lacking(unreadable=(BROKEN,), unanswered=(EMPTY, EMPTY), cases=4),
            Answer.UNREADABLE,
            f"cannot be read in 1 of 4 cases: {BROKEN}; not answered in 2 of 4 cases: {EMPTY}",
        ),
    ],
)
def test_what_is_empty_or_unreadable_is_told_with_its_place(result: Result, answer: Answer, says: str) -> None:
    """A theory sheet with 48 points unanswered was told `52 of 52 points` and `every check passed`."""
    (told,) = visible_to(result, View.STUDENT).withheld_checks
    assert (told.answer, told.says) == (answer, says)
    name = told.name
    text = shown(result)
    assert says in text
    assert f"{name}: {says}" not in text  # its row says it, no note repeats it
    assert text.rstrip().endswith(f"grade hint convnet {name}")
    assert "every check passed" not in text
    assert says in render_html(visible_to(result, View.STUDENT), template_environment())
    assert f"{name}: {says}" in visible_to(result, View.STUDENT).notes  # for the forms without rows for it


def test_the_whole_maximum_is_shown() -> None:
    result = with_withheld()
    assert f", {int(result.max_score)} in all" in shown(result).splitlines()[0]


def test_a_hidden_check_is_not_spoken_of() -> None:
    seen = visible_to(with_withheld(Visibility.HIDDEN, unanswered=(EMPTY,), status=Status.FAILED), View.STUDENT)
    assert seen.withheld_checks == ()


def needing(check: CheckResult, need: str, **fields: object) -> CheckResult:
    """Withhold a check that needs another one."""
    later = changed(check, visibility=Visibility.AFTER_PUBLISHED, **fields)
    return replace(later, check=replace(later.check, needs=(need,)))


@pytest.mark.parametrize("blocked", [True, False])
def test_that_a_check_waits_does_not_tell_how_a_withheld_one_ended(*, blocked: bool) -> None:
    result = with_withheld()
    first, second, *others = result.checks
    status, message = (Status.BLOCKED, f"waits for {first.name}") if blocked else (Status.PASSED, "")
    later = needing(second, first.name, status=status, message=message)
    told = visible_to(replace(result, checks=(first, later, *others)), View.STUDENT).withheld_checks[1]
    assert (told.answer, told.says) == (Answer.UNTOLD, "")


def test_a_check_that_waits_for_one_that_is_shown_says_so() -> None:
    first, second, *others = perfect_result().checks
    later = needing(second, first.name, status=Status.BLOCKED, message=f"waits for {first.name}")
    seen = visible_to(replace(perfect_result(), checks=(first, later, *others)), View.STUDENT)
    assert [check.says for check in seen.withheld_checks] == [f"waits for {first.name}"]
    assert answer_notes(seen.withheld_checks) == ()


def test_what_is_told_survives_being_kept() -> None:
    result = lacking(unreadable=(BROKEN,), unanswered=(EMPTY,), cases=2)
    first, second, *others = result.checks
    result = replace(result, checks=(first, needing(second, first.name), *others))
    kept = from_json(to_json(visible_to(result, View.INSTRUCTOR)))
    assert visible_to(kept, View.STUDENT).withheld_checks == visible_to(result, View.STUDENT).withheld_checks


def test_no_bar_is_full_while_points_are_withheld() -> None:
    """A part with half of its points withheld had a full bar, and so had the whole."""
    result = with_withheld()
    first = result.checks[0]
    seen = visible_to(result, View.STUDENT)
    assert seen.withheld_in(first.part) == first.max_points
    bar = next(group for group in groups(seen) if group.part.name == first.part).bar
    assert (bar[-1].kind, bar[-1].earned, round(bar[-1].start + bar[-1].width)) == ("wait", 0.0, 100)
    page = render_html(seen, template_environment())
    assert f'class="good" width="{percent(seen.score, result.max_score)}%"' in page
    line = next(line for line in shown(result, 80).splitlines() if f", {int(first.max_points)} not shown" in line)
    assert "━" in line
    assert "─" in line
