"""The F1 score of each class, averaged with equal weight."""

from __future__ import annotations

import numpy as np


def macro_f1(confusion: np.ndarray) -> float:
    """Return the mean over the classes of the harmonic mean of precision and recall, from 0 to 1.

    A class without a right prediction has an F1 of 0; one that is neither true nor predicted anywhere does not count.

    Args:
        confusion: A confusion matrix of at least one sample, shape (K, K + 1), as `confusion_matrix` gives it.

    Raises:
        ValueError: it counts nothing.

    Source: Opitz and Burst, 2019, Macro F1 and Macro F1, equation 3 (the mean of the classes' F1).
    """
    if not confusion.any():
        raise ValueError("the confusion matrix counts nothing, expected at least one sample")
    classes = len(confusion)
    right = np.diagonal(confusion[:, :classes]).astype(np.float64)
    total = confusion.sum(axis=1) + confusion[:, :classes].sum(axis=0)  # true and predicted: 2 TP + FP + FN
    occurs = total > 0
    return float(np.mean(2 * right[occurs] / total[occurs]))
