"""What a check shows: images of few colours with boxes, as the judge keeps them and a page draws them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from example_results import CONV_BACKWARD, changed, hostile_result, rich_result
from outline import Outline

from grader.judging.shown_images import MOST_BOXES, MOST_LABEL, shown_image
from grader.model.result import PIXEL_LETTERS, Box, ShownImage
from grader.reporting.html import render_html, template_environment
from grader.reporting.image_paths import drawn_image
from grader.results.visibility import View, visible_to

RED, BLUE = (255, 0, 0), (0, 0, 255)


def test_an_image_is_colours_and_a_letter_for_each_pixel() -> None:
    pixels = np.array([[RED, BLUE, BLUE], [RED, RED, BLUE]], np.uint8)
    image = shown_image("two rows", pixels)
    assert image == ShownImage(title="two rows", colours=("#0000ff", "#ff0000"), rows=("BAA", "BBA"))


def test_many_colours_become_few() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    image = shown_image("noise", pixels)
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
    assert shown_image("", np.zeros((2, 3, 3), np.uint8), [box]).boxes == (() if kept is None else (kept,))


def test_there_are_no_more_boxes_than_anybody_looks_at() -> None:
    assert len(shown_image("", np.zeros((2, 3, 3), np.uint8), [(0, 0, 1, 1, "")] * 99).boxes) == MOST_BOXES


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((2, 3, 3)), np.zeros((2, 3), np.uint8), np.zeros((65, 3, 3), np.uint8), "a text", None],
    ids=["floats", "grey", "large", "text", "nothing"],
)
def test_what_is_no_small_image_is_the_courses_fault(pixels: object) -> None:
    with pytest.raises(ValueError, match="an image is of shape"):
        shown_image("", pixels)


def test_neighbours_of_one_colour_are_one_rectangle() -> None:
    drawn = drawn_image(ShownImage(title="t", colours=("#000001", "#000002", "url(x)"), rows=("AAB", "BCC")))
    assert (drawn.width, drawn.height) == (3, 2)
    assert drawn.paths == (("#000001", "M0 0h2v1h-2z"), ("#000002", "M2 0h1v1h-1zM0 1h1v1h-1z"))


def test_the_page_draws_images_with_boxes_and_says_what_they_are() -> None:
    box = Box(left=1.0, top=0.0, width=2.0, height=1.0, label="disc")
    image = ShownImage(title="Your own", colours=("#a0b1c2",), rows=("AAA",), boxes=(box,))
    result = replace(rich_result(), checks=(changed(CONV_BACKWARD, images=(image,)),))
    outline = Outline(render_html(visible_to(result, View.STUDENT), template_environment()))
    assert ("path", {"fill": "#a0b1c2", "d": "M0 0h3v1h-3z"}) in outline.elements
    assert ("rect", {"class": "box", "x": "1.0", "y": "0.0", "width": "2.0", "height": "1.0"}) in outline.elements
    assert "Your own: disc" in outline.text
    assert not outline.mismatched


def test_nothing_of_a_hostile_image_acts() -> None:
    outline = Outline(render_html(visible_to(hostile_result(), View.INSTRUCTOR), template_environment()))
    fills = {attributes["fill"] for tag, attributes in outline.elements if tag == "path" and "fill" in attributes}
    assert fills == {"#00ff00"}
    assert not {tag for tag, _ in outline.elements} & {"script", "img"}
