"""Each field of a rubric declares what it affects, and nothing else has to be told of a new one."""

from __future__ import annotations

import importlib.util
from dataclasses import asdict, make_dataclass, replace
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import pytest
from classes import CORRECT, Grade, lay
from tiny_course import RUBRIC, build

from grader.course import discovery, rubric
from grader.course.effects import affecting, effects
from grader.model import assignment as model
from grader.model.affects import Affects
from grader.model.assignment import Assignment, Check, LatePolicy, ManualRow, OutputRule, Part, Runtime, Stub

CHECK = Check(name="a", part="p", points=Fraction(1), description="it is right", hint="is it?", needs=("b",))


def rubric_with(monkeypatch: pytest.MonkeyPatch, words: Any) -> ModuleType:  # noqa: ANN401  # any annotation
    """Import the rubric's tables anew where checks have one more field, `words`."""
    check = make_dataclass("Check", [("words", words, "few")], bases=(Check,), frozen=True, kw_only=True)
    checks = ("checks", tuple[check, ...])  # type: ignore[valid-type]  # made here
    monkeypatch.setattr(model, "Check", check)
    monkeypatch.setattr(
        model, "Assignment", make_dataclass("Assignment", [checks], bases=(Assignment,), frozen=True, kw_only=True)
    )
    spec = importlib.util.spec_from_file_location("rubric_anew", Path(rubric.__file__))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_field_that_does_not_declare_what_it_affects_is_refused_at_import(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new key of the rubric kept old verdicts in silence: what they depend on was listed elsewhere, by hand."""
    sentence = (
        r"^Check\.words does not declare what it affects: annotate its type with one of Affects\.VERDICT, "
        r"Affects\.SCORE, Affects\.FINAL_GRADE, Affects\.DISPLAY$"
    )
    with pytest.raises(TypeError, match=sentence):
        rubric_with(monkeypatch, str)


@pytest.mark.parametrize(
    ("affects", "count"),
    [
        (Affects.VERDICT, "graded_now"),
        (Affects.SCORE, "weighed_again"),
        (Affects.FINAL_GRADE, "unchanged"),
        (Affects.DISPLAY, "unchanged"),
    ],
)
def test_a_new_field_of_a_check_is_read_and_a_change_of_it_renews_what_it_affects(
    monkeypatch: pytest.MonkeyPatch, grade: Grade, course: Path, affects: Affects, count: str
) -> None:
    monkeypatch.setattr(discovery, "assignment_of", rubric_with(monkeypatch, Annotated[str, affects]).assignment_of)
    text = RUBRIC.replace("partial = true", 'partial = true\nwords = "many"')
    read = discovery.read_assignment(build(course, rubric=text)).assignment
    assert [vars(check) for check in read.checks] == [{"words": word} for word in ("few", "many", "few", "few")]
    lay(course / "handed/ada", CORRECT)
    grade("batch", "tiny", "handed")
    build(course, rubric=text.replace('"many"', '"more"'))
    done = grade("regrade", "tiny", "--json").document
    counts = {name: done[name] for name in ("graded_now", "weighed_again", "unchanged")}
    assert counts == {"graded_now": 0, "weighed_again": 0, "unchanged": 0, count: 1}


@pytest.mark.parametrize("rubric_type", [Assignment, Part, Check, ManualRow, OutputRule, Runtime, Stub, LatePolicy])
def test_every_type_of_a_rubric_declares_what_its_fields_affect(rubric_type: type) -> None:
    assert set(effects(rubric_type)) == {*rubric_type.__dataclass_fields__}  # type: ignore[attr-defined]  # each is one


def test_rows_within_a_row_affect_what_their_own_fields_do() -> None:
    assert effects(Assignment)["checks"] is Check
    assert effects(Assignment)["late"] is LatePolicy


def test_what_affects_one_thing_comes_in_the_order_of_its_fields() -> None:
    assert affecting(CHECK, Affects.VERDICT, without=("name",)) == {
        "needs": ("b",), "seconds": 5.0, "public": False, "partial": False, "maps": False, "forbid": ()
    }  # fmt: skip
    assert [*affecting(CHECK, Affects.SCORE)] == ["part", "points", "description", "hint", "visibility"]


def test_rows_of_which_nothing_affects_this_are_left_out() -> None:
    assignment = Assignment(
        name="tiny", title="Tiny", source="Handout 000", parts=(Part("p", "P"),), checks=(CHECK,), seed=1, files=()
    )
    stub = {"form": "modules", "notebook": "notebook.ipynb"}
    assert affecting(assignment, Affects.DISPLAY) == {
        "source": "Handout 000", "stub": stub, "alternatives": (), "isolation": (), "checks": [{"reads": ()}]
    }  # fmt: skip
    assert affecting(assignment, Affects.FINAL_GRADE) == {}
    assert affecting(assignment, Affects.SCORE)["parts"] == [{"name": "p", "title": "P"}]
    late = LatePolicy(due="2024-04-16T23:59:00", time_zone="UTC")
    assert affecting(replace(assignment, late=late), Affects.FINAL_GRADE) == {"late": asdict(late)}
