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
        # solution(2a): Build the layers that are listed, and the criterion; an unknown criterion is a ValueError.
        kinds = {"Conv2D": Conv2D, "Linear": Linear, "MaxPooling": MaxPooling, "ReLU": ReLU}
        self.modules: list[Any] = []
        for definition in modules:
            arguments = {name: value for name, value in definition.items() if name != "type"}
            self.modules.append(kinds[definition["type"]](**arguments))
        if criterion["type"] != "SoftmaxCrossEntropy":
            raise ValueError(f"the criterion is {criterion['type']!r}, expected 'SoftmaxCrossEntropy'")
        self.criterion = SoftmaxCrossEntropy()
        # end solution

    def forward(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float]:
        """Send a batch through all layers and the criterion.

        Args:
            x: Images, shape (N, C, H, W).
            y: Correct classes, shape (N,), integers.

        Returns:
            The probabilities, shape (N, K), and the mean loss.
        """
        # solution(2b): Give each layer what the one before it returned, and the criterion the last of it.
        for layer in self.modules:
            x = layer.forward(x)
        probabilities, loss = self.criterion.forward(x, y)
        return probabilities, loss
        # end solution

    def backward(self) -> None:
        """Set the gradients of every layer, for the batch of the last `forward`."""
        # solution(2c): Start with the criterion and give each layer the dx of the one after it.
        self.criterion.backward()
        gradient = self.criterion.dx
        for layer in reversed(self.modules):
            layer.backward(gradient)
            gradient = layer.dx
        # end solution
