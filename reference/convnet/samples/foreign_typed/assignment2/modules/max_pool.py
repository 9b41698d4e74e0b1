from __future__ import annotations

import numpy as np

from .layer import Layer


class MaxPooling(Layer):

    def __init__(self, kernel_size: int, stride: int) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, stride

    def forward(self, x: np.ndarray) -> np.ndarray:
        k, s = self.kernel_size, self.stride
        rows, columns = ((size - k) // s + 1 for size in x.shape[2:])
        shifted = np.stack([
            x[:, :, i:i + s * (rows - 1) + 1:s, j:j + s * (columns - 1) + 1:s] for i in range(k) for j in range(k)])
        self.cache = x.shape, shifted.argmax(0)
        return shifted.max(0)

    def backward(self, dout: np.ndarray) -> None:
        shape, winner = self.cache
        k, s = self.kernel_size, self.stride
        rows, columns = dout.shape[2:]
        self.dx = np.zeros(shape)
        for place in range(k * k):
            i, j = divmod(place, k)
            self.dx[:, :, i:i + s * (rows - 1) + 1:s, j:j + s * (columns - 1) + 1:s] += dout * (winner == place)
