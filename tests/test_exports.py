"""What holds for every format: it has the form of its schema, tells nothing hidden and obeys no foreign text."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from any_results import any_results, hidden_under, texts_in
from example_results import EXAMPLES, PROVENANCE, hostile_result, rich_result
from export_formats import CONTEXT, FORMATS, SCHEMAS, check_form, schema, values_in, written
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator

from grader.exports import registry
from grader.exports.grades import table
from grader.exports.plain import feedback
from grader.exports.single.junit import junit_xml
from grader.model.assignment import Visibility
from grader.model.result import Result
from grader.results.visibility import View, visible_to
from grader.wording.text import cell_text

SECRET = "xyzzy"  # noqa: S105  # a word that no text of ours holds
STUDENT_VIEWS = [view for view in View if view is not View.INSTRUCTOR]
HIDING = [name for name in FORMATS if not registry.single_format(name).hides]

examples = pytest.mark.parametrize("result", EXAMPLES.values(), ids=EXAMPLES.keys())
views = pytest.mark.parametrize("view", View)
formats = pytest.mark.parametrize("form", FORMATS)
hiding_formats = pytest.mark.parametrize("form", HIDING)
of_any_result = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def test_only_gradescope_is_trusted_to_hide_what_a_student_may_not_see() -> None:
    assert set(FORMATS) - set(HIDING) == {"gradescope"}


@formats
def test_a_format_says_in_one_sentence_who_reads_it(form: str) -> None:
    declared = registry.single_format(form)
    assert declared.suffix.startswith(".")
    assert len(declared.description) > 10
    assert not declared.description.endswith(".")


@formats
def test_no_format_writes_a_result_that_nothing_was_left_out_of(form: str) -> None:
    with pytest.raises(TypeError, match="expected a VisibleResult"):
        registry.written(rich_result(), registry.single_format(form), CONTEXT)  # type: ignore[arg-type]  # the point


def test_a_module_that_declares_something_else_is_no_format(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.exports.single.junit.FORMAT", "junit")
    with pytest.raises(TypeError, match=r"FORMAT of grader\.exports\.single\.junit is a str, expected SingleFormat"):
        registry.single_format("junit")


@pytest.mark.parametrize("file", sorted(path.name for path in SCHEMAS.glob("*.json")))
def test_every_schema_is_itself_a_json_schema(file: str) -> None:
    Draft202012Validator.check_schema(schema(file))


def test_every_schema_is_the_form_of_something_that_is_written() -> None:
    assert {path.name.partition(".")[0] for path in SCHEMAS.iterdir()} <= set(FORMATS)


@examples
@views
@formats
def test_an_example_has_the_form_of_its_schema(form: str, view: View, result: Result) -> None:
    check_form(form, written(form, result, view))


@of_any_result
@given(any_results())
def test_any_result_has_the_form_of_every_schema(result: Result) -> None:
    for form in FORMATS:  # to draw a result takes longer than to write it in every form
        check_form(form, written(form, result, View.INSTRUCTOR))


@hiding_formats
@pytest.mark.parametrize("view", STUDENT_VIEWS)
@pytest.mark.parametrize("secret", ["secret_shapes", "Hidden: parameters", "Hidden hint", "hidden inputs"])
def test_a_student_is_told_nothing_of_a_hidden_check(form: str, view: View, secret: str) -> None:
    assert secret not in written(form, rich_result(), view)


@pytest.mark.parametrize("view", STUDENT_VIEWS)
@of_any_result
@given(any_results())
def test_no_text_of_a_check_that_a_view_leaves_out_is_told(view: View, result: Result) -> None:
    hiding = hidden_under(result, view, SECRET)
    assert [form for form in HIDING if SECRET in written(form, hiding, view)] == []


@formats
@views
def test_nobody_is_told_the_seed_of_the_hidden_cases(form: str, view: View) -> None:
    assert str(PROVENANCE.seed) not in written(form, replace(rich_result(), checks=rich_result().checks[:1]), view)


@hiding_formats
@pytest.mark.parametrize(
    ("view", "told"), [(View.STUDENT, False), (View.STUDENT_AFTER_DUE_DATE, True), (View.INSTRUCTOR, True)]
)
def test_a_check_to_be_shown_after_the_due_date_is_told_from_then_on(form: str, view: View, *, told: bool) -> None:
    checks = tuple(row for row in rich_result().checks if row.visibility is Visibility.AFTER_DUE_DATE)
    assert ("network_memory" in written(form, replace(rich_result(), checks=checks), view)) == told


@formats
def test_text_from_a_submission_holds_no_control_character(form: str) -> None:
    text = written(form, hostile_result(), View.INSTRUCTOR)
    texts = [text, *texts_in(values_in(form, text))]
    assert [
        char for found in texts for char in found if not char.isprintable() and char not in "\n\t\u200c\u200d"
    ] == []


@formats
def test_the_same_result_is_written_alike(form: str) -> None:
    assert written(form, rich_result()) == written(form, rich_result())


@formats
def test_a_result_without_checks_can_be_written(form: str) -> None:
    bare = replace(rich_result(), checks=(), parts=(), rules=(), notes=())
    assert written(form, bare) or registry.single_format(form).suffix == ".jsonl"


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
    assert ET.fromstring(junit_xml(visible_to(hostile_result(), View.INSTRUCTOR))).tag == "testsuites"  # noqa: S314  # our own


def test_every_text_of_a_table_is_quoted() -> None:
    """Where a spreadsheet parts cells at semicolons, `Ann;@SUM(1)` had a second cell that it computed."""
    rows = [["Ann;@SUM(1)", "4.5", "", 'x"y'], ["'=1", "-1", "1;2", "a\tb"]]
    assert table(["id", "score", "mail", "name"], rows) == (
        '"id","score","mail","name"\n"Ann;@SUM(1)",4.5,,"x""y"\n"\'=1",-1,"1;2","a\tb"\n'
    )
    assert list(csv.reader(io.StringIO(table(["a"], rows[:1])))) == [["a"], rows[0]]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\uff1d1", "\uff20SUM(1)"])
def test_no_cell_begins_a_formula(name: str) -> None:
    assert cell_text(name).startswith("'")
