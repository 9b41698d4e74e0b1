"""A convolutional network of one convolution."""

from __future__ import annotations

import torch
from torch import nn


class VanillaCNN(nn.Module):
    """Convolution, ReLU, max pooling and a fully connected layer, for images of 32 x 32 pixels."""

    def __init__(self) -> None:
        super().__init__()
        # solution(2c): Make the convolution (32 filters, 7 x 7, stride 1, no padding), the pooling and the last layer.
        self.conv = nn.Conv2d(3, 32, kernel_size=7)
        self.pool = nn.MaxPool2d(2)
        self.scores = nn.Linear(5408, 10)
        # end solution

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Score every class; the scores are logits, of any size and sign.

        Args:
            x: Images, shape (N, 3, 32, 32).

        Returns:
            Scores, shape (N, 10).
        """
        # solution(2d): Convolve, apply ReLU, pool, flatten each sample, and score it.
        seen = self.pool(torch.relu(self.conv(x)))
        scores: torch.Tensor = self.scores(seen.flatten(start_dim=1))
        return scores
        # end solution
