"""What stands behind the student's code in the sandbox of pytest-prairielearn-grader."""

import numpy as np
import torch

ANSWERS = {
    function.__name__: function
    for function in (
        linear, relu, leaky_relu, sigmoid, softmax, log_softmax, cross_entropy, mean_squared_error, convolve, max_pool,
        batch_norm, layer_norm, attention, momentum_step, loss_gradient,
    )
}  # fmt: skip


def answer(name: str, inputs: tuple, place: int | None) -> np.ndarray:
    """Call a function on tensors, and return what it returns as an array: of several the one at a place."""
    given = [torch.from_numpy(value) if isinstance(value, np.ndarray) else value for value in inputs]
    got = ANSWERS[name](*given)
    return np.asarray((got if place is None else got[place]).detach())
