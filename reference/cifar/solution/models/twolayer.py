"""A network of two fully connected layers."""

from __future__ import annotations

import torch
from torch import nn


class TwoLayerNet(nn.Module):
    """Linear layer, sigmoid, linear layer.

    Args:
        input_dim: Numbers in one sample: 3 * 32 * 32 for an image of CIFAR-10.
        hidden_size: Outputs of the first layer.
        num_classes: Outputs of the second.
    """

    def __init__(self, input_dim: int, hidden_size: int, num_classes: int) -> None:
        super().__init__()
        # solution(2a): Make the two fully connected layers, each with a bias.
        self.hidden = nn.Linear(input_dim, hidden_size)
        self.scores = nn.Linear(hidden_size, num_classes)
        # end solution

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Score every class; the scores are logits, of any size and sign.

        Args:
            x: Samples, shape (N, C, H, W) or flat, shape (N, input_dim).

        Returns:
            Scores, shape (N, num_classes).
        """
        # solution(2b): Flatten each sample and send it through layer, sigmoid and layer.
        scores: torch.Tensor = self.scores(torch.sigmoid(self.hidden(x.flatten(start_dim=1))))
        return scores
        # end solution
