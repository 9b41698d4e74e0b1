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
        # TODO(1a): Make the layers: from C to the hidden units, and from there to C.
        raise NotImplementedError("1a: Make the layers: from C to the hidden units, and from there to C.")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Gate the channels; input and output have shape (N, C, H, W)."""
        # TODO(1b): Multiply each channel by its gate.
        raise NotImplementedError("1b: Multiply each channel by its gate.")


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
        # TODO(2a): Make the layers, each convolution with its batch norm.
        raise NotImplementedError("2a: Make the layers, each convolution with its batch norm.")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (N, C, H, W) to (N, D, ceil(H / stride), ceil(W / stride))."""
        # TODO(2b): Run the branch, and add the input where that is asked for.
        raise NotImplementedError("2b: Run the branch, and add the input where that is asked for.")


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
        # TODO(3a): Make the layers, each convolution with its batch norm.
        raise NotImplementedError("3a: Make the layers, each convolution with its batch norm.")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (N, C, H, W) to (N, D, ceil(H / stride), ceil(W / stride))."""
        # TODO(3b): Run the branch, and add the input where that is asked for.
        raise NotImplementedError("3b: Run the branch, and add the input where that is asked for.")


def convolution(
    in_channels: int, out_channels: int, kernel: int, stride: int = 1, groups: int = 1
) -> tuple[nn.Module, nn.Module]:
    """Make a convolution with same padding, and the batch norm after it; you need not use this function."""
    # TODO(2c): Make both layers.
    raise NotImplementedError("2c: Make both layers.")


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
    # TODO(4a): Make the elements, the first one apart.
    raise NotImplementedError("4a: Make the elements, the first one apart.")


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
    # TODO(4b): Make the elements, the first one apart.
    raise NotImplementedError("4b: Make the elements, the first one apart.")
