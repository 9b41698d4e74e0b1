from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .layer import Parametric


@dataclass
class Seen:
    """The windows of a padded batch, shape (N, C, H', W', k, k), and the size of the image."""
    windows: np.ndarray
    height: int
    width: int


class Conv2D(Parametric):

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int = 3, stride: int = 1, padding: int = 0):
        super().__init__((out_channels, in_channels, kernel_size, kernel_size), out_channels)
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding

    def forward(self, x: np.ndarray) -> np.ndarray:
        p, k, s = self.padding, self.kernel_size, self.stride
        padded = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)])
        windows = np.lib.stride_tricks.sliding_window_view(padded, (k, k), (2, 3))[:, :, ::s, ::s]
        self.cache = Seen(windows, x.shape[2], x.shape[3])
        return np.tensordot(windows, self.weight, ((1, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2) + self.bias[None, :, None, None]

    def backward(self, dout: np.ndarray) -> None:
        seen, p, k, s = self.cache, self.padding, self.kernel_size, self.stride
        self.db = np.sum(dout, (0, 2, 3))
        self.dw = np.tensordot(dout, seen.windows, ((0, 2, 3), (0, 2, 3)))
        # dx is a full convolution of dout, with stride - 1 zeros in between, and the kernel turned by 180 degrees
        n, f, rows, columns = dout.shape
        spread = np.zeros((n, f, seen.height + 2 * p + k - 1, seen.width + 2 * p + k - 1))
        spread[:, :, k - 1:k - 1 + s * rows:s, k - 1:k - 1 + s * columns:s] = dout
        turned = np.flip(self.weight, (2, 3))
        windows = np.lib.stride_tricks.sliding_window_view(spread, (k, k), (2, 3))
        full = np.tensordot(windows, turned, ((1, 4, 5), (0, 2, 3))).transpose(0, 3, 1, 2)
        self.dx = full[:, :, p:p + seen.height, p:p + seen.width]
