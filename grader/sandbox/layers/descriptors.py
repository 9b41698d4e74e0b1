"""No descriptors but the worker's own: what the fork server has open is closed."""

from __future__ import annotations

from typing import Final

from grader.sandbox.layers import libc
from grader.sandbox.layers.layer import Layer, Planned, Request, Stage

NAME: Final = "descriptors"
CLOSE_RANGE: Final = 436
HIGHEST_DESCRIPTOR: Final = 0xFFFFFFFF


def close_from(first: int) -> None:
    """Close every descriptor from this one on."""
    libc.system_call("close_range", CLOSE_RANGE, first, HIGHEST_DESCRIPTOR, 0)


def plan(_request: Request) -> Planned:
    """Close in each worker what it is not to keep."""
    return Planned(label=NAME, steps={Stage.DESCRIPTORS: lambda worker: close_from(worker.keep)})


LAYER: Final = Layer(name=NAME, plan=plan)
