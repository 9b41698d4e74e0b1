from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from ansi2html import Ansi2HTMLConverter
from any_results import texts_in
from example_results import CONV_BACKWARD, changed, hostile_result, perfect_result, rich_result, unwritten_result
from export_formats import validator

from grader.exports.single import prairielearn
from grader.exports.single.prairielearn import LEFT_OUT, MOST_BYTES, results_json
from grader.model.result import Result, RuleOutcome
from grader.model.status import Status
from grader.results.codec import as_text
from grader.results.visibility import View, visible_to


def written(result: Result) -> dict[str, Any]:
    return dict(results_json(visible_to(result, View.INSTRUCTOR)))


@pytest.mark.parametrize(("result", "score"), [(perfect_result(), 1.0), (unwritten_result(), 0.0)])
def test_the_score_is_a_share_of_all_points(result: Result, score: float) -> None:
    assert written(result)["score"] == score


def test_a_score_without_any_points_is_all_or_nothing() -> None:
    free = changed(CONV_BACKWARD, points=Fraction(0), max_points=Fraction(0))
    bare = replace(rich_result(), checks=(free,), max_score=Fraction(0), score=Fraction(0), rules=())
    assert written(bare)["score"] == 0
    assert written(replace(bare, checks=(changed(free, status=Status.PASSED),)))["score"] == 1


def test_an_attempt_at_a_broken_course_is_not_gradable() -> None:
    document = written(rich_result())
    assert document["gradable"] is False
    assert "their points are open" in document["format_errors"][0]


def test_an_attempt_that_was_judged_is_gradable() -> None:
    document = written(perfect_result())
    assert document["gradable"] is True
    assert "format_errors" not in document


def test_the_points_of_the_tests_add_up_to_the_score() -> None:
    result = replace(rich_result(), rules=(RuleOutcome("output", "prints", Fraction(-3, 2)),))
    points = sum(test["points"] for test in written(result)["tests"])
    assert points == pytest.approx(written(result)["score"] * float(result.max_score))


def test_what_a_rule_took_has_no_maximum_and_so_is_drawn_in_grey() -> None:
    assert [test["max_points"] for test in written(rich_result())["tests"] if test["name"].startswith("rule: ")] == [0]


@pytest.mark.parametrize("number", [200, 600])
def test_a_file_stays_within_one_megabyte(number: int) -> None:
    says = changed(CONV_BACKWARD, message="β" * 1900)
    wide = replace(rich_result(), checks=tuple(changed(says, name=f"check_{n}") for n in range(number)))
    document = written(wide)
    assert len(as_text(document).encode()) <= MOST_BYTES
    assert document["tests"][0]["output"] != LEFT_OUT
    assert [test["output"] for test in document["tests"][:number]].count(LEFT_OUT) > 0
    validator("prairielearn.schema.json").validate(document)


def test_checks_that_do_not_fit_even_without_what_they_say_are_one_row_with_their_points(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(prairielearn, "MOST_BYTES", 20_000)
    many = replace(rich_result(), checks=tuple(changed(CONV_BACKWARD, name=f"check_{n}") for n in range(100)))
    document, seen = written(many), visible_to(many, View.STUDENT)
    assert len(as_text(document).encode()) <= 20_000
    *shown, rest = document["tests"]
    assert re.fullmatch(r"and \d+ more", rest["name"])
    assert (rest["output"], len(shown) > 40) == (LEFT_OUT, True)
    points = sum(item.points for item in seen.items) + sum(rule.points for rule in seen.rules)
    assert sum(test["points"] for test in document["tests"]) == pytest.approx(float(points))
    validator("prairielearn.schema.json").validate(document)


def test_notes_that_do_not_fit_are_left_out_too() -> None:
    document = written(replace(rich_result(), notes=("β" * 200,) * 5000))
    assert len(as_text(document).encode()) <= MOST_BYTES
    assert document["output"] == LEFT_OUT


def test_the_converter_that_prairielearn_shows_text_with_makes_no_markup_of_ours() -> None:
    converter = Ansi2HTMLConverter(inline=True)
    pages = [converter.convert(text, full=False) for text in texts_in(json.loads(as_text(written(hostile_result()))))]
    assert [page for page in pages if re.search(r"<(?!br)", page)] == []
    assert any("&lt;script&gt;" in page for page in pages)
