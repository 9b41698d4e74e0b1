"""Make what a hidden test shows small and plain: an image of few colours, with boxes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np

from grader.model.result import PIXEL_LETTERS, Box, ShownImage

MOST_IMAGES: Final = 12  # of a check
MOST_SIDE: Final = 64  # pixels
MOST_BOXES: Final = 20
MOST_LABEL: Final = 20  # characters of a box's label
LEVELS: Final = 4  # of each channel where an image has more colours than there are letters


def shown_image(title: str, pixels: Any, boxes: Iterable[Sequence[Any]] = ()) -> ShownImage:  # noqa: ANN401  # checked
    """Make an image of pixels from 0 to 255, shape (H, W, 3), and of boxes: left, top, width, height, label.

    What lies beyond the image or is no number is left out of the boxes.

    Raises:
        ValueError: the pixels have another shape or dtype, or are too many.
    """
    array = np.asarray(pixels)
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3 or not 0 < max(array.shape) <= MOST_SIDE:
        raise ValueError(f"an image is of shape (H, W, 3), uint8, with at most {MOST_SIDE} rows and columns")
    colours, places = _indexed(array)
    if len(colours) > len(PIXEL_LETTERS):
        step = 255 // (LEVELS - 1)
        colours, places = _indexed(np.asarray((array.astype(int) + step // 2) // step * step, np.uint8))
    rows = ("".join(PIXEL_LETTERS[place] for place in row) for row in places.reshape(array.shape[:2]))
    return ShownImage(
        title=title,
        colours=tuple(f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in colours),
        rows=tuple(rows),
        boxes=tuple(_boxes(boxes, *array.shape[:2])),
    )


def _indexed(array: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    colours, places = np.unique(array.reshape(-1, 3), axis=0, return_inverse=True)
    return colours, places.ravel()


def _boxes(boxes: Iterable[Sequence[Any]], height: int, width: int) -> Iterable[Box]:
    """Cut boxes off at the borders of an image."""
    for box in list(boxes)[:MOST_BOXES]:
        left, top, across, down = (float(side) for side in box[:4])
        if not all(map(math.isfinite, (left, top, across, down))):
            continue
        right, bottom = min(left + across, width), min(top + down, height)
        left, top = max(left, 0.0), max(top, 0.0)
        if left < right and top < bottom:
            sides = (round(side, 2) for side in (left, top, right - left, bottom - top))
            left, top, across, down = sides
            yield Box(left=left, top=top, width=across, height=down, label=str(box[4])[:MOST_LABEL])
