"""The share of pixels, or of samples, whose class is right, from a confusion matrix."""

from __future__ import annotations

import numpy as np


def pixel_accuracy(confusion: np.ndarray) -> float:
    """Return the share of pixels whose class is right, from 0 to 1.

    Args:
        confusion: A confusion matrix of at least one pixel, shape (K, K + 1), as `confusion_matrix` gives it.

    Raises:
        ValueError: it counts nothing.

    Source: Long, Shelhamer and Darrell, 2015, Fully convolutional networks for semantic segmentation, section 5.
    """
    if not confusion.any():
        raise ValueError("the confusion matrix counts nothing, expected at least one pixel")
    return float(np.trace(confusion[:, : len(confusion)]) / confusion.sum())
