"""No dumps: a crash writes no core, and other processes of the user may not look into a worker."""

from __future__ import annotations

from typing import Final

from grader.sandbox.layers import libc
from grader.sandbox.layers.layer import Layer, Planned, Request, Stage

NAME: Final = "undumpable"


def forbid_dumps() -> None:
    """Forbid cores, and the crash reporter that a limit of 0 does not stop. Every change of user undoes it."""
    libc.prctl(libc.PR_SET_DUMPABLE, 0)


def plan(_request: Request) -> Planned:
    """Forbid dumps of each worker."""
    return Planned(label=NAME, steps={Stage.DUMPS: lambda _: forbid_dumps()})


LAYER: Final = Layer(name=NAME, plan=plan)
