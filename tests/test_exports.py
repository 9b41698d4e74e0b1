"""What holds for every format: it has the form of its schema, tells nothing hidden and obeys no foreign text."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from any_results import any_results, as_read, texts_in
from example_results import EXAMPLES, PROVENANCE, hostile_result, rich_result
from export_formats import FORMATS, JSON_FORMATS, SCHEMAS, schema, validator
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator
from lxml import etree

from grader.exports import markus
from grader.exports.junit import junit_xml
from grader.exports.plain import feedback
from grader.model import Result, Visibility
from grader.views import View

examples = pytest.mark.parametrize("result", EXAMPLES.values(), ids=EXAMPLES.keys())
views = pytest.mark.parametrize("view", View)
json_formats = pytest.mark.parametrize("form", JSON_FORMATS)
formats = pytest.mark.parametrize("form", FORMATS)
of_any_result = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def junit_schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMAS / "junit.xsd"))


@pytest.mark.parametrize("file", sorted(path.name for path in SCHEMAS.glob("*.json")))
def test_every_schema_is_itself_a_json_schema(file: str) -> None:
    Draft202012Validator.check_schema(schema(file))


def test_every_schema_is_the_form_of_something_that_is_written() -> None:
    used = {name for name, _ in JSON_FORMATS.values()} | {"markus-line.schema.json", "junit.xsd"}
    assert {path.name for path in SCHEMAS.iterdir()} == used


@examples
@views
@json_formats
def test_an_example_has_the_form_of_its_schema(form: str, view: View, result: Result) -> None:
    name, write = JSON_FORMATS[form]
    validator(name).validate(as_read(write(result, view)))


@json_formats
@of_any_result
@given(any_results())
def test_any_result_has_the_form_of_its_schema(form: str, result: Result) -> None:
    name, write = JSON_FORMATS[form]
    validator(name).validate(as_read(write(result, View.INSTRUCTOR)))


@examples
@views
def test_every_line_for_markus_has_the_form_of_its_schema(view: View, result: Result) -> None:
    form = validator("markus-line.schema.json")
    for line in markus.lines(result, view).splitlines():
        form.validate(as_read(line))


@of_any_result
@given(any_results())
def test_every_line_for_markus_of_any_result_has_the_form_of_its_schema(result: Result) -> None:
    form = validator("markus-line.schema.json")
    for line in markus.lines(result, View.INSTRUCTOR).splitlines():
        form.validate(as_read(line))


@examples
@views
def test_junit_xml_has_the_form_of_its_schema(view: View, result: Result) -> None:
    junit_schema().assertValid(etree.fromstring(junit_xml(result, view).encode("utf-8")))


@of_any_result
@given(any_results())
def test_junit_xml_of_any_result_has_the_form_of_its_schema(result: Result) -> None:
    junit_schema().assertValid(etree.fromstring(junit_xml(result, View.INSTRUCTOR).encode("utf-8")))


@pytest.mark.parametrize("form", [name for name in FORMATS if name != "gradescope"])
@pytest.mark.parametrize("view", [view for view in View if view is not View.INSTRUCTOR])
@pytest.mark.parametrize("secret", ["secret_shapes", "Hidden: parameters", "Hidden hint", "hidden inputs"])
def test_a_student_is_told_nothing_of_a_hidden_check(form: str, view: View, secret: str) -> None:
    assert secret not in FORMATS[form](rich_result(), view)


@formats
@views
def test_nobody_is_told_the_seed_of_the_hidden_cases(form: str, view: View) -> None:
    assert str(PROVENANCE.seed) not in FORMATS[form](replace(rich_result(), checks=rich_result().checks[:1]), view)


@pytest.mark.parametrize("form", ["classroom50", "prairielearn", "markus", "junit", "summary", "github"])
@pytest.mark.parametrize(
    ("view", "told"), [(View.STUDENT, False), (View.STUDENT_AFTER_DUE_DATE, True), (View.INSTRUCTOR, True)]
)
def test_a_check_to_be_shown_after_the_due_date_is_told_from_then_on(form: str, view: View, *, told: bool) -> None:
    checks = tuple(row for row in rich_result().checks if row.visibility is Visibility.AFTER_DUE_DATE)
    assert ("network_memory" in FORMATS[form](replace(rich_result(), checks=checks), view)) == told


@formats
def test_text_from_a_submission_holds_no_control_character(form: str) -> None:
    text = FORMATS[form](hostile_result(), View.INSTRUCTOR)
    texts = [text]
    if form in JSON_FORMATS:
        texts += texts_in(json.loads(text))
    if form == "markus":
        texts += [found for line in text.splitlines() for found in texts_in(json.loads(line))]
    assert [
        char for found in texts for char in found if not char.isprintable() and char not in "\n\t\u200c\u200d"
    ] == []


@formats
def test_the_same_result_is_written_alike(form: str) -> None:
    assert FORMATS[form](rich_result(), View.STUDENT) == FORMATS[form](rich_result(), View.STUDENT)


@formats
def test_a_result_without_checks_can_be_written(form: str) -> None:
    bare = replace(rich_result(), checks=(), parts=(), rules=(), notes=())
    assert FORMATS[form](bare, View.STUDENT) or form == "markus"


def test_feedback_tells_what_a_teaching_assistant_would() -> None:
    told = feedback(rich_result().checks[1])
    for expected in (
        "The gradients of weight, bias and input agree with the reference, padding 0 included.",
        "dx[0, 1, 0, 4] is 0, expected -1.482037 (54 of 98 values differ)\n- only the border of dx is wrong;",
        "Your values are exactly those of a known mistake: the padded gradient is cropped",
        "modules/convolution.py, line 71, in backward\n    self.dx = dx_padded[:, :, 1:-1, 1:-1]",
        "    got            0        0       0       0       0\n    expected  0.3147  -0.9021",
        "2 of 4 cases passed; not passed: stride-1-padding-0, kernel-1",
    ):
        assert expected in told


def test_feedback_keeps_the_hint_for_who_asks() -> None:
    assert "Which of them does your slice" not in feedback(rich_result().checks[1])


def test_the_xml_that_is_written_is_read_by_the_standard_library_too() -> None:
    assert ET.fromstring(junit_xml(hostile_result(), View.INSTRUCTOR)).tag == "testsuites"  # noqa: S314  # our own
