"""Draw an image that a check shows as paths of SVG: no file, and nothing that a page would load."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from markupsafe import Markup

from grader.model.result import PIXEL_LETTERS, Box, ShownImage

_COLOUR: Final = re.compile(r"#[0-9a-f]{6}")


class DrawnImage(NamedTuple):
    """An image as a page draws it: `paths` are colours and what has them."""

    title: str
    width: int
    height: int
    paths: tuple[tuple[str, Markup], ...]
    boxes: tuple[Box, ...]


def drawn_image(image: ShownImage) -> DrawnImage:
    """Make one path of each colour: neighbours of one colour in a row are one rectangle of it."""
    steps: dict[str, list[str]] = {}
    for y, row in enumerate(image.rows):
        for run in re.finditer(r"(.)\1*", row):
            width = run.end() - run.start()
            steps.setdefault(run[1], []).append(f"M{run.start()} {y}h{width}v1h-{width}z")
    named = [(colour, steps.get(letter, ())) for letter, colour in zip(PIXEL_LETTERS, image.colours, strict=False)]
    paths = tuple(
        (colour, Markup("".join(each)))  # noqa: S704 - numbers and path letters of our own
        for colour, each in named
        if each and _COLOUR.fullmatch(colour)
    )
    return DrawnImage(image.title, max(map(len, image.rows), default=0), len(image.rows), paths, image.boxes)
