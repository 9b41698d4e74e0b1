"""Find the layers of isolation: every module of this package that declares a `Layer` is one, by being there."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Final

from grader.sandbox import layers
from grader.sandbox.layers.layer import Layer

_WHAT_USES_THEM: Final = {"apply", "doctor", "plan", "registry", "requirements"}  # they import this module


def _declared() -> tuple[Layer, ...]:
    names = sorted({module.name for module in pkgutil.iter_modules(layers.__path__)} - _WHAT_USES_THEM)
    modules = [importlib.import_module(f"{layers.__name__}.{name}") for name in names]
    return tuple(value for module in modules for value in vars(module).values() if isinstance(value, Layer))


LAYERS: Final = _declared()
"""In the order of their modules' names, in which results list them. `layer.Stage` tells when each acts."""
