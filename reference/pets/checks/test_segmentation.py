"""Hidden tests of the segmenter: what it gives, what it predicts, and how masks are compared and written."""

from __future__ import annotations

import numpy as np
import pytest
from drivers import iou, predicted_masks, runs, segmenter_learns, segmenter_scores

from grader.authoring import Subject, assert_matches, assert_shape
from grader.authoring.metrics import mean_mask_iou

LEAST = 0.5  # of unseen images; masks that are full reach 0.25, the reference 0.84 and more over 16 seeds


@pytest.mark.parametrize("size", [(32, 48), (64, 32)], ids=str)
def test_segmenter_scores(
    student: Subject, reference: Subject, rng: np.random.Generator, size: tuple[int, int]
) -> None:
    images = rng.integers(0, 256, (2, 3, *size)).astype(np.uint8)
    inputs = {"images": images, "seed": int(rng.integers(1 << 31))}
    got, expected = student(segmenter_scores, **inputs), reference(segmenter_scores, **inputs)
    assert got["seen"], "forward of Segmenter does not call the backbone, expected backbone(images)"
    assert_matches({"images of the backbone": got["seen"][0]}, {"images of the backbone": expected["seen"][0]})
    finite = assert_shape(got["finite"], np.shape(expected["finite"]), kind="b", name="the scores")
    assert finite.all(), "forward of Segmenter returns scores that are not finite"
    assert not got["is_wide"], (
        "Segmenter takes a backbone of the usual width alone, expected it to ask backbone.channels"
    )
    assert_matches({"features": got["features"]}, {"features": expected["features"]})


@pytest.mark.parametrize("count", [6, 8], ids="{} images".format)
def test_segmenter_learns(student: Subject, rng: np.random.Generator, count: int) -> None:
    """Closed form: the rectangles that were drawn, which no worker is told of the unseen images.

    The mean IoU has to lie in a band.
    """
    images, masks = blobs(rng, count)
    unseen, true = blobs(rng, 8)
    inputs = {"images": images, "masks": masks, "unseen": unseen, "seed": int(rng.integers(1 << 31))}
    got = student(segmenter_learns, **inputs)
    found = assert_shape(got["masks"], true.shape, kind="b", name="the scores")
    assert not got["kind"], f"after training Segmenter gives {got['kind']}, expected logits"
    reached = mean_mask_iou(found[:, 0] > 0, true[:, 0] > 0)
    assert reached >= LEAST, f"after training the mean IoU of unseen images is {reached:.2f}, expected at least {LEAST}"


@pytest.mark.parametrize("sizes", [(2, 2, 1), (3, 1)], ids=str)
def test_predict_masks(student: Subject, reference: Subject, rng: np.random.Generator, sizes: tuple[int, ...]) -> None:
    compare_masks(student, reference, rng, sizes, training=False)


@pytest.mark.parametrize("sizes", [(2, 3), (4, 1)], ids=str)
def test_predict_masks_in_use(
    student: Subject, reference: Subject, rng: np.random.Generator, sizes: tuple[int, ...]
) -> None:
    compare_masks(student, reference, rng, sizes, training=True)


@pytest.mark.parametrize("images", [3, 5], ids="{} images".format)
def test_iou(student: Subject, reference: Subject, rng: np.random.Generator, images: int) -> None:
    compare_iou(student, reference, *overlapping(rng, images))


@pytest.mark.parametrize("empty", [1, 2], ids="{} empty".format)
def test_iou_empty(student: Subject, reference: Subject, rng: np.random.Generator, empty: int) -> None:
    predicted, gold = overlapping(rng, 6)
    predicted[:empty] = gold[:empty] = 0
    predicted[4:] = gold[4:] = 0  # and unions of a single pixel
    predicted[4:, 0, 0] = gold[4, 0, 0] = 1
    compare_iou(student, reference, predicted, gold)


@pytest.mark.parametrize("images", [2, 4], ids="{} images".format)
def test_iou_threshold(student: Subject, reference: Subject, rng: np.random.Generator, images: int) -> None:
    predicted, gold = overlapping(rng, images)
    compare_iou(student, reference, softened(rng, predicted), softened(rng, gold))


@pytest.mark.parametrize("size", [(16, 20), (26, 12)], ids=str)
def test_run_lengths(student: Subject, reference: Subject, rng: np.random.Generator, size: tuple[int, int]) -> None:
    mask = rng.random(size) < 0.5
    mask[: len(mask) // 2], mask.flat[-1] = False, True
    compare_runs(student, reference, mask)


@pytest.mark.parametrize("size", [(14, 20), (30, 11)], ids=str)
def test_run_lengths_first(
    student: Subject, reference: Subject, rng: np.random.Generator, size: tuple[int, int]
) -> None:
    mask = rng.random(size) < 0.5
    mask[: len(mask) // 2] = True
    compare_runs(student, reference, mask)


@pytest.mark.parametrize("size", [(12, 15), (20, 10)], ids=str)
def test_run_lengths_empty(student: Subject, reference: Subject, size: tuple[int, int]) -> None:
    compare_runs(student, reference, np.zeros(size, bool))


def blobs(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw bright rectangles before a dark ground, and where they are."""
    masks = np.zeros((count, 1, 32, 32), np.float32)
    for mask in masks:
        row, column = rng.integers(0, 12, 2)
        height, width = rng.integers(12, 20, 2)
        mask[0, row : row + height, column : column + width] = 1
    images = 50 + 150 * masks + rng.normal(0, 20, (count, 3, 32, 32))
    return images.clip(0, 255).astype(np.uint8), masks


def overlapping(rng: np.random.Generator, images: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw pairs of masks of very different size, so that images and pixels do not weigh alike."""
    shares = np.linspace(0.15, 0.9, images)[:, None, None]
    gold = rng.random((images, 8, 9)) < shares
    predicted = np.where(rng.random(gold.shape) < 0.3, ~gold, gold)
    gold[:, 0, 0] = predicted[:, 0, 0] = True
    return predicted.astype(np.float32), gold.astype(np.float32)


def softened(rng: np.random.Generator, masks: np.ndarray) -> np.ndarray:
    """Put numbers from 0.5 on in the place of ones, and smaller ones in that of zeros."""
    soft = np.where(masks > 0, rng.choice([0.5, 0.6, 0.9], masks.shape), rng.choice([0.1, 0.3], masks.shape))
    return soft.astype(np.float32)


def compare_masks(
    student: Subject, reference: Subject, rng: np.random.Generator, sizes: tuple[int, ...], *, training: bool
) -> None:
    inputs = {
        "batches": [rng.integers(0, 256, (count, 3, 5, 6)).astype(np.uint8) for count in sizes],
        "weight": rng.normal(size=(1, 3)).astype(np.float32) + np.float32([[1, -1, 0.2]]),
        "training": training,
    }
    got, expected = student(predicted_masks, **inputs), np.asarray(reference(predicted_masks, **inputs)["masks"])
    masks = assert_shape(got["masks"], expected.shape, name="the masks")
    assert_matches({"masks": masks}, {"masks": expected})


def compare_iou(student: Subject, reference: Subject, predicted: np.ndarray, gold: np.ndarray) -> None:
    inputs = {"predicted": predicted, "gold": gold}
    assert_matches(student(iou, **inputs), reference(iou, **inputs))


def compare_runs(student: Subject, reference: Subject, mask: np.ndarray) -> None:
    """Compare the masks that run lengths stand for: a run of no pixels changes nothing."""
    got, expected = (np.asarray(subject(runs, mask=mask)["runs"]) for subject in (student, reference))
    assert got.ndim == 1 and got.dtype.kind in "iu", "run_lengths returns no row of whole numbers"
    assert not got.size or got.min() >= 0, "run_lengths returns a negative number"
    total, pixels = sum(got.tolist()), mask.size
    assert total == pixels, f"the run lengths sum to {total}, expected {pixels}"
    assert_matches({"mask": decoded(got, mask)}, {"mask": decoded(expected, mask)})


def decoded(lengths: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return np.repeat(np.arange(len(lengths)) % 2, lengths).reshape(mask.shape)
