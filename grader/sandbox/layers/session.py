"""A session of its own: a worker has no terminal, and no signal for a group reaches beyond it."""

from __future__ import annotations

import os
from typing import Final

from grader.sandbox.layers.layer import Layer, Stage

LAYER: Final = Layer(name="session", steps={Stage.SESSION: lambda _: os.setsid()})
