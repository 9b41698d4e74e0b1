"""CellNet, a small network of the blocks of layers.py."""

from __future__ import annotations

import torch
from layers import fused_mbconv_block, mbconv_block
from torch import nn


class CellNet(nn.Module):
    """Classify images of cells; the instructions have a figure of the network."""

    def __init__(self, num_classes: int = 3) -> None:
        super().__init__()
        # solution(5a): Make stem, blocks and head as the figure shows them.
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.SiLU())
        self.blocks = nn.Sequential(fused_mbconv_block(2, 16, 24), mbconv_block(2, 24, 48), mbconv_block(2, 48, 64))
        self.head = nn.Linear(64, num_classes)
        # end solution

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map images, shape (N, 3, H, W), to scores, shape (N, num_classes)."""
        # solution(5b): Run stem and blocks, average over all places, and score.
        scores: torch.Tensor = self.head(self.blocks(self.stem(x)).mean(dim=(2, 3)))
        return scores
        # end solution
