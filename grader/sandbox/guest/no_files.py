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
from collections.abc import Callable
from types import FrameType
from typing import Any


def prepare_for_none() -> None:
    """Let module bodies make folders and go into them, and logs be kept, nowhere; find that nothing is there."""
    for name in ("mkdir", "chdir"):  # `os.makedirs` and `Path.mkdir` call them
        setattr(os, name, _forgiving(getattr(os, name)))
    handler: Any = logging.FileHandler
    handler._open = _kept_nowhere(handler._open)  # noqa: SLF001  # logging has no setting for it
    ignored = getattr(pathlib, "_IGNORED_ERRNOS", None)  # by which `Path.exists` says that there is no such file
    if ignored is not None:
        pathlib._IGNORED_ERRNOS = (*ignored, errno.EPERM)  # type: ignore[attr-defined]  # noqa: SLF001  # see above


def _forgiving(function: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(function)
    def forgiving(path: Any, *given: object, **named: object) -> None:  # noqa: ANN401  # a text or a Path
        try:
            function(path, *given, **named)
        except PermissionError:
            is_own = os.fspath(path) == os.sep or not pathlib.Path(path).is_absolute()  # where a submission is at home
            if not (is_own and _is_in_module_body(sys._getframe(1))):  # noqa: SLF001  # the only way to know who asks
                raise

    return forgiving


def _is_in_module_body(frame: FrameType | None) -> bool:
    while frame is not None and frame.f_globals.get("__name__") in {os.__name__, pathlib.__name__}:
        frame = frame.f_back
    return frame is not None and frame.f_code.co_name == "<module>"


def _kept_nowhere(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @functools.wraps(function)
    def kept(handler: Any) -> Any:  # noqa: ANN401  # logging's own types
        try:
            return function(handler)
        except PermissionError:
            return io.StringIO()

    return kept
