"""How to call the fifteen functions. Not secret: the worker gets this file."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from grader.drivers.implementation import Implementation, Tree


def result(impl: Implementation, name: str, arguments: list[Any]) -> Tree:
    """Call a function on tensors, and give what it returns as arrays."""
    given = [torch.from_numpy(value.copy()) if isinstance(value, np.ndarray) else value for value in arguments]
    got = impl.load(f"networks:{name}")(*given)
    return {name: [one.detach().numpy() for one in got] if isinstance(got, tuple) else got.detach().numpy()}
