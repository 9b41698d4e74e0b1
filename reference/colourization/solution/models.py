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
        # solution(A1): Make the five groups of layers of figure 1a.
        self.down = nn.Sequential(
            nn.Conv2d(num_in_channels, num_filters, kernel, padding=padding),
            nn.MaxPool2d(2),
            nn.BatchNorm2d(num_filters),
            nn.ReLU(),
            nn.Conv2d(num_filters, 2 * num_filters, kernel, padding=padding),
            nn.MaxPool2d(2),
            nn.BatchNorm2d(2 * num_filters),
            nn.ReLU(),
        )
        self.up = nn.Sequential(
            nn.Conv2d(2 * num_filters, num_filters, kernel, padding=padding),
            nn.Upsample(scale_factor=2),
            nn.BatchNorm2d(num_filters),
            nn.ReLU(),
            nn.Conv2d(num_filters, num_colours, kernel, padding=padding),
            nn.Upsample(scale_factor=2),
            nn.BatchNorm2d(num_colours),
            nn.ReLU(),
        )
        self.last = nn.Conv2d(num_colours, num_colours, kernel, padding=padding)
        # end solution

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Score every colour for every pixel; the scores are logits.

        Args:
            x: Pictures, shape (N, NIC, H, W), with H and W multiples of 4.

        Returns:
            Scores, shape (N, NC, H, W).
        """
        # solution(A1): Send the pictures through your layers.
        scores: torch.Tensor = self.last(self.up(self.down(x)))
        return scores
        # end solution


class ConvTransposeNet(nn.Module):
    """Go down by strided and up by transposed convolutions, as in figure 1b. Arguments as above."""

    def __init__(self, kernel: int, num_filters: int, num_colours: int, num_in_channels: int) -> None:
        super().__init__()
        # solution(B1): Make the five groups of layers of figure 1b; padding and output padding are 1.
        self.down = nn.Sequential(
            nn.Conv2d(num_in_channels, num_filters, kernel, stride=2, padding=1),
            nn.BatchNorm2d(num_filters),
            nn.ReLU(),
            nn.Conv2d(num_filters, 2 * num_filters, kernel, stride=2, padding=1),
            nn.BatchNorm2d(2 * num_filters),
            nn.ReLU(),
        )
        self.up = nn.Sequential(
            nn.ConvTranspose2d(2 * num_filters, num_filters, kernel, stride=2, padding=1, output_padding=1),
            nn.BatchNorm2d(num_filters),
            nn.ReLU(),
            nn.ConvTranspose2d(num_filters, num_colours, kernel, stride=2, padding=1, output_padding=1),
            nn.BatchNorm2d(num_colours),
            nn.ReLU(),
        )
        self.last = nn.Conv2d(num_colours, num_colours, kernel, padding=1)
        # end solution

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Score every colour for every pixel; the scores are logits.

        Args:
            x: Pictures, shape (N, NIC, H, W), with H and W multiples of 4.

        Returns:
            Scores, shape (N, NC, H, W).
        """
        # solution(B1): Send the pictures through your layers.
        scores: torch.Tensor = self.last(self.up(self.down(x)))
        return scores
        # end solution


class UNet(nn.Module):
    """The network above with two skip connections, as in figure 1c. Arguments as above."""

    def __init__(self, kernel: int, num_filters: int, num_colours: int, num_in_channels: int) -> None:
        super().__init__()
        # solution(C1): Make the layers of figure 1c: which two of them are given more channels than before?
        self.first = nn.Sequential(
            nn.Conv2d(num_in_channels, num_filters, kernel, stride=2, padding=1),
            nn.BatchNorm2d(num_filters),
            nn.ReLU(),
        )
        self.second = nn.Sequential(
            nn.Conv2d(num_filters, 2 * num_filters, kernel, stride=2, padding=1),
            nn.BatchNorm2d(2 * num_filters),
            nn.ReLU(),
        )
        self.third = nn.Sequential(
            nn.ConvTranspose2d(2 * num_filters, num_filters, kernel, stride=2, padding=1, output_padding=1),
            nn.BatchNorm2d(num_filters),
            nn.ReLU(),
        )
        self.fourth = nn.Sequential(
            nn.ConvTranspose2d(2 * num_filters, num_colours, kernel, stride=2, padding=1, output_padding=1),
            nn.BatchNorm2d(num_colours),
            nn.ReLU(),
        )
        self.last = nn.Conv2d(num_colours + num_in_channels, num_colours, kernel, padding=1)
        # end solution

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Score every colour for every pixel; the scores are logits.

        Args:
            x: Pictures, shape (N, NIC, H, W), with H and W multiples of 4.

        Returns:
            Scores, shape (N, NC, H, W).
        """
        # solution(C1): Send the pictures through your layers, and join what figure 1c joins.
        half = self.first(x)
        again_half = self.third(self.second(half))
        whole = self.fourth(torch.cat([again_half, half], dim=1))
        scores: torch.Tensor = self.last(torch.cat([whole, x], dim=1))
        return scores
        # end solution
