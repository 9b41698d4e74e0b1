"""Max pooling over a batch of images."""

from __future__ import annotations

from typing import Any

import numpy as np


class MaxPooling:
    """Square windows that slide over each channel and keep the largest value they see.

    There is no padding. Windows overlap where stride < kernel_size and leave gaps where stride > kernel_size.

    Attributes:
        cache: What `forward` leaves for `backward`.
        dx: Gradient of the loss by the input, after `backward`.
    """

    def __init__(self, kernel_size: int, stride: int) -> None:
        self.kernel_size = kernel_size
        self.stride = stride
        self.cache: Any = None
        self.dx: np.ndarray | None = None

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Keep the largest value of every window.

        Args:
            x: Images, shape (N, C, H, W).

        Returns:
            Shape (N, C, H', W') with H' = (H - kernel_size) // stride + 1, W' likewise.
        """
        # TODO(1c): Take the maximum of each window and remember where it stood.
        raise NotImplementedError("1c: Take the maximum of each window and remember where it stood.")

    def backward(self, dout: np.ndarray) -> None:
        """Set `dx` from the gradient of the loss by the output.

        Args:
            dout: Gradient by what `forward` returned, of the same shape.
        """
        # TODO(1d): Give each window's gradient to the pixel that was its maximum.
        raise NotImplementedError("1d: Give each window's gradient to the pixel that was its maximum.")
