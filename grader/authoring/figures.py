"""Figures of predictions that a hidden test shows by the fixture `figure`: a confusion matrix, masks over images."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Final

import numpy as np

from grader.model.figure import Figure, MaskPanel
from grader.wording.figures import confusion_caption, masks_caption, panel_label

MOST_CLASSES: Final = 64  # rows that can still be told apart in a report
MOST_MIXED: Final = 3  # pairs of classes that the caption names
SIDES: Final = (112, 56, 28)  # pixels along the longer side of a mask that is shown
MOST_RUNS: Final = 1200  # of a mask that is shown in detail; a noisy one is shown coarsely
MOST_IMAGE_BYTES: Final = 16 << 10
NO_IMAGE: Final = b""


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
