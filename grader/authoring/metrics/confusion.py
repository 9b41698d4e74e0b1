"""The confusion matrix, from which most metrics of classes follow."""

from __future__ import annotations

from typing import Final

import numpy as np

PIECE: Final = 1 << 16  # samples that are counted at once: what is made of them fits a cache


def confusion_matrix(predicted: np.ndarray, true: np.ndarray, classes: int) -> np.ndarray:
    """Count how often each true class was predicted as each.

    Matrices of pieces add up to that of the whole. A last column counts predictions that are no class.

    Args:
        predicted: Predicted classes, any shape, integers; those outside [0, classes) are wrong.
        true: True classes, of the same shape, integers in [0, classes).
        classes: The number of classes, K.

    Returns:
        Shape (K, K + 1), int64: a row for each true class, a column for each predicted one, the last for no class.

    Raises:
        ValueError: the shapes differ, or a true class is outside [0, classes).

    Source: Stehman, 1997, Selecting and interpreting measures of thematic classification accuracy, section 2.
    """
    if predicted.shape != true.shape:
        raise ValueError(f"predicted has shape {predicted.shape}, expected that of true, {true.shape}")
    if true.size and not (true.min() >= 0 and true.max() < classes):
        raise ValueError(f"true holds classes from {true.min()} to {true.max()}, expected 0 to {classes - 1}")
    counts = np.zeros(classes * (classes + 1), np.int64)
    flat_predicted, flat_true = predicted.ravel(), true.ravel()
    for start in range(0, flat_true.size, PIECE):
        piece = slice(start, start + PIECE)
        columns = flat_predicted[piece].astype(np.intp)
        columns[(columns < 0) | (columns >= classes)] = classes
        columns += flat_true[piece] * np.intp(classes + 1)
        counts += np.bincount(columns, minlength=counts.size)
    return counts.reshape(classes, classes + 1)
