"""Residual networks for images of 32 x 32 pixels. Provided: nothing to write here."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  # torch's own habit
from torch import nn

WIDTHS = (16, 32, 64)  # channels of the three stages; each halves height and width but the first


class Block(nn.Module):
    """Two 3 x 3 convolutions beside a path without parameters.

    Where the number of channels grows, that path takes every second pixel and adds channels of zeros, half of them in
    front and half behind.

    Source: He et al., Deep Residual Learning for Image Recognition, CVPR 2016, section 4.2.
    """

    def __init__(self, in_channels: int, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, kernel_size=3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.stride = stride
        self.added_channels = channels - in_channels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Give the sum of both paths, rectified."""
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        half = self.added_channels // 2
        path = x[:, :, :: self.stride, :: self.stride]
        return F.relu(out + F.pad(path, (0, 0, 0, 0, half, self.added_channels - half)))


class ResNet(nn.Module):
    """A convolution, three stages of blocks, the mean over all pixels, and a linear layer.

    Args:
        blocks: The number of blocks in each stage: 6 * blocks + 2 layers have weights.
        num_classes: C.
    """

    def __init__(self, blocks: int = 5, num_classes: int = 10) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, WIDTHS[0], kernel_size=3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(WIDTHS[0])
        stages: list[nn.Module] = []
        before = WIDTHS[0]
        for width in WIDTHS:
            first = Block(before, width, stride=1 if width == before else 2)
            stages.append(nn.Sequential(first, *(Block(width, width, stride=1) for _ in range(blocks - 1))))
            before = width
        self.stages = nn.Sequential(*stages)
        self.linear = nn.Linear(WIDTHS[-1], num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Give the scores, shape (N, C), of images, shape (N, 3, 32, 32)."""
        features = self.stages(F.relu(self.bn(self.conv(x))))
        scores: torch.Tensor = self.linear(features.mean(dim=(2, 3)))
        return scores


def resnet32(num_classes: int = 10) -> ResNet:
    """Make the network of 32 layers: 464154 parameters for ten classes."""
    return ResNet(blocks=5, num_classes=num_classes)
