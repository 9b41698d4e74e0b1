from __future__ import annotations

import numpy as np

from .layer import Parametric


class Linear(Parametric):

    def __init__(self, in_dim: int, out_dim: int) -> None:
        super().__init__((in_dim, out_dim), out_dim)

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.cache = x.shape, x.reshape(-1, self.weight.shape[0])
        return np.dot(self.cache[1], self.weight) + self.bias

    def backward(self, dout: np.ndarray) -> None:
        shape, rows = self.cache
        self.dx, self.dw, self.db = np.dot(dout, self.weight.T).reshape(shape), np.dot(rows.T, dout), np.sum(dout, 0)
