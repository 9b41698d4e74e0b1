from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import jinja2
import pytest
from example_results import (
    CONV_BACKWARD,
    EXAMPLES,
    PROVENANCE,
    changed,
    drawn_result,
    hostile_result,
    perfect_result,
    rich_result,
)
from outline import Outline

from grader.model.figure import Figure, MaskPanel
from grader.model.result import CaseVerdict, Picture, Result, RuleOutcome
from grader.model.status import Status
from grader.reporting.html import (
    drawing,
    groups,
    map_drawings,
    percent,
    render_html,
    status_counts,
    template_environment,
    value_rows,
)
from grader.results.visibility import View, visible_to
from grader.wording.statuses import WORDS

ROOT = Path(__file__).parents[1]
ENVIRONMENT = template_environment()

pages = pytest.mark.parametrize(
    ("result", "view"),
    [(result, view) for result in EXAMPLES.values() for view in (View.STUDENT, View.INSTRUCTOR)],
    ids=[f"{name}-{view}" for name in EXAMPLES for view in (View.STUDENT, View.INSTRUCTOR)],
)


def page(result: Result, view: View = View.STUDENT) -> str:
    return render_html(visible_to(result, view), ENVIRONMENT)


def text(result: Result, view: View = View.STUDENT) -> str:
    return Outline(page(result, view)).text


@pages
def test_every_element_that_is_opened_is_closed(result: Result, view: View) -> None:
    outline = Outline(page(result, view))
    assert (outline.open, outline.mismatched) == ([], [])


@pages
def test_a_page_needs_nothing_from_outside_and_runs_nothing(result: Result, view: View) -> None:
    outline = Outline(page(result, view))
    names = {name for _, attributes in outline.elements for name in attributes}
    assert {tag for tag, _ in outline.elements} & {"script", "img", "link", "iframe", "object", "base", "form"} == set()
    assert {name for name in names if name.startswith("on")} | (names & {"src", "style", "srcset", "action"}) == set()
    asked = [target for target in outline.attributes("href") if not target.startswith("#")]
    assert [target for target in asked if not target.startswith("data:image/jpeg;base64,")] == []
    assert ("img-src data:" in page(result, view)) == bool(asked)
    assert "@import" not in page(result, view)
    assert [target for target in re.findall(r"url\(([^)]*)", page(result, view)) if not target.startswith("#")] == []


@pages
def test_every_link_within_a_page_has_its_place(result: Result, view: View) -> None:
    outline = Outline(page(result, view))
    places = outline.attributes("id")
    named = [name for value in outline.attributes("aria-labelledby") for name in value.split()]
    assert len(places) == len(set(places))
    within = {target.removeprefix("#") for target in outline.attributes("href") if target.startswith("#")}
    assert within <= set(places)
    assert set(named) <= set(places)


@pages
def test_no_heading_skips_a_level(result: Result, view: View) -> None:
    levels = [int(tag[1]) for tag, _ in Outline(page(result, view)).elements if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert [pair for pair in pairwise(levels) if pair[1] - pair[0] > 1] == []


@pages
def test_a_page_can_be_written_as_utf_8(result: Result, view: View) -> None:
    assert "\x00" not in page(result, view).encode("utf-8").decode("utf-8")


def test_the_policy_allows_one_style_sheet_and_nothing_else() -> None:
    html = page(rich_result())
    styles = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(styles[0].encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert len(styles) == 1
    assert dict(Outline(html).elements[3][1]) == {"http-equiv": "Content-Security-Policy", "content": policy}


def test_text_from_a_submission_is_shown_as_text() -> None:
    shown = text(hostile_result(), View.INSTRUCTOR)
    assert "<script>window.broken = true</script>" in shown
    assert "{{ 7 * 7 }}" in shown
    assert r"\x1b[31mred" in shown
    assert r"\u202etxt.exe\u202c" in shown


def test_a_hostile_page_has_the_elements_of_a_harmless_one() -> None:
    images = drawn_result().checks[0].figures[-1:]
    rich = rich_result()
    rich = replace(rich, checks=tuple(changed(row, figures=images) for row in rich.checks))
    harmless = {tag for tag, _ in Outline(page(rich, View.INSTRUCTOR)).elements}
    assert {tag for tag, _ in Outline(page(hostile_result(), View.INSTRUCTOR)).elements} == harmless


def test_an_image_is_in_the_page_whole_and_is_nothing_but_base64() -> None:
    image = base64.b64encode(bytes(range(256)) * 40).decode()
    for given, shown in ((image, 1), (f'{image}" onload="window.broken = true', 0), ("javascript:1", 0)):
        panel = MaskPanel(label="best", height=1, width=1, runs=(1,), image=given)
        figure = Figure(title="masks", caption="one", panels=(panel,))
        html = page(replace(rich_result(), checks=(changed(CONV_BACKWARD, figures=(figure,)),)))
        assert html.count(f'href="data:image/jpeg;base64,{image}"') == shown
        assert html.count("img-src") == shown


def test_words_of_a_figure_stay_words() -> None:
    word = '"><script>window.broken = true</script>'
    harmless = [tag for tag, _ in Outline(page(drawn_result())).elements]
    assert [tag for tag, _ in Outline(page(drawn_result(word))).elements] == harmless
    assert text(drawn_result(word)).count(word) > 3


def test_a_check_that_waits_for_a_person_is_not_said_to_wait_for_another_check() -> None:
    case = CaseVerdict("first", Status.BLOCKED, "these points wait for a person")
    check = changed(CONV_BACKWARD, status=Status.BLOCKED, points=Fraction(0), cases=(case,))
    assert "0 of 1 check passed; 1 waits for a person." in text(replace(rich_result(), checks=(check,)))


def test_a_page_tells_score_and_parts() -> None:
    shown = text(rich_result())
    assert "19.67 of 66 points 4 points open" in shown
    assert "Convolution 10.5 of 18" in shown
    assert (
        "3 of 13 checks passed; 6 need work, 1 is not written yet, 2 wait for others and 1 could not be judged."
        in shown
    )


def test_a_page_says_how_much_it_does_not_show() -> None:
    said = "2 checks worth 8 points are not shown here; the score here counts the others"
    assert text(rich_result()).count(said) == 1


def test_what_a_rule_took_stands_beside_the_parts() -> None:
    assert "Rules −1.5" in text(rich_result())


def test_what_rules_and_lateness_took_is_added_up_to_the_score() -> None:
    late = (
        RuleOutcome(
            "late", "due 2024-04-16 23:59 in Europe/Bucharest; each day that begins after it takes 0.25 points"
        ),
        RuleOutcome("late", "submitted 1 d 3 h late", Fraction(-1, 2)),
    )
    rich = rich_result()
    shown = text(replace(rich, rules=(*rich.rules, *late), score=rich.score - Fraction(1, 2)), View.INSTRUCTOR)
    assert "Lateness and rules −2" in shown
    assert (
        "How the score adds up All checks together 23.17 modules/relu.py prints 2 lines; the assignment asks for no "
        "output −1.5 every file of the assignment is there due 2024-04-16 23:59 in Europe/Bucharest; each day that "
        "begins after it takes 0.25 points submitted 1 d 3 h late −0.5 Score 21.17 of 74" in shown
    )


def test_a_row_without_a_mark_says_so_once() -> None:
    assert text(EXAMPLES["marked"]).count("not marked yet") == 1


def test_points_that_a_person_added_are_told_as_added() -> None:
    given = RuleOutcome("override", "set to 80 by hand: agreed", Fraction(5))
    shown = text(replace(perfect_result(), rules=(given,)))
    assert "set to 80 by hand: agreed +5" in shown
    assert "Rules +5" in shown


def test_rules_that_took_nothing_add_nothing_up() -> None:
    shown = text(replace(perfect_result(), rules=(RuleOutcome("files", "every file is there"),)))
    assert "Rules every file is there no points taken" in shown
    assert "How the score adds up" not in shown


@pytest.mark.parametrize("status", Status)
def test_every_status_is_told_in_words(status: Status) -> None:
    result = rich_result()
    one = next(check for check in result.checks if check.status is status)
    assert f"{WORDS[status]} {one.name}" in text(replace(result, checks=(one,)), View.INSTRUCTOR)


def test_the_first_check_to_fix_stands_first_and_in_full_once() -> None:
    shown = text(rich_result())
    assert "Fix this first The gradients of weight, bias and input agree" in shown
    assert shown.index("Fix this first") < shown.index("All checks")
    assert shown.count("self.dx = dx_padded[:, :, 1:-1, 1:-1]") == 1
    assert shown.count("Shown in full above") == 1


@pytest.mark.parametrize(
    "expected",
    [
        "dx[0, 1, 0, 4] is 0, expected -1.482037 (54 of 98 values differ)",
        "dw and db are right in every case",
        "Your values are exactly those of a known mistake: the padded gradient is cropped",
        "modules/convolution.py , line 71, in backward 71 self.dx = dx_padded[:, :, 1:-1, 1:-1]",
        "dx[0, 1, 0, 2:7] got 0 0 0 0 0 expected 0.3147 -0.9021 -1.482 0.2290 0.6614",
        "2 of 4 cases passed stride-1-padding-1 passed stride-2-padding-1 passed stride-1-padding-0 failed",
        "waits for conv_backward and linear_backward",
        "the course's own code failed here; this is not about your submission",
        "modules/softmax_ce.py differs from the course's copy",
        "grade explain convnet crop-without-padding",
        PROVENANCE.submission,
        "seccomp, rlimits, no_new_privs",
    ],
)
def test_a_student_page_tells(expected: str) -> None:
    assert expected in text(rich_result())


@pytest.mark.parametrize(
    "secret",
    [
        "secret_shapes",
        "Hidden hint",
        "worker answered in",
        "Traceback",
        str(PROVENANCE.seed),
    ],
)
def test_a_student_page_holds_nothing_for_instructors(secret: str) -> None:
    assert secret not in page(rich_result())
    assert secret in page(rich_result(), View.INSTRUCTOR)


def test_an_instructor_page_says_that_it_is_one() -> None:
    assert "For instructors." in text(rich_result(), View.INSTRUCTOR)
    assert "For instructors." not in text(rich_result())


def test_every_hint_is_folded_away() -> None:
    html = page(rich_result(), View.INSTRUCTOR)
    unfolded = re.sub(r"<details class=.*?</details>", "", html, flags=re.DOTALL)
    hints = [check.hint[:20] for check in rich_result().checks if check.status is not Status.PASSED]
    assert [hint for hint in hints if hint not in html or hint in unfolded] == []
    assert Outline(html).attributes("open") == []


def test_a_check_that_passed_shows_no_hint() -> None:
    assert 'class="hint"' not in page(perfect_result())


def test_a_perfect_page_has_nothing_to_fix() -> None:
    shown = text(perfect_result(), View.INSTRUCTOR)
    assert "Every check passed." in shown
    assert "first" not in shown.lower()


def test_a_case_repeats_no_message_of_its_check() -> None:
    cases = (CaseVerdict("a", Status.FAILED, CONV_BACKWARD.message), CaseVerdict("b", Status.FAILED, "another one"))
    shown = text(replace(rich_result(), checks=(changed(CONV_BACKWARD, cases=cases),)))
    assert shown.count(CONV_BACKWARD.message) == 1
    assert "b failed: another one" in shown


def test_the_map_of_errors_has_a_title_and_a_description() -> None:
    outline = Outline(page(rich_result()))
    (attributes,) = [
        attributes
        for tag, attributes in outline.elements
        if tag == "svg" and attributes.get("aria-labelledby", "").startswith("map-title-conv_backward")
    ]
    assert attributes["role"] == "img"
    assert "48 of 98 cells of the map differ. dx[0], two channels of 7 × 7" in outline.text


def test_every_other_drawing_is_hidden_from_screen_readers() -> None:
    drawings = [attributes for tag, attributes in Outline(page(rich_result())).elements if tag == "svg"]
    shown = [attributes for attributes in drawings if attributes.get("aria-hidden") != "true"]
    assert {attributes.get("role") for attributes in shown} == {"img"}


def test_neighbours_of_one_shade_are_drawn_as_one_rectangle() -> None:
    drawn = drawing(Picture(title="", caption="", cells=((0.0, 1.0, 1.0, 0.1), (None, 0.0, 0.5, 0.0))))
    assert {shade: str(path) for shade, path in drawn.shades} == {
        0: "M0 0h1v1h-1zM1 1h1v1h-1zM3 1h1v1h-1z",
        1: "M3 0h1v1h-1z",
        2: "M2 1h1v1h-1z",
        4: "M1 0h2v1h-2z",
    }


def test_the_worst_place_of_a_map_is_marked() -> None:
    assert drawing(Picture(title="", caption="", cells=((0.0, 0.4), (None, 1.0)))).worst == (1, 1)


def test_a_map_without_errors_marks_no_place() -> None:
    assert drawing(Picture(title="", caption="", cells=((0.0, 0.0),))).worst is None


def test_an_error_that_is_no_number_is_drawn_as_wrong_as_can_be() -> None:
    assert drawing(Picture(title="", caption="", cells=((float("nan"), 0.0),))).shades[1] == (4, "M0 0h1v1h-1z")


def test_a_map_is_drawn_in_grey_beside_the_expected_one() -> None:
    maps = (((0.0, 1.0), (None, 0.5)), ((1.0, 1.0), (0.0, 0.0)))
    bare = Picture(title="Where map differs", caption="map[0, 0]", cells=((1.0, 0.0), (1.0, 1.0)))
    both = changed(CONV_BACKWARD, picture=replace(bare, maps=maps))
    text, alone = (page(replace(rich_result(), checks=(check,))) for check in (both, changed(both, picture=bare)))
    assert [drawn.greys for drawn in map_drawings(replace(bare, maps=maps))] == [
        (("#000000", "M0 0h1v1h-1z"), ("#888888", "M1 1h1v1h-1z"), ("#ffffff", "M1 0h1v1h-1z")),
        (("#000000", "M0 1h1v1h-1zM1 1h1v1h-1z"), ("#ffffff", "M0 0h1v1h-1zM1 0h1v1h-1z")),
    ]
    assert 'aria-label="The map that was expected"' in text
    assert "The map that was" not in alone


def test_an_empty_map_is_not_drawn() -> None:
    empty = changed(CONV_BACKWARD, picture=Picture(title="Where dx differs", caption="dx is empty", cells=()))
    html = page(replace(rich_result(), checks=(empty,)))
    assert 'class="map"' not in html
    assert "dx is empty" in Outline(html).text


def test_values_that_only_one_side_has_are_shown_beside_a_dash() -> None:
    (row,) = value_rows(
        Picture(title="", caption="", cells=(), labels=("dx[0]",), got=(("1",),), expected=(("1", "2"),))
    )
    assert row.values == (("1", "1", False), ("–", "2", True))


def test_a_bar_is_as_long_as_the_points_of_its_checks() -> None:
    (convolution, *_) = groups(visible_to(rich_result(), View.STUDENT))
    ends = [segment.start + segment.width for segment in convolution.bar]
    assert ends[-1] == pytest.approx(100, abs=0.01)
    assert [segment.earned for segment in convolution.bar] == [33.333, 25.0, 0.0]


def test_a_check_without_points_takes_no_room_in_a_bar() -> None:
    free = changed(CONV_BACKWARD, points=Fraction(0), max_points=Fraction(0))
    assert groups(visible_to(replace(rich_result(), checks=(free,)), View.STUDENT))[0].bar == ()


@pytest.mark.parametrize(
    ("points", "whole", "share"), [(1, 0, 0.0), (0, 5, 0.0), (7, 5, 100.0), (-1, 5, 0.0), (1, 3, 33.333)]
)
def test_a_share_lies_between_nothing_and_everything(points: int, whole: int, share: float) -> None:
    assert percent(Fraction(points), Fraction(whole)) == share


def test_a_count_of_nothing_says_so() -> None:
    assert status_counts(()) == "There is no check to show."
    passed = perfect_result().checks
    assert status_counts(passed, withheld="1 check is not shown") == "Every check that is shown here passed."
    assert status_counts(passed[:1], left_out=2) == "1 check passed; 2 not run."
    assert status_counts((CONV_BACKWARD,)) == "0 of 1 check passed; 1 needs work."


def test_a_result_without_checks_is_a_page() -> None:
    bare = replace(rich_result(), checks=(), parts=(), rules=(), notes=(), score=Fraction(0), max_score=Fraction(0))
    assert "0 of 0 points" in text(bare)


def test_rules_are_shown_even_when_one_part_is_all_there_is() -> None:
    one = replace(
        perfect_result(), parts=perfect_result().parts[:1], rules=(RuleOutcome("output", "prints", Fraction(-2)),)
    )
    assert "Rules −2" in text(one)


def test_the_same_result_gives_the_same_page() -> None:
    assert render_html(visible_to(rich_result(), View.STUDENT), template_environment()) == page(rich_result())


def test_a_template_that_asks_for_what_is_not_there_fails_loudly() -> None:
    with pytest.raises(jinja2.UndefinedError):
        ENVIRONMENT.from_string("{{ missing }}").render()


@pytest.mark.parametrize("folder", ["grader/templates", "templates"])
def test_templates_are_found_in_a_wheel_and_in_a_checkout(tmp_path: Path, folder: str) -> None:
    shutil.copytree(ROOT / "grader", tmp_path / "grader", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "templates", tmp_path / folder)
    # Where this project is installed for its developers, its own templates would be found before the copy.
    program = (
        "import sys; sys.meta_path[:] = [one for one in sys.meta_path if '__editable__' not in str(one)]; "
        "import grader.reporting.html as report; report.template_environment().get_template('report.html.j2'); "
        "print(report.__file__, report.template_folder())"
    )
    told = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert told.split() == [str(tmp_path / "grader/reporting/html.py"), str(tmp_path / folder)]


def test_a_small_matrix_is_shown_whole_with_its_wrong_places_marked_on_both_sides() -> None:
    matrix = Picture(
        title="Where A differs",
        caption="1 of 2 values",
        cells=((0.0, 1.0),),
        labels=("0",),
        got=(("0", "<w(2,2)>"),),
        expected=(("0", "0"),),
        columns=("0", "1"),
    )
    html = page(replace(rich_result(), checks=(changed(CONV_BACKWARD, picture=matrix),)))
    assert 'class="map"' not in html
    assert "<mark>&lt;w(2,2)&gt;</mark>" in html
    got, expected = html.split('class="matrix got"')[1].split('class="matrix expected"')
    assert (got.count("<mark>"), expected.split("</table>")[0].count("<mark>")) == (1, 1)
