"""The layers of EfficientNetV2: squeeze and excite, MBConv, Fused-MBConv, and blocks of them."""

from __future__ import annotations

import torch
from torch import nn


class SqueezeExcite(nn.Module):
    """Multiply each channel by a gate between 0 and 1 that is worked out from the means of all channels."""

    def __init__(self, channels: int, compression: float = 0.25) -> None:
        """Make the two layers that work out the gates.

        Args:
            channels: Of the input, C.
            compression: The hidden layer has max(1, int(C * compression)) units.
        """
        super().__init__()
        # solution(1a): Make the layers: from C to the hidden units, and from there to C.
        hidden = max(1, int(channels * compression))
        self.squeeze = nn.Sequential(nn.Conv2d(channels, hidden, 1), nn.SiLU())
        self.excite = nn.Sequential(nn.Conv2d(hidden, channels, 1), nn.Sigmoid())
        # end solution

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Gate the channels; input and output have shape (N, C, H, W)."""
        # solution(1b): Multiply each channel by its gate.
        gates: torch.Tensor = self.excite(self.squeeze(x.mean(dim=(2, 3), keepdim=True)))
        return gates * x
        # end solution


class MBConv(nn.Module):
    """Expand the channels, look at each of them by itself, gate them, and project them down again."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        expansion: int = 4,
        stride: int = 2,
        compression: float = 0.25,
        dropout: float = 0.1,
        skip: bool = True,  # noqa: FBT001, FBT002  # the assignment's signature
    ) -> None:
        """Make the layers.

        Args:
            in_channels: Of the input, C.
            out_channels: Of the output, D.
            expansion: The layers between have C * expansion channels.
            stride: Of the depthwise convolution.
            compression: Of the squeeze-and-excite layer.
            dropout: The rate at which values of the branch are dropped in training.
            skip: Add the input, where it fits: stride 1 and C = D.
        """
        super().__init__()
        # solution(2a): Make the layers, each convolution with its batch norm.
        expanded = in_channels * expansion
        self.branch = nn.Sequential(
            *convolution(in_channels, expanded, 1),
            nn.SiLU(),
            *convolution(expanded, expanded, 3, stride=stride, groups=expanded),
            nn.SiLU(),
            SqueezeExcite(expanded, compression),
            *convolution(expanded, out_channels, 1),
            nn.Dropout(dropout),
        )
        self.adds_input = skip and stride == 1 and in_channels == out_channels
        # end solution

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (N, C, H, W) to (N, D, ceil(H / stride), ceil(W / stride))."""
        # solution(2b): Run the branch, and add the input where that is asked for.
        branch: torch.Tensor = self.branch(x)
        return x + branch if self.adds_input else branch
        # end solution


class FusedMBConv(nn.Module):
    """The same with one full 3 x 3 convolution in the place of expansion and depthwise convolution."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        expansion: int = 4,
        stride: int = 2,
        compression: float = 0.25,
        dropout: float = 0.1,
        skip: bool = True,  # noqa: FBT001, FBT002  # the assignment's signature
    ) -> None:
        """Make the layers; the arguments are those of MBConv."""
        super().__init__()
        # solution(3a): Make the layers, each convolution with its batch norm.
        expanded = in_channels * expansion
        self.branch = nn.Sequential(
            *convolution(in_channels, expanded, 3, stride=stride),
            nn.SiLU(),
            SqueezeExcite(expanded, compression),
            *convolution(expanded, out_channels, 1),
            nn.Dropout(dropout),
        )
        self.adds_input = skip and stride == 1 and in_channels == out_channels
        # end solution

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (N, C, H, W) to (N, D, ceil(H / stride), ceil(W / stride))."""
        # solution(3b): Run the branch, and add the input where that is asked for.
        branch: torch.Tensor = self.branch(x)
        return x + branch if self.adds_input else branch
        # end solution


def convolution(
    in_channels: int, out_channels: int, kernel: int, stride: int = 1, groups: int = 1
) -> tuple[nn.Module, nn.Module]:
    """Make a convolution with same padding, and the batch norm after it; you need not use this function."""
    # solution(2c): Make both layers.
    layer = nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2, groups=groups, bias=False)
    return layer, nn.BatchNorm2d(out_channels)
    # end solution


def mbconv_block(
    repeats: int,
    in_channels: int,
    out_channels: int,
    expansion: int = 4,
    stride: int = 2,
    compression: float = 0.25,
    dropout: float = 0.1,
) -> nn.Module:
    """Make a sequence of MBConv elements.

    Only the first one has the stride, changes the number of channels, and has no skip.
    """
    # solution(4a): Make the elements, the first one apart.
    first = MBConv(in_channels, out_channels, expansion, stride, compression, dropout, skip=False)
    others = (MBConv(out_channels, out_channels, expansion, 1, compression, dropout) for _ in range(repeats - 1))
    return nn.Sequential(first, *others)
    # end solution


def fused_mbconv_block(
    repeats: int,
    in_channels: int,
    out_channels: int,
    expansion: int = 4,
    stride: int = 2,
    compression: float = 0.25,
    dropout: float = 0.1,
) -> nn.Module:
    """Make a sequence of Fused-MBConv elements, as `mbconv_block` does."""
    # solution(4b): Make the elements, the first one apart.
    first = FusedMBConv(in_channels, out_channels, expansion, stride, compression, dropout, skip=False)
    others = (FusedMBConv(out_channels, out_channels, expansion, 1, compression, dropout) for _ in range(repeats - 1))
    return nn.Sequential(first, *others)
    # end solution
