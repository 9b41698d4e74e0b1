from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import fields, replace
from fractions import Fraction
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import pytest
from example_results import EXAMPLES, PROVENANCE, perfect_result, rich_result
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from grader.errors import ResultError
from grader.model.assignment import Visibility
from grader.model.result import Result
from grader.model.status import Status
from grader.results.codec import as_text, from_json, read_summary, to_json
from grader.results.form import SCHEMA
from grader.results.visibility import View, visible_to

DOCS = Path(__file__).parents[1] / "docs"
FORM = json.loads((DOCS / "result.schema.json").read_text(encoding="utf-8"))

examples = pytest.mark.parametrize("result", EXAMPLES.values(), ids=EXAMPLES.keys())


def document() -> dict[str, Any]:
    return json.loads(as_text(to_json(visible_to(rich_result(), View.INSTRUCTOR))))


def objects(form: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield form
    yield from (definition for definition in form["$defs"].values() if "properties" in definition)


@examples
def test_a_result_comes_back_exactly_from_its_text(result: Result) -> None:
    assert from_json(json.loads(as_text(to_json(visible_to(result, View.INSTRUCTOR))))) == result


@examples
@pytest.mark.parametrize("view", View)
def test_a_view_comes_back_as_what_its_reader_saw(result: Result, view: View) -> None:
    visible = visible_to(result, view)
    back = from_json(json.loads(as_text(to_json(visible))))
    assert [getattr(back, field.name) for field in fields(back)] == [
        getattr(visible, field.name) for field in fields(back)
    ]


@examples
@pytest.mark.parametrize("view", View)
def test_in_brief_a_result_says_what_it_says_in_full(result: Result, view: View) -> None:
    written = json.loads(as_text(to_json(visible_to(result, view))))
    short, full = read_summary(written), from_json(written)
    assert short.parts == {part.name: part.points for part in full.parts}
    assert [(c.name, c.status, [m["name"] for m in c.mistakes], c.reasons, c.cpu_seconds) for c in short.checks] == [
        (c.name, c.status, [m.name for m in c.mistakes], c.reasons, c.cpu_seconds) for c in full.items
    ]
    assert (short.provenance, short.cpu_seconds, short.peak_bytes) == (
        full.provenance, full.cpu_seconds, full.peak_bytes
    )  # fmt: skip


@given(st.fractions(min_value=0, max_value=10_000, max_denominator=10**9))
def test_any_points_come_back_exactly(points: Fraction) -> None:
    text = as_text(to_json(visible_to(replace(perfect_result(), score=points), View.INSTRUCTOR)))
    assert from_json(json.loads(text)).score == points


@examples
@pytest.mark.parametrize("view", View)
def test_a_document_has_the_documented_form(result: Result, view: View) -> None:
    Draft202012Validator(FORM).validate(json.loads(as_text(to_json(visible_to(result, view)))))


def test_the_documented_form_is_itself_a_json_schema() -> None:
    Draft202012Validator.check_schema(FORM)


def test_no_field_is_written_that_is_not_documented() -> None:
    closed = json.loads(json.dumps(FORM))
    for form in objects(closed):
        form["additionalProperties"] = False
    for result in EXAMPLES.values():
        Draft202012Validator(closed).validate(json.loads(as_text(to_json(visible_to(result, View.INSTRUCTOR)))))


def test_the_page_names_every_field_with_its_meaning() -> None:
    page = (DOCS / "result.md").read_text(encoding="utf-8")
    rows = [(name, field["description"]) for form in objects(FORM) for name, field in form["properties"].items()]
    assert [name for name, says in rows if f"| `{name}` |" not in page or f"| {says} |" not in page] == []


def test_the_documented_words_are_those_of_the_model() -> None:
    assert FORM["$defs"]["status"]["enum"] == list(Status)
    assert FORM["$defs"]["check"]["properties"]["visibility"]["enum"] == list(Visibility)
    assert FORM["properties"]["view"]["enum"] == list(View)
    assert FORM["properties"]["schema"]["const"] == SCHEMA


def test_whole_points_are_written_as_whole_numbers() -> None:
    assert '"max_points": 6,' in as_text(to_json(visible_to(rich_result(), View.STUDENT)))


def test_points_that_no_decimal_equals_carry_their_ratio() -> None:
    check = to_json(visible_to(EXAMPLES["third"], View.STUDENT))["checks"][0]  # type: ignore[index,call-overload]  # JSON is nested
    assert (check["points"], check["points_exact"]) == (1 / 3, "1/3")
    assert "max_points_exact" not in check


@pytest.mark.parametrize("view", [view for view in View if view is not View.INSTRUCTOR])
def test_a_student_document_holds_nothing_for_instructors(view: View) -> None:
    text = as_text(to_json(visible_to(rich_result(), view)))
    assert "detail" not in text
    assert "secret_shapes" not in text
    assert "Hidden hint" not in text
    assert str(PROVENANCE.seed) not in text


def test_a_file_name_that_is_not_unicode_can_be_written_as_utf_8() -> None:
    result = replace(perfect_result(), submission="r\udce9sum\udce9.zip")
    text = as_text(to_json(visible_to(result, View.STUDENT))).encode("utf-8").decode("utf-8")
    assert from_json(json.loads(text)).submission == result.submission


def test_a_field_that_a_later_version_adds_is_passed_over() -> None:
    later = document()
    later["late_days"] = 2
    later["checks"][0]["stars"] = 5
    assert from_json(later) == rich_result()


def without(*path: str | int) -> dict[str, Any]:
    top = document()
    del holder(top, path)[path[-1]]
    return top


def with_value(value: object, *path: str | int) -> dict[str, Any]:
    top = document()
    holder(top, path)[path[-1]] = value
    return top


def holder(top: dict[str, Any], path: Sequence[str | int]) -> dict[str | int, Any]:
    return reduce(getitem, path[:-1], top)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (with_value("grade/result/v2", "schema"), "schema is 'grade/result/v2', expected 'grade/result/v1'"),
        (without("score"), "score is missing"),
        (without("checks", 3, "status"), "checks[3].status is missing"),
        (with_value("pased", "checks", 3, "status"), "checks[3].status is 'pased', expected one of passed, failed,"),
        (with_value("12", "score"), "score is '12', expected a number"),
        (with_value(True, "max_score"), "max_score is True, expected a number"),
        (with_value(float("inf"), "score"), "score is inf, expected a number"),
        (with_value(float("nan"), "seconds"), "seconds is nan, expected a number"),
        (with_value(10**400, "score"), "score is 1000"),
        (with_value({}, "checks"), "checks is {}, expected a list"),
        (with_value(["a"], "parts"), "parts[0] is 'a', expected an object"),
        (with_value(7, "title"), "title is 7, expected text"),
        (with_value([1], "notes"), "notes[0] is 1, expected text"),
        (with_value("yes", "checks", 0, "public"), "checks[0].public is 'yes', expected true or false"),
        (with_value(1.5, "checks", 1, "quoted", 0, "line"), "checks[1].quoted[0].line is 1.5, expected a whole number"),
        (with_value({"lines": 1.5}, "rules", 0, "evidence"), "rules[0].evidence.lines is 1.5, expected a whole number"),
        (with_value([], "rules", 0, "evidence"), "rules[0].evidence is [], expected an object"),
        (with_value(10**400, "checks", 1, "quoted", 0, "line"), "checks[1].quoted[0].line is 1000"),
        (with_value(1e16, "seconds"), "seconds is 1e+16, expected a number from -1e+15 to 1e+15"),
        (with_value("1e9999999", "score_exact"), "score_exact is '1e9999999', expected a ratio equal to score 21.66"),
        (with_value("1/0", "score_exact"), "score_exact is '1/0', expected a ratio equal to score 21.66"),
        (with_value("99/1", "score_exact"), "score_exact is '99/1', expected a ratio equal to score 21.66"),
        (with_value("red", "checks", 1, "picture", "cells", 0, 2), "checks[1].picture.cells[0][2] is 'red', expected"),
        (with_value(None, "provenance"), "provenance is None, expected an object"),
    ],
)
def test_a_document_that_is_no_result_says_where(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ResultError) as caught:
        from_json(wrong)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("top", [None, [], "result", 3])
def test_a_document_that_is_no_object_is_refused(top: object) -> None:
    with pytest.raises(ResultError, match=r"the document is .*, expected an object"):
        from_json(top)


DAMAGE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "points", "cells"]), inner),
    max_leaves=5,
)


def places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """List the places of all values in a document."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, held in pairs:
        yield (*path, key)
        yield from places(held, (*path, key))


@settings(deadline=None)
@given(path=st.sampled_from(list(places(document()))), damage=DAMAGE)
def test_a_damaged_document_is_a_result_or_told_and_never_a_traceback(
    path: tuple[str | int, ...], damage: object
) -> None:
    for read in (from_json, read_summary):
        with suppress(ResultError):
            read(with_value(damage, *path))


@pytest.mark.parametrize("path", [("title",), ("checks", 1, "picture"), ("checks",), ("provenance", "versions")])
def test_a_document_as_deep_as_json_can_be_is_told(path: tuple[str | int, ...]) -> None:
    depth = 400
    deep = json.loads("[" * depth + "]" * depth)
    with pytest.raises(ResultError, match=r"is \[\[\[.*, expected ") as caught:
        from_json(with_value(deep, *path))
    assert len(str(caught.value)) < 200


def test_only_the_first_of_many_wrong_rows_is_looked_at() -> None:
    with pytest.raises(ResultError, match=r"^checks\[0\] is 0, expected an object$"):
        from_json(with_value([0] * 100_000, "checks"))
