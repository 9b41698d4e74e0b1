"""Let what only prepares for files do nothing in a worker that has none.

`os.makedirs("checkpoints", exist_ok=True)` or `logging.basicConfig(filename="train.log")` at the top of a module would
else cost everything in it. Who reads a file, or writes one, is refused as before.
"""

from __future__ import annotations

import errno
import functools
import io
import logging
import os
import pathlib
import sys
import tempfile
from collections.abc import Callable
from typing import Any


def prepare_for_none() -> None:
    """Make folders, go into them and keep logs nowhere, and find that nothing is there."""
    for name in ("mkdir", "chdir"):  # `os.makedirs` and `Path.mkdir` call them
        setattr(os, name, _forgiving(getattr(os, name), lambda: None))
    handler: Any = logging.FileHandler
    handler._open = _forgiving(handler._open, io.StringIO)  # noqa: SLF001  # logging has no setting for it
    ignored = getattr(pathlib, "_IGNORED_ERRNOS", None)  # by which `Path.exists` says that there is no such file
    if ignored is not None:
        pathlib._IGNORED_ERRNOS = (*ignored, errno.EPERM)  # type: ignore[attr-defined]  # noqa: SLF001  # see above


def _forgiving(function: Callable[..., Any], instead: Callable[[], Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def forgiving(*given: object, **named: object) -> object:
        try:
            return function(*given, **named)
        except PermissionError:
            if sys._getframe(1).f_globals.get("__name__") == tempfile.__name__:  # noqa: SLF001  # who wants one writes
                raise
            return instead()

    return forgiving
