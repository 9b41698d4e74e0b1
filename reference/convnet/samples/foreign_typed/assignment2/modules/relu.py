from __future__ import annotations

import numpy as np

from .layer import Layer


class ReLU(Layer):

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.cache = x > 0
        return x * self.cache

    def backward(self, dout: np.ndarray) -> None:
        self.dx = np.multiply(dout, self.cache)
