"""A convolutional network of one convolution."""

from __future__ import annotations

import torch
from torch import nn


class VanillaCNN(nn.Module):
    """Convolution, ReLU, max pooling and a fully connected layer, for images of 32 x 32 pixels."""

    def __init__(self) -> None:
        super().__init__()
        # TODO(2c): Make the convolution (32 filters, 7 x 7, stride 1, no padding), the pooling and the last layer.
        raise NotImplementedError("2c: Make the convolution (32 filters, 7 x 7, stride 1, no padding), the pooling and the last layer.")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Score every class; the scores are logits, of any size and sign.

        Args:
            x: Images, shape (N, 3, 32, 32).

        Returns:
            Scores, shape (N, 10).
        """
        # TODO(2d): Convolve, apply ReLU, pool, flatten each sample, and score it.
        raise NotImplementedError("2d: Convolve, apply ReLU, pool, flatten each sample, and score it.")
