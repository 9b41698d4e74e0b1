"""A session of its own: a worker has no terminal, and no signal for a group reaches beyond it."""

from __future__ import annotations

import os
from typing import Final

from grader.sandbox.layers.layer import Layer, Planned, Request, Stage

NAME: Final = "session"


def plan(_request: Request) -> Planned:
    """Begin a session in each worker."""
    return Planned(label=NAME, steps={Stage.SESSION: lambda _: os.setsid()})


LAYER: Final = Layer(name=NAME, plan=plan)
