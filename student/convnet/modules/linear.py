"""A fully connected layer."""

from __future__ import annotations

from typing import Any

import numpy as np


class Linear:
    """Every output is a weighted sum of all inputs of a sample, plus a bias.

    Attributes:
        weight: Shape (in_dim, out_dim).
        bias: Shape (out_dim,).
        cache: What `forward` leaves for `backward`.
        dx: Gradient of the loss by the input, after `backward`.
        dw: Gradient by `weight`, likewise.
        db: Gradient by `bias`, likewise.
    """

    def __init__(self, in_dim: int, out_dim: int) -> None:
        self.in_dim = in_dim
        self.out_dim = out_dim

        np.random.seed(1024)  # everybody's network starts at the same place
        self.weight = 1e-3 * np.random.randn(in_dim, out_dim)
        self.bias = np.zeros(out_dim)

        self.cache: Any = None
        self.dx: np.ndarray | None = None
        self.dw: np.ndarray | None = None
        self.db: np.ndarray | None = None

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Flatten each sample and map it to `out_dim` numbers.

        Args:
            x: A batch of shape (N, ...), where the dimensions after the first have in_dim numbers in all.

        Returns:
            Shape (N, out_dim).
        """
        # TODO(1g): Flatten every sample, multiply by the weight and add the bias.
        raise NotImplementedError("1g: Flatten every sample, multiply by the weight and add the bias.")

    def backward(self, dout: np.ndarray) -> None:
        """Set `dx` (shaped like the input that `forward` was given), `dw` and `db`.

        Args:
            dout: Gradient of the loss by what `forward` returned, shape (N, out_dim).
        """
        # TODO(1h): Find the gradients by the input, the weight and the bias.
        raise NotImplementedError("1h: Find the gradients by the input, the weight and the bias.")
