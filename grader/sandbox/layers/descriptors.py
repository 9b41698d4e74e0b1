"""No descriptors but the worker's own: what the fork server has open is closed."""

from __future__ import annotations

from typing import Final

from grader.sandbox.layers import libc
from grader.sandbox.layers.layer import Layer, Stage

CLOSE_RANGE: Final = 436
HIGHEST_DESCRIPTOR: Final = 0xFFFFFFFF


def close_from(first: int) -> None:
    """Close every descriptor from this one on."""
    libc.system_call("close_range", CLOSE_RANGE, first, HIGHEST_DESCRIPTOR, 0)


LAYER: Final = Layer(name="descriptors", steps={Stage.DESCRIPTORS: lambda worker: close_from(worker.keep)})
