"""Images with boxes that a check shows: few colours, what they never hold, and how they are drawn."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from example_results import CONV_BACKWARD, changed, hostile_result, rich_result
from outline import Outline
from rich.console import Console

from grader.authoring.figures import (
    MOST_BOXES,
    MOST_IMAGES,
    MOST_LABEL,
    MOST_LINES,
    MOST_WIDTH,
    confusion_figure,
    image_panel,
    images_figure,
    lines_figure,
)
from grader.diagnosis.diagnose import Diagnosis
from grader.judging.verdicts import verdict
from grader.model.figure import PIXEL_LETTERS, Box, Figure, ImagePanel
from grader.model.status import Status
from grader.reporting.figures import image_drawing
from grader.reporting.html import render_html, template_environment
from grader.reporting.terminal import rendering
from grader.results.visibility import View, visible_to
from grader.subjects.case import Case, ended_case
from grader.subjects.course_sentences import CourseSentences
from grader.wording.figures import figure_says

SENTENCES = CourseSentences(("",), CONV_BACKWARD.description)
RED, BLUE = (255, 0, 0), (0, 0, 255)


def test_an_image_is_colours_and_a_letter_for_each_pixel() -> None:
    pixels = np.array([[RED, BLUE, BLUE], [RED, RED, BLUE]], np.uint8)
    image = image_panel("two rows", pixels)
    assert image == ImagePanel(label="two rows", colours=("#0000ff", "#ff0000"), rows=("BAA", "BBA"))


def test_many_colours_become_few() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    image = image_panel("noise", pixels)
    assert len(image.colours) == len(PIXEL_LETTERS) == 64
    assert all(len(row) == 64 for row in image.rows)
    first = image.colours[PIXEL_LETTERS.index(image.rows[0][0])]
    assert all(abs(int(first[place : place + 2], 16) - int(pixels[0, 0, place // 2])) <= 43 for place in (1, 3, 5))


@pytest.mark.parametrize(
    ("box", "kept"),
    [
        ((1, 0, 2, 1, "a"), Box(left=1, top=0, width=2, height=1, label="a")),
        ((-5, -5, 100, 6, "b"), Box(left=0, top=0, width=3, height=1, label="b")),
        ((0, 0, 1, 1, "x" * 99), Box(left=0, top=0, width=1, height=1, label="x" * MOST_LABEL)),
        ((9, 9, 2, 2, "beyond"), None),
        ((0, 0, -1, 2, "turned"), None),
        ((float("nan"), 0, 1, 1, "none"), None),
        ((0, 0, float("inf"), 1, "endless"), None),
    ],
)
def test_boxes_are_cut_off_at_the_borders(box: tuple[float, float, float, float, str], kept: Box | None) -> None:
    assert image_panel("", np.zeros((2, 3, 3), np.uint8), [box]).boxes == (() if kept is None else (kept,))


def test_there_are_no_more_boxes_than_anybody_looks_at() -> None:
    assert len(image_panel("", np.zeros((2, 3, 3), np.uint8), [(0, 0, 1, 1, "")] * 99).boxes) == MOST_BOXES


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((2, 3, 3)), np.zeros((2, 3), np.uint8), np.zeros((65, 3, 3), np.uint8), "a text", None],
    ids=["floats", "grey", "large", "text", "nothing"],
)
def test_what_is_no_small_image_is_the_courses_fault(pixels: object) -> None:
    with pytest.raises(ValueError, match="an image is of shape"):
        image_panel("", pixels)


def test_neighbours_of_one_colour_are_one_rectangle() -> None:
    drawn = image_drawing(ImagePanel(label="t", colours=("#000001", "#000002", "url(x)"), rows=("AAB", "BCC")))
    assert (drawn.width, drawn.height) == (3, 2)
    assert drawn.paths == (("#000001", "M0 0h2v1h-2z"), ("#000002", "M2 0h1v1h-1zM0 1h1v1h-1z"))


def test_the_page_draws_images_with_boxes_and_says_what_they_are() -> None:
    box = Box(left=1.0, top=0.0, width=2.0, height=1.0, label="disc")
    image = ImagePanel(label="Your own", colours=("#a0b1c2",), rows=("AAA",), boxes=(box,))
    figure = Figure(title="Pictures", caption="of discs", images=(image,))
    result = replace(rich_result(), checks=(changed(CONV_BACKWARD, figures=(figure,)),))
    outline = Outline(render_html(visible_to(result, View.STUDENT), template_environment()))
    assert ("path", {"fill": "#a0b1c2", "d": "M0 0h3v1h-3z"}) in outline.elements
    assert ("rect", {"class": "box", "x": "1.0", "y": "0.0", "width": "2.0", "height": "1.0"}) in outline.elements
    assert "Your own: disc" in outline.text
    assert "Pictures" in outline.text
    assert "of discs" in outline.text
    assert not outline.mismatched


def test_nothing_of_a_hostile_image_acts() -> None:
    outline = Outline(render_html(visible_to(hostile_result(), View.INSTRUCTOR), template_environment()))
    fills = {attributes["fill"] for tag, attributes in outline.elements if tag == "path" and "fill" in attributes}
    assert fills == {"#00ff00"}
    assert not {tag for tag, _ in outline.elements} & {"script", "img"}


@pytest.mark.parametrize("count", [0, MOST_IMAGES + 1])
def test_a_figure_has_some_images_and_no_more_than_anybody_looks_at(count: int) -> None:
    panel = image_panel("", np.zeros((2, 3, 3), np.uint8))
    with pytest.raises(ValueError, match=f"has {count} images, expected 1 to {MOST_IMAGES}"):
        images_figure("t", "c", [panel] * count)


LINES = lines_figure("Layers", "by a library", ["Net   10", "  Conv  4   "])
IMAGES = images_figure("Discs", "as they were found", [image_panel("", np.zeros((2, 3, 3), np.uint8))])
CONFUSION = confusion_figure(np.array([[3, 1, 0], [0, 2, 0]]))


@pytest.mark.parametrize("error", [None, AssertionError("wrong")], ids=["passed", "failed"])
@pytest.mark.parametrize(
    ("figure", "public", "asks_code", "is_shown"),
    [
        (IMAGES, True, True, True),
        (IMAGES, True, False, True),
        (IMAGES, False, True, False),
        (IMAGES, False, False, False),
        (LINES, True, True, True),
        (LINES, False, True, False),
        (LINES, False, False, False),
        (CONFUSION, True, True, True),
        (CONFUSION, False, True, False),
        (CONFUSION, False, False, True),
    ],
)
def test_pixels_are_shown_of_public_checks_alone_and_nothing_of_what_code_answered_to_hidden_ones(
    figure: Figure, public: bool, asks_code: bool, is_shown: bool, error: AssertionError | None
) -> None:
    case = ended_case(
        replace(CONV_BACKWARD.check, public=public),
        "case",
        error,
        sentences=SENTENCES,
        figure=figure,
        asks_code=asks_code,
        passes_on_the_reference=lambda: True,
    )
    assert case.figure == (figure if is_shown else None)


def test_a_check_that_fails_shows_the_figures_of_all_of_its_cases() -> None:
    right, wrong = (
        Case(name=status, status=status, figure=figure)
        for status, figure in ((Status.PASSED, IMAGES), (Status.FAILED, CONFUSION))
    )
    found = verdict(CONV_BACKWARD.check, [right, wrong, right], Diagnosis(), lambda _file: None)
    assert (found.status, found.figures) == (Status.FAILED, (IMAGES, CONFUSION, IMAGES))


def test_where_nothing_is_drawn_images_are_told_in_words() -> None:
    assert figure_says(IMAGES) == "Discs: as they were found"
    boxed = image_panel("picture 2", np.zeros((9, 9, 3), np.uint8), [(0, 0, 2, 2, "disc"), (3, 3, 2, 2, "square")])
    assert figure_says(replace(IMAGES, images=(*IMAGES.images, boxed))) == "Discs: picture 2, disc, square"


def test_text_is_shown_as_it_is_laid_out_in_page_and_terminal() -> None:
    result = replace(rich_result(), checks=(changed(CONV_BACKWARD, figures=(LINES,)),))
    seen = visible_to(result, View.STUDENT)
    page = render_html(seen, template_environment())
    assert "Net   10\n  Conv  4</pre>" in page
    assert "by a library" in Outline(page).text
    screen = io.StringIO()
    Console(file=screen, width=100).print(rendering(seen))
    shown = [line.strip() for line in screen.getvalue().splitlines()]
    assert shown[shown.index("Layers: by a library") + 1 :][:2] == ["Net   10", "Conv  4"]


def test_text_has_no_more_lines_than_anybody_reads_and_none_that_acts() -> None:
    figure = lines_figure("t", "c", ["x" * 1000, "<script>", *map(str, range(1000))])
    assert len(figure.lines) == MOST_LINES
    assert len(figure.lines[0]) == MOST_WIDTH
    result = replace(rich_result(), checks=(changed(CONV_BACKWARD, figures=(figure,)),))
    outline = Outline(render_html(visible_to(result, View.STUDENT), template_environment()))
    assert "script" not in {tag for tag, _ in outline.elements}
    assert "<script>" in outline.text
