"""Functions that a test hands to a submission: `newton(lambda x: x * x - 2, x0=1)`. They travel as compiled code.

Only from the judge to the worker: what comes back is data, and nothing of it is ever executed.
"""

from __future__ import annotations

import importlib
import marshal
from collections.abc import Callable
from types import BuiltinFunctionType, CellType, CodeType, FunctionType, ModuleType
from typing import Any, Final

FUNCTION: Final = "def"
"""The key of a dict that stands for a function."""
MODULE: Final = "import"
"""The key of a dict that stands for a module, or for what it has under a name."""
OLD_FORMAT: Final = 2  # of marshal: later ones write the same code otherwise, depending on what else refers to it


def packed_function(function: Any, packed: Callable[[Any], Any]) -> Any:  # noqa: ANN401  # a function, module or neither
    """Return what stands for a function or module, with the globals and variables that it uses; None for another value.

    Args:
        function: What a test gives.
        packed: Packs those.
    """
    if isinstance(function, ModuleType):
        return {MODULE: [function.__name__, ""]}
    if isinstance(function, FunctionType):
        used = {name: function.__globals__[name] for name in _names(function.__code__) & function.__globals__.keys()}
        used.pop(function.__name__, None)  # one that calls itself is bound anew
        code = function.__code__.replace(co_filename="", co_linetable=b"", co_firstlineno=1)
        return {
            FUNCTION: marshal.dumps(code, OLD_FORMAT).decode("latin-1"),
            "name": function.__name__,
            "globals": {name: packed(value) for name, value in sorted(used.items())},
            "cells": [packed(cell.cell_contents) for cell in function.__closure__ or ()],
            "defaults": [packed(value) for value in function.__defaults__ or ()],
            "keywords": {name: packed(value) for name, value in (function.__kwdefaults__ or {}).items()},
        }
    module = getattr(function, "__module__", None) or _package(function)
    name = getattr(function, "__qualname__", getattr(function, "__name__", ""))
    if callable(function) and isinstance(module, str) and isinstance(name, str) and _is_found(module, name, function):
        return {MODULE: [module, name]}
    return None


def unpacked_function(value: dict[str, Any], unpacked: Callable[[Any], Any]) -> Any:  # noqa: ANN401  # see above
    """Return the function or module that a dict stands for."""
    if MODULE in value:
        module, name = value[MODULE]
        found = importlib.import_module(module)
        for step in filter(None, name.split(".")):
            found = getattr(found, step)
        return found
    names = {"__builtins__": __builtins__, **{name: unpacked(one) for name, one in value["globals"].items()}}
    code = marshal.loads(value[FUNCTION].encode("latin-1"))  # noqa: S302  # the course's own code, beside the student's
    cells = tuple(CellType(unpacked(one)) for one in value["cells"])
    function = FunctionType(code, names, value["name"], tuple(map(unpacked, value["defaults"])), cells)
    function.__kwdefaults__ = {name: unpacked(one) for name, one in value["keywords"].items()}
    names.setdefault(value["name"], function)
    return function


def stands_for_one(value: dict[str, Any]) -> bool:
    """Return whether a dict stands for a function or module."""
    return value.keys() == {MODULE} or (FUNCTION in value and "cells" in value)


def _names(code: CodeType) -> set[str]:
    """Return the names that code uses, and the functions within it."""
    inside = (one for one in code.co_consts if isinstance(one, CodeType))
    return set(code.co_names).union(*map(_names, inside))


def _package(function: object) -> str:
    """Return where a ufunc of numpy is found, which does not say."""
    return type(function).__module__.partition(".")[0]


def _is_found(module: str, name: str, function: object) -> bool:
    if isinstance(function, BuiltinFunctionType) and not isinstance(function.__self__, ModuleType | type(None)):
        return False
    try:
        found: object = importlib.import_module(module)
        for step in name.split("."):
            found = getattr(found, step)
    except (ImportError, AttributeError, ValueError):
        return False
    return found is function
