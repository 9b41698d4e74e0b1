"""The share of samples whose class is right."""

from __future__ import annotations

import numpy as np


def accuracy(predicted: np.ndarray, true: np.ndarray) -> float:
    """Return the share of predictions that are right, from 0 to 1.

    Args:
        predicted: Predicted classes, shape (N,).
        true: True classes, shape (N,), N at least 1.

    Raises:
        ValueError: the shapes differ, or there is no sample.

    Source: Sokolova and Lapalme, 2009, A systematic analysis of performance measures for classification tasks, table 2.
    """
    if predicted.shape != true.shape or not true.size:
        raise ValueError(f"predicted has shape {predicted.shape}, expected that of true, {true.shape}, and a sample")
    return float(np.count_nonzero(predicted == true) / true.size)
