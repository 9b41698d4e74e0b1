"""The rectified linear unit."""

from __future__ import annotations

from typing import Any

import numpy as np


class ReLU:
    """Keep what is positive, replace the rest by zero; arrays of any shape.

    Attributes:
        cache: What `forward` leaves for `backward`.
        dx: Gradient of the loss by the input, after `backward`.
    """

    def __init__(self) -> None:
        self.cache: Any = None
        self.dx: np.ndarray | None = None

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return max(0, x), elementwise, and leave `x` itself as it is."""
        # TODO(1e): Replace negative values by zero.
        raise NotImplementedError("1e: Replace negative values by zero.")

    def backward(self, dout: np.ndarray) -> None:
        """Set `dx` from the gradient of the loss by the output.

        Args:
            dout: Gradient by what `forward` returned, of the same shape.
        """
        # TODO(1f): Let the gradient through where the input was positive.
        raise NotImplementedError("1f: Let the gradient through where the input was positive.")
