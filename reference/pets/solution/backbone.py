"""A small convolutional network whose features are taken over from another problem. Provided."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch
from torch import nn

CHANNELS: Final = (16, 32, 64, 96)


class Backbone(nn.Module):
    """Four stages, each of which halves height and width: features of strides 2, 4, 8 and 16.

    Args:
        channels: Of the features of each stage.
    """

    def __init__(self, channels: Sequence[int] = CHANNELS) -> None:
        super().__init__()
        self.channels = tuple(channels)
        self.stages = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(),
                nn.Conv2d(after, after, 3, padding=1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(),
            )
            for before, after in zip((3, *self.channels), self.channels, strict=False)
        )

    def forward(self, images: torch.Tensor) -> list[torch.Tensor]:
        """Return the features of each stage, shapes (N, channels[i], H / 2^(i + 1), W / 2^(i + 1)).

        Args:
            images: Colours from 0 to 1, shape (N, 3, H, W), float32; H and W are multiples of 16.
        """
        features = []
        for stage in self.stages:
            images = stage(images)
            features.append(images)
        return features


def pretrained(file: Path | str) -> Backbone:
    """Return the backbone with weights from a file that holds its state dict."""
    backbone = Backbone()
    backbone.load_state_dict(torch.load(file, weights_only=True))
    return backbone
