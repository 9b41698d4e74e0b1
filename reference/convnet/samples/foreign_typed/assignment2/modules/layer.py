"""What all layers have in common."""
from abc import ABC, abstractmethod
from typing import Any, Optional

import numpy as np


class Layer(ABC):
    """A layer remembers what its backward needs in `cache`."""

    def __init__(self) -> None:
        self.cache: Any = None
        self.dx: Optional[np.ndarray] = None

    @abstractmethod
    def forward(self, x: np.ndarray) -> np.ndarray:
        ...

    @abstractmethod
    def backward(self, dout: np.ndarray) -> None:
        ...


class Parametric(Layer):
    """A layer with weights, drawn as the handout says."""

    def __init__(self, shape: "tuple[int, ...]", outputs: int) -> None:
        super().__init__()
        np.random.seed(1024)
        self.weight: np.ndarray = np.random.randn(*shape) * 1e-3
        self.bias: np.ndarray = np.zeros(shape=(outputs,))
        self.dw: Optional[np.ndarray] = None
        self.db: Optional[np.ndarray] = None
