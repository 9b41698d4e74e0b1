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
        # TODO(2a): Make the two fully connected layers, each with a bias.
        raise NotImplementedError("2a: Make the two fully connected layers, each with a bias.")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Score every class; the scores are logits, of any size and sign.

        Args:
            x: Samples, shape (N, C, H, W) or flat, shape (N, input_dim).

        Returns:
            Scores, shape (N, num_classes).
        """
        # TODO(2b): Flatten each sample and send it through layer, sigmoid and layer.
        raise NotImplementedError("2b: Flatten each sample and send it through layer, sigmoid and layer.")
