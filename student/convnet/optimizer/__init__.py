"""The optimizers, each fetched from its own file when it is first asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_FILES = {"SGD": "sgd"}

__all__ = ["SGD"]


def __getattr__(name: str) -> Any:
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_FILES[name]}"), name)
