"""What surrounds the convolutions: the reading of `--cnn`, and a network that is trained without autograd. Provided."""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import torch

FORM = "expected filters-kernel_size-stride, such as 5-3-2"


class Layer(Protocol):
    """A layer as this assignment writes it."""

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Compute the layer's outputs."""

    def backward(
        self, inputs: torch.Tensor, outputs: torch.Tensor, outputs_gradient: torch.Tensor
    ) -> tuple[torch.Tensor, list[torch.Tensor], list[torch.Tensor]]:
        """Compute the gradients of the inputs and of the variables."""


@dataclass(frozen=True)
class Size:
    """A layer of `--cnn`: its own numbers and the shape of its inputs, (height, width, channels)."""

    filters: int
    kernel_size: int
    stride: int
    input_shape: tuple[int, int, int]

    @property
    def output_shape(self) -> tuple[int, int, int]:
        """The shape of its outputs."""
        height, width, _ = self.input_shape
        rows, columns = ((size - self.kernel_size) // self.stride + 1 for size in (height, width))
        return rows, columns, self.filters


def whole_number(text: str, least: int = 1) -> int:
    """Read an argument of the command line.

    Raises:
        argparse.ArgumentTypeError: it is no whole number, or a smaller one.
    """
    if not (text.isascii() and text.isdigit()) or int(text) < least:
        raise argparse.ArgumentTypeError(f"{text!r}, expected a whole number of at least {least}")
    return int(text)


def parsed(cnn: str, height: int, width: int, channels: int) -> list[Size]:
    """Read layers such as "5-3-2,10-3-2", for images of a shape.

    Raises:
        SystemExit: a layer cannot be; the sentence says which, and what was expected.
    """
    shape, sizes = (height, width, channels), []
    for place, text in enumerate(cnn.split(","), start=1):
        where = f"--cnn: layer {place} is {text.strip()!r}"
        parts = text.strip().split("-")
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
            raise SystemExit(f"{where}, {FORM}")
        filters, kernel_size, stride = map(int, parts)
        if not (filters and kernel_size and stride):
            raise SystemExit(f"{where}, expected numbers of at least 1 ({FORM.removeprefix('expected ')})")
        if kernel_size > min(shape[:2]):
            inputs = f"its inputs of {shape[0]} x {shape[1]}"
            raise SystemExit(f"{where}: its kernel is larger than {inputs}, expected at most {min(shape[:2])}")
        sizes.append(Size(filters, kernel_size, stride, shape))
        shape = sizes[-1].output_shape
    return sizes


@dataclass
class Network:
    """Layers, and a linear classifier behind them, trained by gradient descent.

    `weight` is of shape (features, classes), `bias` of shape (classes,).
    """

    layers: Sequence[Layer]
    weight: torch.Tensor
    bias: torch.Tensor
    activations: list[torch.Tensor] = field(default_factory=list)

    def scores(self, images: torch.Tensor) -> torch.Tensor:
        """Compute the classes' scores, shape (N, classes), of images of shape (N, height, width, channels)."""
        self.activations = [images]
        for layer in self.layers:
            self.activations.append(layer.forward(self.activations[-1]))
        return self.activations[-1].flatten(start_dim=1) @ self.weight + self.bias

    def step(self, images: torch.Tensor, labels: torch.Tensor, rate: float) -> None:
        """Follow the gradient of the batch's mean cross-entropy once."""
        scores = self.scores(images)
        gradient = torch.softmax(scores, dim=1)
        gradient[torch.arange(len(labels)), labels] -= 1
        gradient = gradient / len(labels)
        features = self.activations[-1]
        updates = [(self.weight, features.flatten(start_dim=1).T @ gradient), (self.bias, gradient.sum(dim=0))]
        downwards = (gradient @ self.weight.T).reshape(features.shape)
        for layer, (inputs, outputs) in zip(reversed(self.layers), self._pairs(), strict=True):
            downwards, variables, gradients = layer.backward(inputs, outputs, downwards)
            updates += zip(variables, gradients, strict=True)
        for variable, change in updates:
            variable -= rate * change  # noqa: PLW2901  # in place: the layer's own variable

    def train(self, images: torch.Tensor, labels: torch.Tensor, batch_size: int, rate: float) -> None:
        """Go through the images once, in their order."""
        for batch, targets in zip(torch.split(images, batch_size), torch.split(labels, batch_size), strict=True):
            self.step(batch, targets, rate)

    def classes(self, images: torch.Tensor) -> torch.Tensor:
        """Return the class with the highest score for each image, shape (N,)."""
        return self.scores(images).argmax(dim=1)

    def _pairs(self) -> list[tuple[torch.Tensor, torch.Tensor]]:
        return [*itertools.pairwise(self.activations)][::-1]
