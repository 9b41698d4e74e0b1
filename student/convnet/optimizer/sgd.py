"""Stochastic gradient descent with momentum."""

from __future__ import annotations

from typing import Any

from ._base_optimizer import _BaseOptimizer


class SGD(_BaseOptimizer):
    """Steps that remember their direction.

    With the momentum coefficient β and the learning rate η, each parameter w has a velocity v, 0 at the start, and

        v = β v - η ∂L/∂w
        w = w + v

    Attributes:
        momentum: β; 0 is plain gradient descent.
    """

    def __init__(
        self,
        model: Any,  # has modules
        learning_rate: float = 1e-4,
        reg: float = 1e-3,
        momentum: float = 0.9,
    ) -> None:
        super().__init__(model, learning_rate, reg)
        self.momentum = momentum

    def update(self, model: Any) -> None:  # has modules
        """Move `weight` and `bias` of every layer that has them, once, by the gradients in `dw` and `db`."""
        self.apply_regularization(model)
        # TODO(3a): Update each parameter's velocity, keep it, and move by it.
        raise NotImplementedError("3a: Update each parameter's velocity, keep it, and move by it.")
