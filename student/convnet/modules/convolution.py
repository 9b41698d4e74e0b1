"""Convolution over a batch of images."""

from __future__ import annotations

from typing import Any

import numpy as np


class Conv2D:
    """Square filters that slide over images and sum what they see.

    The filter is not flipped: this is the convolution of deep learning, which signal processing calls
    cross-correlation. Images are arrays of shape (N, C, H, W): sample, channel, row, column.

    Attributes:
        weight: The filters, shape (out_channels, in_channels, kernel_size, kernel_size).
        bias: One number for each filter, shape (out_channels,).
        cache: What `forward` leaves for `backward`.
        dx: Gradient of the loss by the input, after `backward`.
        dw: Gradient by `weight`, likewise.
        db: Gradient by `bias`, likewise.
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int = 3, stride: int = 1, padding: int = 0
    ) -> None:
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding

        np.random.seed(1024)  # everybody's network starts at the same place
        self.weight = 1e-3 * np.random.randn(out_channels, in_channels, kernel_size, kernel_size)
        self.bias = np.zeros(out_channels)

        self.cache: Any = None
        self.dx: np.ndarray | None = None
        self.dw: np.ndarray | None = None
        self.db: np.ndarray | None = None

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Slide every filter over every image.

        Args:
            x: Images, shape (N, in_channels, H, W).

        Returns:
            One map per filter, shape (N, out_channels, H', W') with H' = (H + 2 padding - kernel_size) // stride + 1,
            W' likewise.
        """
        # TODO(1a): Pad the images with zeros, then sum each window times each filter.
        raise NotImplementedError("1a: Pad the images with zeros, then sum each window times each filter.")

    def backward(self, dout: np.ndarray) -> None:
        """Set `dx`, `dw` and `db` from the gradient of the loss by the output.

        Args:
            dout: Gradient by what `forward` returned, of the same shape.
        """
        # TODO(1b): Send each output's gradient back to pixels, filters and biases.
        raise NotImplementedError("1b: Send each output's gradient back to pixels, filters and biases.")
