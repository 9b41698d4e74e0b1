"""What every peer asks of a function: that it returns in each case what the reference returns."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from cases import CASES, drawn

import reference


def arguments(name: str, case: int) -> list[object]:
    """Draw the arguments of a function, arrays as tensors."""
    return [torch.from_numpy(value) if isinstance(value, np.ndarray) else value for value in drawn(name, case)]


def compare(name: str, function: Callable[..., object]) -> None:
    """Raise AssertionError where a function differs from the reference's of that name."""
    for case in CASES:
        expected = getattr(reference, name)(*arguments(name, case))
        torch.testing.assert_close(function(*arguments(name, case)), expected)
