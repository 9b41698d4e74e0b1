"""Single keys from a terminal, without waiting for the end of a line."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

if sys.platform != "win32":
    import termios
    import tty


@contextmanager
def single_keys() -> Iterator[int | None]:
    """Yield the descriptor that single keys come from; None where standard input is no terminal."""
    if sys.platform == "win32" or not sys.stdin.isatty():
        yield None
        return
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    tty.setcbreak(descriptor)
    try:
        yield descriptor
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def key_from(descriptor: int) -> str:
    """Read the key that was pressed; empty once there is nobody to press any."""
    return os.read(descriptor, 1).decode("ascii", "replace").lower()
