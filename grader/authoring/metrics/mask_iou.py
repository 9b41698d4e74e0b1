"""Intersection over union of binary masks, image by image."""

from __future__ import annotations

import numpy as np


def mask_ious(predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Return the intersection over union of each pair of masks; 1 where both are empty.

    Args:
        predicted: Predicted masks, shape (N, H, W), bool.
        true: True masks, shape (N, H, W), bool; a mask of numbers is made one by comparing it with 0.5.

    Returns:
        Shape (N,), float64, each from 0 to 1.

    Raises:
        ValueError: the shapes differ, or one is not bool.

    Source: Jaccard, 1912, The distribution of the flora in the alpine zone, "coefficient of community".
    """
    if predicted.shape != true.shape or predicted.dtype != bool or true.dtype != bool:
        raise ValueError(
            f"predicted is {predicted.dtype} of shape {predicted.shape} and true {true.dtype} of shape {true.shape}, "
            "expected bool of one shape"
        )
    images = len(true)
    both = np.count_nonzero((predicted & true).reshape(images, -1), axis=1)
    either = np.count_nonzero((predicted | true).reshape(images, -1), axis=1)
    ratios = np.ones(images)
    np.divide(both, either, out=ratios, where=either > 0)
    return ratios


def mean_mask_iou(predicted: np.ndarray, true: np.ndarray) -> float:
    """Return the mean over the images of `mask_ious`, which is not the IoU of all pixels together.

    Args:
        predicted: Predicted masks, shape (N, H, W), bool, N at least 1.
        true: True masks, shape (N, H, W), bool.

    Raises:
        ValueError: the shapes differ, one is not bool, or there is no image.

    Source: Jaccard, 1912, as above, averaged over images.
    """
    if not len(true):
        raise ValueError("there is no image, expected at least one")
    return float(mask_ious(predicted, true).mean())
