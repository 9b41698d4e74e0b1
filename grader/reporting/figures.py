"""Figures as shapes of a drawing, in units of one cell or pixel: no file, and nothing that a page would load. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import ceil

from markupsafe import Markup

from grader.model.figure import PIXEL_LETTERS, Figure, ImagePanel, MaskPanel

LEVELS = 4  # shades that an eye tells apart in a small map
TICKS = 5  # cells between two that are numbered
BASE64 = re.compile("[A-Za-z0-9+/]+={0,2}")
COLOUR = re.compile("#[0-9a-f]{6}")
MOST_MIXED = 20  # rows of the table of classes that are mixed up


@dataclass(frozen=True, slots=True)
class Matrix:
    """A confusion matrix: a path per shade for what is wrong and for what is right, and the worst pairs as rows.

    `mixed` has true class, predicted class and how often, the most often first; `more` is how many pairs are left out.
    """

    size: int
    wrong: tuple[tuple[int, Markup], ...]
    right: tuple[tuple[int, Markup], ...]
    ticks: tuple[int, ...]
    mixed: tuple[tuple[int, int, int], ...]
    more: int


@dataclass(frozen=True, slots=True)
class MaskDrawing:
    """What a mask leaves out, as a path over its image, and how much of the image it covers in percent.

    `image` is its address, which holds the image itself; empty where there is none.
    """

    outside: Markup
    percent: int
    image: Markup


@dataclass(frozen=True, slots=True)
class ImageDrawing:
    """An image: colours, and a path of what has each."""

    width: int
    height: int
    paths: tuple[tuple[str, Markup], ...]


def matrix(figure: Figure) -> Matrix:
    """Draw a confusion matrix, each cell shaded by its share of its row."""
    size = len(figure.counts)
    shapes: dict[bool, dict[int, list[str]]] = {True: {}, False: {}}
    mixed = []
    for true, row in enumerate(figure.counts):
        total = sum(row)
        for predicted, count in enumerate(row):
            if count <= 0:
                continue
            shade = min(LEVELS, ceil(count / total * LEVELS))
            shapes[true == predicted].setdefault(shade, []).append(f"M{predicted} {true}h1v1h-1z")
            if true != predicted:
                mixed.append((true, predicted, count))
    mixed.sort(key=lambda pair: -pair[2])
    wrong, right = (
        tuple((shade, _path(shapes[is_right][shade])) for shade in sorted(shapes[is_right]))
        for is_right in (False, True)
    )
    ticks = tuple(range(0, size, TICKS))
    return Matrix(size, wrong, right, ticks, tuple(mixed[:MOST_MIXED]), max(0, len(mixed) - MOST_MIXED))


def mask_drawing(panel: MaskPanel) -> MaskDrawing:
    """Draw what a mask leaves out: a rectangle for each row that a run of zeros lies in."""
    steps, covered, place, whole = [], 0, 0, panel.height * panel.width
    for number, run in enumerate(panel.runs):
        end = min(place + run, whole)
        if number % 2:
            covered += end - place
        while not number % 2 and place < end:
            row, column = divmod(place, panel.width)
            rows = (end - place) // panel.width if column == 0 else 0  # whole rows become one rectangle
            width = panel.width if rows else min(panel.width - column, end - place)
            steps.append(f"M{column} {row}h{width}v{rows or 1}h-{width}z")
            place += width * (rows or 1)
        place = end
    image = Markup(f"data:image/jpeg;base64,{panel.image}" if _is_shown(panel) else "")  # noqa: S704 - base64 alone
    return MaskDrawing(_path(steps), round(100 * covered / whole), image)


def image_drawing(panel: ImagePanel) -> ImageDrawing:
    """Draw one path of each colour: neighbours of one colour in a row are one rectangle of it."""
    steps: dict[str, list[str]] = {}
    for y, row in enumerate(panel.rows):
        for run in re.finditer(r"(.)\1*", row):
            width = run.end() - run.start()
            steps.setdefault(run[1], []).append(f"M{run.start()} {y}h{width}v1h-{width}z")
    paths = tuple(
        (colour, _path(steps[letter]))
        for letter, colour in zip(PIXEL_LETTERS, panel.colours, strict=False)
        if letter in steps and COLOUR.fullmatch(colour)
    )
    return ImageDrawing(max(map(len, panel.rows), default=0), len(panel.rows), paths)


def has_images(figures: tuple[Figure, ...]) -> bool:
    """Return whether any figure shows a mask over a JPEG, which the policy of a page has to allow."""
    return any(_is_shown(panel) for figure in figures for panel in figure.panels)


def _is_shown(panel: MaskPanel) -> bool:
    return BASE64.fullmatch(panel.image) is not None


def _path(steps: list[str]) -> Markup:
    return Markup("".join(steps))  # noqa: S704 - numbers and path letters of our own, too long to be escaped each
