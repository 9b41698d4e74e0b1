"""A network of your own."""

from __future__ import annotations

import torch
from torch import nn


class MyModel(nn.Module):
    """Your own design, built from layers and trained from fresh weights, for images of 32 x 32 pixels."""

    def __init__(self) -> None:
        super().__init__()
        # TODO(3a): Make the layers of your network.
        raise NotImplementedError("3a: Make the layers of your network.")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Score every class; the scores are logits, of any size and sign.

        Args:
            x: Images, shape (N, 3, 32, 32).

        Returns:
            Scores, shape (N, 10).
        """
        # TODO(3b): Send the images through your layers.
        raise NotImplementedError("3b: Send the images through your layers.")
