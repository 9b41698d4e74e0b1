"""No dumps: a crash writes no core, and other processes of the user may not look into a worker."""

from __future__ import annotations

from typing import Final

from grader.sandbox.layers import libc
from grader.sandbox.layers.layer import Layer, Stage


def forbid_dumps() -> None:
    """Forbid cores, and the crash reporter that a limit of 0 does not stop. Every change of user undoes it."""
    libc.prctl(libc.PR_SET_DUMPABLE, 0)


LAYER: Final = Layer(name="undumpable", steps={Stage.DUMPS: lambda _: forbid_dumps()})
