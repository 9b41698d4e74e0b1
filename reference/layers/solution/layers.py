"""Layers by hand.

A network of torch's layers, a fully connected layer and a convolution of your own, and the same network made of these.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  # torch's own habit
from torch import nn


class Net(nn.Module):
    """The network of task 1, of torch's own layers."""

    def __init__(self) -> None:
        super().__init__()
        # solution(1a): Make both convolutions and the three fully connected layers.
        self.conv1 = nn.Conv2d(3, 8, 5)
        self.conv2 = nn.Conv2d(8, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 128)
        self.fc2 = nn.Linear(128, 64)
        self.fc3 = nn.Linear(64, 10)
        # end solution

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Score images, shape (N, 3, 32, 32), in ten classes, shape (N, 10)."""
        # solution(1a): Convolution, ReLU, 2 x 2 max pooling, twice; then the fully connected layers, ReLU between them.
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = F.relu(self.fc1(x.flatten(1)))
        scores: torch.Tensor = self.fc3(F.relu(self.fc2(x)))
        return scores
        # end solution


class MyLinear(nn.Module):
    """A fully connected layer whose parameters are named and shaped as those of `nn.Linear`."""

    def __init__(self, in_features: int, out_features: int, device: torch.device | str | None = None) -> None:
        super().__init__()
        # solution(2a): Make the parameters weight, shape (out_features, in_features), and bias, shape (out_features,).
        bound = in_features**-0.5
        self.weight = nn.Parameter(torch.empty(out_features, in_features, device=device).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(out_features, device=device).uniform_(-bound, bound))
        # end solution

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Apply y = W x + b to each sample of a batch, shape (N, in_features); give (N, out_features)."""
        # solution(2a): Multiply each sample with the weights and add the bias.
        return x @ self.weight.T + self.bias
        # end solution


class MyConv2d(nn.Module):
    """A convolution whose parameters are named and shaped as those of `nn.Conv2d`.

    Channels and kernel size are asked for. The arguments behind them mean what they mean for `nn.Conv2d`: delete those
    that your layer does not take.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        padding: int = 0,
        dilation: int = 1,
        groups: int = 1,
        bias: bool = True,  # noqa: FBT001, FBT002  # as nn.Conv2d's
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        self.dilation, self.groups = dilation, groups
        # solution(3a): Make weight, (out_channels, in_channels // groups, kernel_size, kernel_size), and bias.
        shape = (out_channels, in_channels // groups, kernel_size, kernel_size)
        bound = (shape[1] * kernel_size**2) ** -0.5
        self.weight = nn.Parameter(torch.empty(shape, device=device).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(out_channels, device=device).uniform_(-bound, bound)) if bias else None
        # end solution

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Convolve images, shape (N, in_channels, H, W); give (N, out_channels, H', W').

        Raises:
            ValueError: the kernel is larger than the image with its padding.
        """
        # solution(3a): Multiply each window with each kernel, add up over channels, rows and columns, and add the bias.
        padding, step, stride = self.padding, self.dilation, self.stride
        x = F.pad(x, (padding, padding, padding, padding))
        size = step * (self.kernel_size - 1) + 1
        if size > min(x.shape[2:]):
            raise ValueError(f"the kernel covers {size} x {size} pixels, expected at most {[*x.shape[2:]]}, the image")
        windows = x.unfold(2, size, stride).unfold(3, size, stride)[..., ::step, ::step]
        weight = self.weight.unflatten(0, (self.groups, -1))  # type: ignore[no-untyped-call]  # torch leaves it untyped
        windows = windows.unflatten(1, (self.groups, -1))  # type: ignore[no-untyped-call]  # see above
        y = torch.einsum("sgchwnm,gdcnm->sgdhw", windows, weight)
        y = y.flatten(1, 2)
        return y if self.bias is None else y + self.bias[:, None, None]
        # end solution


class MyNet(nn.Module):
    """The network of task 1, of your layers alone. It takes the `state_dict` of a `Net`."""

    def __init__(self) -> None:
        super().__init__()
        # solution(3b): Make the layers of Net out of yours, under the same names.
        self.conv1 = MyConv2d(3, 8, 5)
        self.conv2 = MyConv2d(8, 16, 5)
        self.fc1 = MyLinear(16 * 5 * 5, 128)
        self.fc2 = MyLinear(128, 64)
        self.fc3 = MyLinear(64, 10)
        # end solution

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Score images, shape (N, 3, 32, 32), in ten classes, shape (N, 10)."""
        # solution(3b): The same steps as in Net.
        half = F.max_pool2d(F.relu(self.conv1(x)), 2)
        quarter = F.max_pool2d(F.relu(self.conv2(half)), 2)
        hidden = F.relu(self.fc1(quarter.flatten(1)))
        hidden = F.relu(self.fc2(hidden))
        scores: torch.Tensor = self.fc3(hidden)
        return scores
        # end solution
