"""A network: layers one after the other, and a criterion at the end."""

from __future__ import annotations

from typing import Any

import numpy as np

from .convolution import Conv2D
from .linear import Linear
from .max_pool import MaxPooling
from .relu import ReLU
from .softmax_ce import SoftmaxCrossEntropy


class ConvNet:
    """A classifier made from a list of layers.

    Args:
        modules: One dict per layer, in order: `type`, the name of the class, and its constructor's arguments, as in
            dict(type="Conv2D", in_channels=3, out_channels=32, kernel_size=5, stride=1, padding=2).
        criterion: dict(type="SoftmaxCrossEntropy").

    Attributes:
        modules: The layers, in order.
        criterion: The criterion.

    Raises:
        ValueError: the criterion is unknown.
    """

    def __init__(self, modules: list[dict[str, Any]], criterion: dict[str, Any]) -> None:
        # TODO(2a): Build the listed layers and the criterion; refuse an unknown criterion.
        raise NotImplementedError("2a: Build the listed layers and the criterion; refuse an unknown criterion.")

    def forward(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float]:
        """Send a batch through all layers and the criterion.

        Args:
            x: Images, shape (N, C, H, W).
            y: Correct classes, shape (N,), integers.

        Returns:
            The probabilities, shape (N, K), and the mean loss.
        """
        # TODO(2b): Give each layer what the one before it returned, then the criterion.
        raise NotImplementedError("2b: Give each layer what the one before it returned, then the criterion.")

    def backward(self) -> None:
        """Set the gradients of every layer, for the batch of the last `forward`."""
        # TODO(2c): Start with the criterion and give each layer the dx of the next one.
        raise NotImplementedError("2c: Start with the criterion and give each layer the dx of the next one.")
