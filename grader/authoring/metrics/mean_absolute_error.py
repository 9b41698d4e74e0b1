"""How far numbers are from what they should be, on average."""

from __future__ import annotations

import numpy as np


def mean_absolute_error(predicted: np.ndarray, true: np.ndarray) -> float:
    """Return the mean of the absolute differences, in the unit of the values; lower is better.

    Args:
        predicted: Predicted values, any shape.
        true: True values, of the same shape, at least one.

    Returns:
        At least 0; not finite where a value is not.

    Raises:
        ValueError: the shapes differ, or there is no value.

    Source: Willmott and Matsuura, 2005, Advantages of the mean absolute error (MAE) over the RMSE, equation 1.
    """
    if predicted.shape != true.shape or not true.size:
        raise ValueError(f"predicted has shape {predicted.shape}, expected that of true, {true.shape}, and a value")
    return float(np.mean(np.abs(predicted.astype(np.float64) - true.astype(np.float64))))
