"""What a check shows of predictions and of what networks answer, small enough to draw in a report. Pure data."""

from __future__ import annotations

import string
from dataclasses import dataclass

PIXEL_LETTERS = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+-"
"""What the rows of an image are written in: the place of a colour, as base64 counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskPanel:
    """One image and the mask that was predicted for it.

    `runs` are the lengths of the mask's runs, row by row, zeros first; they sum to `height * width`. `image` is the
    course's image as JPEG in base64, stretched over the same extent; empty where the course has none.
    """

    label: str
    height: int
    width: int
    runs: tuple[int, ...]
    image: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle on an image, in its pixels, and what is said to be in it."""

    left: float
    top: float
    width: float
    height: float
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePanel:
    """A small image with boxes, such as what the student's own network made of a picture.

    `colours` are at most 64, each like #a0b1c2. `rows` have one of PIXEL_LETTERS for each pixel: its colour's place.
    """

    label: str
    colours: tuple[str, ...]
    rows: tuple[str, ...]
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A confusion matrix, masks over their images, images with boxes, or lines of text.

    `counts` is the matrix, a row for each true class and a column for each predicted one; `panels` are the masks,
    `images` the images and `lines` the text. Three of the four are empty. `caption` says in words what there is to see.
    """

    title: str
    caption: str
    counts: tuple[tuple[int, ...], ...] = ()
    panels: tuple[MaskPanel, ...] = ()
    images: tuple[ImagePanel, ...] = ()
    lines: tuple[str, ...] = ()
