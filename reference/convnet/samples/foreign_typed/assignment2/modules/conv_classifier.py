from __future__ import annotations

from typing import Any

import numpy as np

from . import Conv2D, Linear, MaxPooling, ReLU, SoftmaxCrossEntropy


class ConvNet:

    def __init__(self, modules: list[dict[str, Any]], criterion: dict[str, Any]) -> None:
        self.modules = [globals()[one["type"]](**{k: v for k, v in one.items() if k != "type"}) for one in modules]
        match criterion["type"]:
            case "SoftmaxCrossEntropy":
                self.criterion = SoftmaxCrossEntropy()
            case other:
                raise ValueError(other)

    def forward(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float]:
        for layer in self.modules:
            x = layer.forward(x)
        probs, loss = self.criterion.forward(x, y)
        return probs, loss

    def backward(self) -> None:
        self.criterion.backward()
        dout = self.criterion.dx
        for layer in reversed(self.modules):
            layer.backward(dout)
            dout = layer.dx
