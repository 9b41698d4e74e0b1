from __future__ import annotations

from typing import Any

from optimizer._base_optimizer import _BaseOptimizer


class SGD(_BaseOptimizer):

    def __init__(self, model: Any, learning_rate: float = 1e-4, reg: float = 1e-3, momentum: float = 0.9) -> None:
        super().__init__(model, learning_rate, reg)
        self.momentum = momentum
        self.velocities: dict[str, Any] = {}

    def step(self, key: str, gradient: Any) -> Any:
        self.velocities[key] = self.momentum * self.velocities.get(key, 0) - self.learning_rate * gradient
        return self.velocities[key]

    def update(self, model: Any) -> None:
        self.apply_regularization(model)
        for number, layer in enumerate(model.modules):
            if hasattr(layer, "weight"):
                layer.weight += self.step(f"{number}.weight", layer.dw)
                layer.bias += self.step(f"{number}.bias", layer.db)
