"""What every optimizer has. Provided: nothing to write here."""

from __future__ import annotations

from typing import Any


class _BaseOptimizer:
    """Hold the settings of an optimizer, and room for what it remembers from step to step.

    Attributes:
        learning_rate: The step size; a trainer may change it between two updates.
        reg: How strongly weights are pulled towards zero.
        grad_tracker: For each layer, by its index in `model.modules`, a dict of `dw` and `db`, both 0 at the start.
            It is there to be overwritten with anything an optimizer wants to find again at the next step.
    """

    def __init__(self, model: Any, learning_rate: float = 1e-4, reg: float = 1e-3) -> None:
        self.learning_rate = learning_rate
        self.reg = reg
        self.grad_tracker: dict[int, dict[str, Any]] = {
            index: {"dw": 0, "db": 0} for index in range(len(model.modules))
        }

    def update(self, model: Any) -> None:  # has modules
        """Move the parameters of the model one step against their gradients."""
        raise NotImplementedError(f"{type(self).__name__} has no update of its own")

    def apply_regularization(self, model: Any) -> None:  # has modules
        """Add the gradient of reg / 2 · |weight|² to the `dw` of every layer that has a weight."""
        for layer in model.modules:
            if hasattr(layer, "weight"):
                layer.dw = layer.dw + self.reg * layer.weight
