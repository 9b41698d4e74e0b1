"""What stands behind the student's code in the sandbox of pytest-prairielearn-grader."""

import numpy as np
import torch


def answer(name: str, inputs: tuple, place: int | None) -> np.ndarray:
    """Call a function on tensors, and return what it returns as an array: of several the one at a place."""
    given = [torch.from_numpy(value) if isinstance(value, np.ndarray) else value for value in inputs]
    got = globals()[name](*given)
    return np.asarray((got if place is None else got[place]).detach())
