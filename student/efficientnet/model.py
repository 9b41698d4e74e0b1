"""CellNet, a small network of the blocks of layers.py."""

from __future__ import annotations

import torch
from layers import fused_mbconv_block, mbconv_block
from torch import nn


class CellNet(nn.Module):
    """Classify images of cells; the instructions have a figure of the network."""

    def __init__(self, num_classes: int = 3) -> None:
        super().__init__()
        # TODO(5a): Make stem, blocks and head as the figure shows them.
        raise NotImplementedError("5a: Make stem, blocks and head as the figure shows them.")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map images, shape (N, 3, H, W), to scores, shape (N, num_classes)."""
        # TODO(5b): Run stem and blocks, average over all places, and score.
        raise NotImplementedError("5b: Run stem and blocks, average over all places, and score.")
