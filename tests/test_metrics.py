"""`grader.authoring.metrics` against scikit-learn, on random predictions and on the cases at the edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as second

from grader.authoring.metrics import (
    accuracy,
    class_iou,
    confusion_matrix,
    macro_f1,
    mask_ious,
    mean_absolute_error,
    mean_class_iou,
    mean_mask_iou,
    pixel_accuracy,
)
from grader.authoring.metrics.confusion import PIECE

SEEDS = st.integers(0, 2**32 - 1)
SIZES = st.integers(1, 60)
CLASSES = st.integers(2, 8)


def drawn(seed: int, size: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw predictions and what is right; about half of them agree, and some classes may not occur."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, classes, size)
    return np.where(rng.random(size) < 0.5, true, rng.integers(0, classes, size)), true


@given(SEEDS, SIZES, CLASSES)
def test_metrics_of_classes_agree_with_scikit_learn(seed: int, size: int, classes: int) -> None:
    predicted, true = drawn(seed, size, classes)
    confusion = confusion_matrix(predicted, true, classes)
    assert confusion[:, :classes].tolist() == second.confusion_matrix(true, predicted, labels=range(classes)).tolist()
    assert accuracy(predicted, true) == pytest.approx(second.accuracy_score(true, predicted))
    assert pixel_accuracy(confusion) == pytest.approx(second.accuracy_score(true, predicted))
    assert macro_f1(confusion) == pytest.approx(second.f1_score(true, predicted, average="macro", zero_division=0))
    occurring = sorted({*true.tolist(), *predicted.tolist()})
    ious = second.jaccard_score(true, predicted, labels=occurring, average=None, zero_division=0)
    assert class_iou(confusion)[occurring] == pytest.approx(ious)
    assert np.isnan(np.delete(class_iou(confusion), occurring)).all()
    assert mean_class_iou(confusion) == pytest.approx(float(np.mean(ious)))


@given(SEEDS, st.integers(1, 6))
def test_masks_agree_with_scikit_learn_image_by_image(seed: int, images: int) -> None:
    rng = np.random.default_rng(seed)
    predicted, true = rng.random((2, images, 5, 7)) < rng.random((2, images, 1, 1))
    pairs = zip(true.reshape(images, -1), predicted.reshape(images, -1), strict=True)
    expected = [second.jaccard_score(*pair, zero_division=1) for pair in pairs]
    assert mask_ious(predicted, true) == pytest.approx(expected)
    assert mean_mask_iou(predicted, true) == pytest.approx(float(np.mean(expected)))


@given(SEEDS, SIZES)
def test_the_mean_absolute_error_agrees_with_scikit_learn(seed: int, size: int) -> None:
    predicted, true = np.random.default_rng(seed).normal(size=(2, size))
    assert mean_absolute_error(predicted, true) == pytest.approx(second.mean_absolute_error(true, predicted))


@given(SEEDS, SIZES, CLASSES)
def test_matrices_of_pieces_add_up_to_that_of_the_whole(seed: int, size: int, classes: int) -> None:
    predicted, true = drawn(seed, size, classes)
    cut = size // 2
    pieces = [confusion_matrix(predicted[part], true[part], classes) for part in (slice(cut), slice(cut, None))]
    assert (sum(pieces) == confusion_matrix(predicted, true, classes)).all()


def test_a_matrix_is_counted_piece_by_piece_and_whole() -> None:
    predicted, true = drawn(1, 2 * PIECE + 3, 3)
    assert confusion_matrix(predicted, true, 3).sum() == 2 * PIECE + 3


def test_a_label_that_is_no_class_is_wrong_and_counted() -> None:
    predicted, true = np.array([0, 34, -1, 1]), np.array([0, 0, 1, 1])
    confusion = confusion_matrix(predicted, true, 2)
    assert confusion.tolist() == [[1, 0, 1], [0, 1, 1]]
    assert pixel_accuracy(confusion) == accuracy(predicted, true) == 0.5
    assert class_iou(confusion).tolist() == [0.5, 0.5]
    assert macro_f1(confusion) == pytest.approx(2 / 3)


def test_the_mean_over_images_is_not_the_iou_of_all_pixels_together() -> None:
    true = np.zeros((2, 2, 2), bool)
    true[0] = True
    predicted = true.copy()
    predicted[1, 0, 0] = True
    assert mean_mask_iou(predicted, true) == 0.5
    assert class_iou(confusion_matrix(predicted, true, 2))[1] == 0.8


def test_two_empty_masks_agree() -> None:
    empty = np.zeros((1, 2, 2), bool)
    assert mask_ious(empty, empty).tolist() == [1.0]


@pytest.mark.parametrize(
    "call",
    [
        lambda: accuracy(np.zeros(2), np.zeros(3)),
        lambda: accuracy(np.zeros(0), np.zeros(0)),
        lambda: confusion_matrix(np.zeros(2, int), np.zeros(3, int), 2),
        lambda: confusion_matrix(np.zeros(2, int), np.full(2, 5), 2),
        lambda: mean_class_iou(np.zeros((2, 3), int)),
        lambda: macro_f1(np.zeros((2, 3), int)),
        lambda: pixel_accuracy(np.zeros((2, 3), int)),
        lambda: mask_ious(np.zeros((1, 2, 2)), np.zeros((1, 2, 2), bool)),
        lambda: mean_mask_iou(np.zeros((0, 2, 2), bool), np.zeros((0, 2, 2), bool)),
        lambda: mean_absolute_error(np.zeros((2, 1)), np.zeros(2)),
    ],
    ids=[
        "shapes", "no sample", "shapes of classes", "no true class", "IoU of nothing", "F1 of nothing",
        "accuracy of nothing", "masks of numbers", "no mask", "shapes of values",
    ],
)  # fmt: skip
def test_what_cannot_be_measured_is_refused(call: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        call()  # type: ignore[operator]  # a lambda
