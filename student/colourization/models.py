"""Three networks that give every pixel of a grey picture one of a few colours."""

from __future__ import annotations

import torch
from torch import nn


class PoolUpsampleNet(nn.Module):
    """Go down by max pooling and up by copying pixels, as in figure 1a.

    Args:
        kernel: Side of every kernel, odd.
        num_filters: NF.
        num_colours: NC.
        num_in_channels: NIC.
    """

    def __init__(self, kernel: int, num_filters: int, num_colours: int, num_in_channels: int) -> None:
        super().__init__()
        # Keeps height and width of what it is given, for every odd kernel.
        padding = kernel // 2
        # TODO(A1): Make the five groups of layers of figure 1a.
        raise NotImplementedError("A1: Make the five groups of layers of figure 1a.")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Score every colour for every pixel; the scores are logits.

        Args:
            x: Pictures, shape (N, NIC, H, W), with H and W multiples of 4.

        Returns:
            Scores, shape (N, NC, H, W).
        """
        # TODO(A1): Send the pictures through your layers.
        raise NotImplementedError("A1: Send the pictures through your layers.")


class ConvTransposeNet(nn.Module):
    """Go down by strided and up by transposed convolutions, as in figure 1b. Arguments as above."""

    def __init__(self, kernel: int, num_filters: int, num_colours: int, num_in_channels: int) -> None:
        super().__init__()
        # TODO(B1): Make the five groups of layers of figure 1b; padding and output padding are 1.
        raise NotImplementedError("B1: Make the five groups of layers of figure 1b; padding and output padding are 1.")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Score every colour for every pixel; the scores are logits.

        Args:
            x: Pictures, shape (N, NIC, H, W), with H and W multiples of 4.

        Returns:
            Scores, shape (N, NC, H, W).
        """
        # TODO(B1): Send the pictures through your layers.
        raise NotImplementedError("B1: Send the pictures through your layers.")


class UNet(nn.Module):
    """The network above with two skip connections, as in figure 1c. Arguments as above."""

    def __init__(self, kernel: int, num_filters: int, num_colours: int, num_in_channels: int) -> None:
        super().__init__()
        # TODO(C1): Make the layers of figure 1c: which two of them are given more channels than before?
        raise NotImplementedError("C1: Make the layers of figure 1c: which two of them are given more channels than before?")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Score every colour for every pixel; the scores are logits.

        Args:
            x: Pictures, shape (N, NIC, H, W), with H and W multiples of 4.

        Returns:
            Scores, shape (N, NC, H, W).
        """
        # TODO(C1): Send the pictures through your layers, and join what figure 1c joins.
        raise NotImplementedError("C1: Send the pictures through your layers, and join what figure 1c joins.")
