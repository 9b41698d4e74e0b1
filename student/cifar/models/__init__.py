"""The networks, each fetched from its own file when it is first asked for.

A file that cannot be imported is thus missed only by those who use what it defines.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

_FILES = {"MyModel": "my_model", "TwoLayerNet": "twolayer", "VanillaCNN": "cnn", "resnet32": "resnet"}
_PUBLIC = ("MyModel", "TwoLayerNet", "VanillaCNN")


def __getattr__(name: str) -> Any:
    if name == "__all__":  # of `import *`; it may stand in one of these files, whose class is yet to come
        files = {one: sys.modules.get(f"{__name__}.{_FILES[one]}") for one in _PUBLIC}
        return [one for one, file in files.items() if file is None or hasattr(file, one)]
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_FILES[name]}"), name)
