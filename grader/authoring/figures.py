"""Figures that hidden tests show by the fixture `figure`: confusion matrices, masks, images with boxes, and text."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

import numpy as np

from grader.model.figure import PIXEL_LETTERS, Box, Figure, ImagePanel, MaskPanel
from grader.wording.figures import confusion_caption, masks_caption, panel_label

MOST_CLASSES: Final = 64  # rows that can still be told apart in a report
MOST_MIXED: Final = 3  # pairs of classes that the caption names
SIDES: Final = (112, 56, 28)  # pixels along the longer side of a mask that is shown
MOST_RUNS: Final = 1200  # of a mask that is shown in detail; a noisy one is shown coarsely
MOST_IMAGE_BYTES: Final = 16 << 10
NO_IMAGE: Final = b""
MOST_IMAGES: Final = 12  # of a figure
MOST_SIDE: Final = 64  # pixels of an image with boxes
MOST_BOXES: Final = 20
MOST_LINES: Final = 120
MOST_WIDTH: Final = 120  # characters of a line
MOST_LABEL: Final = 20  # characters of a box's label
LEVELS: Final = 4  # of each channel where an image has more colours than there are letters


def no_image(_number: int) -> bytes:
    """Return nothing: the course has no images here."""
    return NO_IMAGE


def confusion_figure(confusion: np.ndarray, title: str = "Which classes are taken for which") -> Figure:
    """Show a confusion matrix.

    Args:
        confusion: Shape (K, K + 1), as `authoring.metrics.confusion_matrix` gives it, K at most 64.
        title: What the figure is called.

    Raises:
        ValueError: it has another shape.
    """
    classes = len(confusion)
    if confusion.ndim != 2 or confusion.shape[1] != classes + 1 or classes > MOST_CLASSES:
        raise ValueError(f"the matrix has shape {confusion.shape}, expected (K, K + 1), K at most {MOST_CLASSES}")
    counts = confusion[:, :classes]
    mixed = counts - np.diag(np.diagonal(counts))
    order = np.argsort(-mixed, axis=None, kind="stable")[:MOST_MIXED]
    worst = [divmod(int(place), classes) for place in order]
    pairs = [(true, predicted, int(mixed[true, predicted])) for true, predicted in worst if mixed[true, predicted] > 1]
    right, total = int(np.trace(counts)), int(confusion.sum())
    return Figure(
        title=title,
        caption=confusion_caption(right, total, pairs, outside=int(confusion[:, classes].sum())),
        counts=tuple(map(tuple, counts.tolist())),
    )


def masks_figure(
    predicted: np.ndarray, scores: np.ndarray, image: Callable[[int], bytes] = no_image, *, measure: str = "IoU"
) -> Figure:
    """Show the masks with the best, the median and the worst score. Of what is right nothing is shown.

    Args:
        predicted: Masks, shape (N, H, W), bool, N at least 1.
        scores: How good each is, shape (N,), higher is better.
        image: Gives the course's image of a number as JPEG of at most 16 KiB, or nothing.
        measure: What the scores are.

    Raises:
        ValueError: there are not as many scores as masks, or an image is larger.
    """
    if not len(predicted) or np.shape(scores) != predicted.shape[:1]:
        raise ValueError(
            f"there are {np.shape(scores)} scores for masks of shape {predicted.shape}, expected N of each"
        )
    order = np.argsort(-scores, kind="stable")
    chosen = {"best": order[0], "median": order[len(order) // 2], "worst": order[-1]}
    panels = tuple(
        _panel(
            panel_label(name, int(number) + 1, measure, float(scores[number])), predicted[number], image(int(number))
        )
        for name, number in chosen.items()
    )
    return Figure(
        title="The best, the median and the worst mask",
        caption=masks_caption(len(predicted), has_images=all(panel.image for panel in panels)),
        panels=panels,
    )


def images_figure(title: str, caption: str, images: Sequence[ImagePanel]) -> Figure:
    """Show images with boxes side by side. A report shows them of public checks alone: an answer could draw inputs.

    Args:
        title: What the figure is called.
        caption: What there is to see, in words.
        images: At least 1 and at most 12, each by `image_panel`.

    Raises:
        ValueError: there are fewer or more.
    """
    if not 0 < len(images) <= MOST_IMAGES:
        raise ValueError(f"the figure has {len(images)} images, expected 1 to {MOST_IMAGES}")
    return Figure(title=title, caption=caption, images=tuple(images))


def lines_figure(title: str, caption: str, lines: Iterable[Any]) -> Figure:
    """Show text as it is laid out, such as what a library says of a network. A report shows it of public checks alone.

    Args:
        title: What the figure is called.
        caption: What there is to see, in words.
        lines: At most 120 are shown, and 120 characters of each.
    """
    shown = (str(line)[:MOST_WIDTH].rstrip() for line in islice(lines, MOST_LINES))
    return Figure(title=title, caption=caption, lines=tuple(shown))


def image_panel(label: str, pixels: Any, boxes: Iterable[Sequence[Any]] = ()) -> ImagePanel:  # noqa: ANN401  # checked
    """Make an image of a figure.

    Args:
        label: Which image it is.
        pixels: Shape (H, W, 3), uint8, of at most 64 x 64; where there are more than 64 colours they become few.
        boxes: At most 20 are drawn: left, top, width and height in pixels, and a label. What lies beyond the image or
            is no number is left out.

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
    return ImagePanel(
        label=label,
        colours=tuple(f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in colours),
        rows=tuple(rows),
        boxes=tuple(_boxes(boxes, *array.shape[:2])),
    )


def _indexed(array: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    colours, places = np.unique(array.reshape(-1, 3), axis=0, return_inverse=True)
    return colours, places.ravel()


def _boxes(boxes: Iterable[Sequence[Any]], height: int, width: int) -> Iterator[Box]:
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


def _panel(label: str, mask: np.ndarray, image: bytes) -> MaskPanel:
    if len(image) > MOST_IMAGE_BYTES:
        raise ValueError(f"an image has {len(image)} bytes, expected at most {MOST_IMAGE_BYTES}")
    for side in SIDES:
        small = _shrunk(mask, side)
        runs = _run_lengths(small)
        if len(runs) <= MOST_RUNS:
            break
    height, width = small.shape
    return MaskPanel(label=label, height=height, width=width, runs=runs, image=base64.b64encode(image).decode("ascii"))


def _shrunk(mask: np.ndarray, side: int) -> np.ndarray:
    """Take pixels of a mask such that the longer side has at most so many."""
    shape = [max(1, min(extent, round(extent * side / max(mask.shape)))) for extent in mask.shape]
    rows, columns = (np.arange(count) * extent // count for count, extent in zip(shape, mask.shape, strict=True))
    return mask[np.ix_(rows, columns)]


def _run_lengths(mask: np.ndarray) -> tuple[int, ...]:
    """Return the lengths of a mask's runs, row by row, zeros first."""
    flat = np.concatenate([[False], mask.ravel()])
    ends = np.flatnonzero(flat[1:] != flat[:-1])
    return tuple(np.diff(np.concatenate([[0], ends, [mask.size]])).tolist())
