from __future__ import annotations

import copy
import importlib
import inspect
import pickle
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from example_results import PROVENANCE, changed, perfect_result, rich_result
from mypy import api

import grader.exports
from grader.model.assignment import Visibility
from grader.model.result import Result, RuleOutcome
from grader.model.status import Status
from grader.results.visibility import SHOWN, View, VisibleResult, narrowed, visible_to

STUDENT_VIEWS = [view for view in View if view is not View.INSTRUCTOR]
RENDERERS = ["reporting.html", "reporting.terminal", "results.codec"]


def names(result: Result | VisibleResult) -> set[str]:
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
    assert names(rich_result()) - names(visible_to(rich_result(), view)) == left_out


def test_a_check_to_be_shown_after_publishing_is_not_shown_after_the_due_date() -> None:
    result = perfect_result()
    checks = tuple(changed(check, visibility=Visibility.AFTER_PUBLISHED) for check in result.checks)
    assert visible_to(replace(result, checks=checks), View.STUDENT_AFTER_DUE_DATE).checks == ()
    assert len(visible_to(replace(result, checks=checks), View.STUDENT_AFTER_PUBLISHED).checks) == len(checks)


def test_no_student_is_ever_shown_a_hidden_check() -> None:
    assert all(Visibility.HIDDEN not in SHOWN[view] for view in STUDENT_VIEWS)


@pytest.mark.parametrize("view", STUDENT_VIEWS)
def test_a_student_sees_neither_detail_nor_seed(view: View) -> None:
    seen = visible_to(rich_result(), view)
    assert {check.detail for check in seen.checks} == {""}
    assert str(PROVENANCE.seed) not in repr(seen)


@pytest.mark.parametrize("status", [Status.PASSED, Status.FAILED])
def test_what_a_student_sees_does_not_depend_on_how_a_hidden_check_ended(status: Status) -> None:
    result = rich_result()
    points = {Status.PASSED: Fraction(6), Status.FAILED: Fraction(0)}[status]
    ended = tuple(
        changed(check, status=status, points=points) if check.visibility is Visibility.HIDDEN else check
        for check in result.checks
    )
    cost = RuleOutcome("output", "the code prints", -(result.score + points))
    other = replace(result, checks=ended, score=points, rules=(cost,))
    same = replace(result, score=Fraction(99), rules=(replace(cost, points=Fraction(-99)),))
    assert visible_to(other, View.STUDENT) == visible_to(same, View.STUDENT)


def test_the_score_of_a_student_is_the_sum_of_what_the_student_sees() -> None:
    seen = visible_to(rich_result(), View.STUDENT)
    assert seen.score == sum(part.points for part in seen.parts) + sum(rule.points for rule in seen.rules)
    assert seen.max_score == sum(part.max_points for part in seen.parts) == Fraction(70)


def test_a_score_is_left_as_it_was_given_when_nothing_is_left_out() -> None:
    result = replace(rich_result(), score=Fraction(12), checks=rich_result().checks[:3])
    assert visible_to(result, View.STUDENT).score == 12


def test_a_rule_takes_no_more_than_the_student_sees_earned() -> None:
    result = replace(rich_result(), rules=(RuleOutcome("output", "prints", Fraction(-1000)),))
    seen = visible_to(result, View.STUDENT)
    assert seen.score == 0
    assert -seen.rules[0].points == sum(check.points for check in seen.checks)


def test_a_part_is_left_out_only_when_all_its_checks_are() -> None:
    result = rich_result()
    hidden = tuple(
        changed(check, visibility=Visibility.HIDDEN) if check.part == "pooling" else check for check in result.checks
    )
    assert [part.name for part in visible_to(replace(result, checks=hidden), View.STUDENT).parts] == [
        "convolution",
        "layers",
        "network",
        "optimizer",
    ]


def test_a_note_counts_what_is_not_shown() -> None:
    said = "2 checks worth 8 points are not shown here; the score here counts the others"
    visible = visible_to(rich_result(), View.STUDENT)
    assert visible.notes[0] == visible.withheld == said
    assert visible_to(rich_result(), View.INSTRUCTOR).withheld == ""


def test_an_instructor_sees_all_of_a_result() -> None:
    result = rich_result()
    visible = visible_to(result, View.INSTRUCTOR)
    assert {field.name: getattr(visible, field.name) for field in fields(result)} == {
        field.name: getattr(result, field.name) for field in fields(result)
    }


@pytest.mark.parametrize("view", View)
def test_narrowing_what_an_instructor_sees_leaves_out_what_a_view_leaves_out(view: View) -> None:
    assert narrowed(visible_to(rich_result(), View.INSTRUCTOR), view) == visible_to(rich_result(), view)


@pytest.mark.parametrize("view", STUDENT_VIEWS)
def test_what_was_left_out_does_not_come_back(view: View) -> None:
    with pytest.raises(TypeError, match="cannot be narrowed to instructor"):
        narrowed(visible_to(rich_result(), view), View.INSTRUCTOR)


@pytest.mark.parametrize(
    "way",
    [
        VisibleResult,
        lambda: VisibleResult(view=View.STUDENT, checks=rich_result().checks),  # type: ignore[arg-type]  # refused
        lambda: replace(visible_to(rich_result(), View.STUDENT), checks=rich_result().checks),
        lambda: copy.copy(visible_to(rich_result(), View.STUDENT)),
        lambda: copy.deepcopy(visible_to(rich_result(), View.STUDENT)),
        lambda: pickle.dumps(visible_to(rich_result(), View.STUDENT)),
    ],
    ids=["constructor", "constructor with fields", "replace", "copy", "deepcopy", "pickle"],
)
def test_there_is_one_way_to_a_visible_result(way: Callable[[], object]) -> None:
    with pytest.raises(TypeError, match="VisibleResult is"):
        way()


def renderers() -> Iterator[Callable[..., object]]:
    """List all public functions of renderers and exporters that are given a result."""
    walked = pkgutil.walk_packages(grader.exports.__path__, "grader.exports.")
    found = [module for module in walked if module.name != "grader.exports.registry"]  # which calls `visible_to`
    for name in (*(f"grader.{name}" for name in RENDERERS), *(module.name for module in found if not module.ispkg)):
        module = importlib.import_module(name)
        for function in vars(module).values():
            if inspect.isfunction(function) and function.__module__ == name and not function.__name__.startswith("_"):
                first = next(iter(inspect.get_annotations(function).values()), "")
                if first in {"VisibleResult", "Result"}:
                    yield function


def test_renderers_are_found() -> None:
    assert {function.__qualname__ for function in renderers()} >= {"render_html", "rendering", "to_json", "junit_xml"}


@pytest.mark.parametrize("render", list(renderers()), ids=lambda function: f"{function.__module__}.{function.__name__}")
def test_no_renderer_takes_a_result_that_nothing_was_left_out_of(render: Callable[..., object]) -> None:
    rest: list[Any] = [None] * (len(inspect.signature(render).parameters) - 1)
    with pytest.raises(TypeError, match="expected a VisibleResult, which visible_to makes, got a Result"):
        render(rich_result(), *rest)


def test_no_renderer_is_handed_a_view() -> None:
    asked = {function.__qualname__: inspect.signature(function).parameters for function in renderers()}
    assert [name for name, parameters in asked.items() if "view" in parameters] == []


def test_mypy_refuses_a_result_where_a_visible_one_is_expected(tmp_path: Path) -> None:
    program = tmp_path / "leak.py"
    program.write_text(
        "from grader.exports.single.junit import junit_xml\n"
        "from grader.model.result import Result\n"
        "from grader.results.visibility import View, VisibleResult, visible_to\n"
        "def right(result: Result) -> str:\n"
        "    return junit_xml(visible_to(result, View.STUDENT))\n"
        "def leaks(result: Result) -> str:\n"
        "    return junit_xml(result)\n"
        "made = VisibleResult(view=View.STUDENT)\n",
        encoding="utf-8",
    )
    told, _, code = api.run(["--strict", "--no-error-summary", f"--cache-dir={tmp_path}", str(program)])
    wrong = [line.split(": ", 1)[0].rpartition(":")[2] for line in told.splitlines() if ": error:" in line]
    assert (code, wrong) == (1, ["7", "8"]), told
