"""Intersection over union of each class, all pixels or samples together, and its mean over the classes."""

from __future__ import annotations

import numpy as np


def class_iou(confusion: np.ndarray) -> np.ndarray:
    """Return the intersection over union of each class.

    Args:
        confusion: A confusion matrix, shape (K, K + 1), as `confusion_matrix` gives it, or a sum of some.

    Returns:
        Shape (K,), float64, each from 0 to 1; NaN for a class that is neither true nor predicted anywhere.

    Source: Everingham et al., 2010, The Pascal Visual Object Classes (VOC) Challenge, equation 3.
    """
    classes = len(confusion)
    both = np.diagonal(confusion[:, :classes]).astype(np.float64)
    either = confusion.sum(axis=1) + confusion[:, :classes].sum(axis=0) - both
    ratios = np.full(classes, np.nan)
    np.divide(both, either, out=ratios, where=either > 0)
    return ratios


def mean_class_iou(confusion: np.ndarray) -> float:
    """Return the mean of `class_iou` over the classes that occur, from 0 to 1.

    Args:
        confusion: A confusion matrix of at least one sample, shape (K, K + 1), or a sum of some.

    Raises:
        ValueError: it counts nothing.

    Source: Long, Shelhamer and Darrell, 2015, Fully convolutional networks for semantic segmentation, section 5.
    """
    if not confusion.any():
        raise ValueError("the confusion matrix counts nothing, expected at least one sample")
    return float(np.nanmean(class_iou(confusion)))
