"""Second sources for what a reference computes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def central_difference(function: Callable[[np.ndarray], float], point: np.ndarray, step: float = 1e-5) -> np.ndarray:
    """Differentiate a scalar function numerically.

    Args:
        function: Maps an array of the point's shape to a number.
        point: Where to differentiate, any shape, float64.
        step: Half the distance of the two evaluations; 1e-5 balances truncation and rounding in float64.

    Returns:
        The gradient, of the point's shape; its error is of the order of step squared.

    Source: Press et al., Numerical Recipes, 3rd edition, section 5.7.
    """
    gradient = np.zeros_like(point, dtype=np.float64)
    for index in np.ndindex(point.shape):
        moved = point.copy()
        moved[index] = point[index] + step
        above = function(moved)
        moved[index] = point[index] - step
        gradient[index] = (above - function(moved)) / (2 * step)
    return gradient
