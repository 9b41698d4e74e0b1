from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import example_classes
import pytest
from example_classes import CLASSES, NAMES, drawn_class, hostile_class
from outline import Outline

from grader.model.assignment import Check
from grader.model.status import Status
from grader.reporting.class_data import ClassSnapshot, GradedWith
from grader.reporting.class_page import render_class
from grader.reporting.html import template_environment
from grader.wording.text import cell_text

ENVIRONMENT = template_environment()
pages = pytest.mark.parametrize("snapshot", CLASSES.values(), ids=CLASSES.keys())


def page(snapshot: ClassSnapshot) -> str:
    return render_class(snapshot, ENVIRONMENT)


def text(snapshot: ClassSnapshot) -> str:
    return Outline(page(snapshot)).text


def rows(snapshot: ClassSnapshot) -> list[str]:
    body = page(snapshot).partition('id="roll"')[2].partition("<tbody")[2].partition("</tbody>")[0]
    return [Outline(f"<tr{row}").text for row in body.split("<tr")[1:]]


@pages
def test_every_element_that_is_opened_is_closed(snapshot: ClassSnapshot) -> None:
    outline = Outline(page(snapshot))
    assert (outline.open, outline.mismatched) == ([], [])


@pages
def test_a_page_needs_nothing_from_outside(snapshot: ClassSnapshot) -> None:
    outline = Outline(page(snapshot))
    names = {name for _, attributes in outline.elements for name in attributes}
    assert {tag for tag, _ in outline.elements} & {"img", "link", "iframe", "object", "base", "form"} == set()
    assert {name for name in names if name.startswith("on")} | (names & {"src", "style", "srcset", "action"}) == set()
    assert [url for url in outline.attributes("href") if not url.startswith(("#", "reports/"))] == []


@pages
def test_every_link_within_a_page_has_its_place(snapshot: ClassSnapshot) -> None:
    outline = Outline(page(snapshot))
    places = outline.attributes("id")
    named = [name for value in outline.attributes("aria-labelledby") for name in value.split()]
    within = {url.removeprefix("#") for url in outline.attributes("href") if url.startswith("#")}
    assert len(places) == len(set(places))
    assert within | set(named) | set(outline.attributes("for")) <= set(places)


@pages
def test_no_heading_skips_a_level(snapshot: ClassSnapshot) -> None:
    levels = [int(tag[1]) for tag, _ in Outline(page(snapshot)).elements if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert [pair for pair in pairwise(levels) if pair[1] - pair[0] > 1] == []


@pages
def test_every_row_has_as_many_cells_as_the_head(snapshot: ClassSnapshot) -> None:
    table = page(snapshot).partition('id="roll"')[2]
    head = table.partition("</thead>")[0].count("columnheader")
    counts = {
        row.count('role="cell"') + row.count('role="rowheader"')
        for row in table.partition("<tbody")[2].split("<tr")[1:]
    }
    assert counts == {head}


@pages
def test_what_a_filter_looks_for_is_in_as_many_rows_as_it_says(snapshot: ClassSnapshot) -> None:
    html = page(snapshot)
    found = [value.split() for value in Outline(html).attributes("data-has")]
    told = re.findall(r'<option value="(\w+)">.*\((\d+)\)</option>', html)
    assert all(sum(token in has for has in found) == int(count) > 0 for token, count in told)


def test_the_policy_allows_one_style_sheet_one_script_and_nothing_else() -> None:
    html = page(drawn_class(3))
    sources = {}
    for tag in ("style", "script"):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        sources[tag] = f"{tag}-src 'sha256-{digest}'"
    rest = "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    policy = f"default-src 'none'; {sources['style']}; {sources['script']}; {rest}"
    assert dict(Outline(html).elements[3][1])["content"] == policy


def test_a_hostile_page_has_the_elements_of_a_harmless_one() -> None:
    harmless = {tag for tag, _ in Outline(page(drawn_class(60))).elements}
    assert {tag for tag, _ in Outline(page(hostile_class())).elements} <= harmless
    assert page(hostile_class()).count("<script") == 1


def test_hostile_names_are_shown_as_text() -> None:
    shown = text(hostile_class())
    assert "<script>window.broken = true</script>" in shown
    assert r"\u202eflipped\u202c" in shown
    assert r"\u2066isolated" in shown
    assert "{{ 7 * 7 }}" in shown


@pytest.mark.parametrize("name", [name for name in NAMES if name.strip()[0] in "=+-@"])
def test_a_cell_copied_into_a_spreadsheet_computes_nothing(name: str) -> None:
    assert cell_text(name)[0] == "'"
    assert [row for row in rows(hostile_class()) if row.startswith(tuple("=+-@"))] == []


@pytest.mark.parametrize("name", ["Ada Lovelace", "O'Neil", "s00017", "Ștefan Țurcanu", "محمد"])
def test_an_ordinary_name_is_written_as_it_is(name: str) -> None:
    assert cell_text(name) == name


def test_a_page_says_how_many_made_a_mistake_in_words() -> None:
    snapshot = drawn_class(60)
    made = sum(
        any(known["name"] == "empty-slice-at-padding-zero" for one in student.checks.values() for known in one.mistakes)
        for student in snapshot.students
    )
    judged = sum(bool(student.checks) for student in snapshot.students)
    says = "with padding 0 the slice [0:-0] selects nothing, so dx comes out empty"
    assert f"{made} of {judged} {says}" in text(snapshot)
    assert f"{made} of {judged} : {says}" in text(snapshot)


def test_a_row_that_people_mark_is_not_told_as_a_check_that_waits() -> None:
    """A write-up without a mark was "waiting", and one with 3 of 4 points had "failed"."""
    one = drawn_class(1)
    ended = (Status.PASSED, Status.FAILED, Status.BLOCKED, Status.BLOCKED)
    members = tuple(replace(one.students[0], checks={"essay": example_classes.ended(status)}) for status in ended)
    row = Check(name="essay", part=one.parts[0].name, points=Fraction(4), description="the paper is reviewed", hint="")
    shown = text(replace(one, checks=(row,), students=members, by_hand=frozenset({row.name})))
    assert "1 of 4 with full marks, 2 not marked yet, 1 with fewer points" in shown
    assert "25 % full marks" in shown


def test_every_student_stands_in_the_table_and_who_has_a_report_is_linked_to_it() -> None:
    snapshot = drawn_class(60)
    table = page(snapshot).partition('id="roll"')[2]
    assert len(rows(snapshot)) == 60
    assert re.findall(r'href="([^"]*)"', table) == [member.report for member in snapshot.students if member.report]


def test_a_class_of_one_is_told_in_the_singular() -> None:
    assert "1 student: 1 graded." in text(CLASSES["one"])


def test_a_class_in_which_nobody_was_graded_has_no_scores_to_show() -> None:
    shown = text(CLASSES["empty"])
    assert "5 students: 1 not judged, 1 cannot be read, 1 not graded, 1 undecided, 1 nothing handed in." in shown
    assert "Scores" not in shown
    assert "median" not in shown


def test_an_assignment_without_a_late_policy_has_no_column_for_it() -> None:
    assert "Late" in text(drawn_class(9))
    assert "Late" not in text(replace(drawn_class(9), late_period=""))


def test_a_page_says_so_when_not_everybody_was_graded_with_the_same() -> None:
    snapshot = drawn_class(9)
    said = "Not everybody was graded with the same; grade regrade convnet brings all up to date."
    assert said not in text(snapshot)
    assert said in text(replace(snapshot, graded_with={**snapshot.graded_with, GradedWith("a", "b", "c", "d"): 1}))


def test_what_was_marked_late_is_summed_up() -> None:
    assert re.search(r"on time: \d+ ; 1 day late: \d+ ; 2 days late: \d+", text(drawn_class(60)))


def test_nothing_that_needs_a_script_is_shown_before_it_runs() -> None:
    found = [
        (tag, attributes)
        for tag, attributes in Outline(page(drawn_class(60))).elements
        if tag in {"button", "input", "select"}
    ]
    assert [
        attributes
        for tag, attributes in found
        if tag == "button" and "hidden" not in attributes and "id" not in attributes
    ] == []
    assert '<div id="filters" class="filters" role="search" aria-label="Filter the students" hidden>' in page(
        drawn_class(9)
    )
