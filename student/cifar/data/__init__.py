"""The images. What only the assignment on unbalanced data needs is fetched from its own file when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_FILES = {"Cifar": "cifar10", "IMBALANCECIFAR10": "imbalance_cifar", "Imbalanced_CIFAR10": "imbalance_cifar"}


def __getattr__(name: str) -> Any:
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_FILES[name]}"), name)
