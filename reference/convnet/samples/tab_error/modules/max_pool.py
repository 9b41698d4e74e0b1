import numpy as np


class MaxPooling:
    """Max pooling, one window position at a time for the whole batch."""

    def __init__(self, kernel_size, stride):
        self.kernel_size, self.stride = kernel_size, stride
        self.cache, self.dx = None, None

    def _positions(self, x):
        k, s = self.kernel_size, self.stride
        for i in range((x.shape[2] - k) // s + 1):
            for j in range((x.shape[3] - k) // s + 1):
                yield i, j, slice(i * s, i * s + k), slice(j * s, j * s + k)

    def forward(self, x):
        k, s = self.kernel_size, self.stride
        out = np.empty(x.shape[:2] + ((x.shape[2] - k) // s + 1, (x.shape[3] - k) // s + 1))
        for i, j, rows, cols in self._positions(x):
            out[:, :, i, j] = x[:, :, rows, cols].max(axis=(2, 3))
        self.cache = x
        return out

    def backward(self, dout):
        x = self.cache
        dx = np.zeros_like(x)
        for i, j, rows, cols in self._positions(x):
            window = x[:, :, rows, cols]
            is_max = window == window.max(axis=(2, 3), keepdims=True)
            dx[:, :, rows, cols] += is_max * dout[:, :, i, j][:, :, None, None]
        self.dx = dx
