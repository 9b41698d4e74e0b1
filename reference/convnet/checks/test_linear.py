"""Hidden tests of modules/linear.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drivers import layer_backward, layer_forward

from grader.authoring import Subject, assert_matches

OUTPUTS = 4


@pytest.mark.parametrize("shape", [(3, 5), (2, 3, 2, 2)], ids=str)
def test_linear_forward(
    student: Subject, reference: Subject, rng: np.random.Generator, shape: tuple[int, ...], outputs: int = OUTPUTS
) -> None:
    inputs = layer_and_batch(rng, shape, outputs)
    assert_matches(student(layer_forward, **inputs), reference(layer_forward, **inputs))


@pytest.mark.parametrize("shape", [(3, 5), (2, 3, 2, 2), (3, 2, 1, 3)], ids=str)
def test_linear_backward(
    student: Subject, reference: Subject, rng: np.random.Generator, shape: tuple[int, ...], outputs: int = OUTPUTS
) -> None:
    inputs = layer_and_batch(rng, shape, outputs) | {"dout": rng.normal(size=(shape[0], outputs))}
    assert_matches(student(layer_backward, **inputs), reference(layer_backward, **inputs))


def layer_and_batch(rng: np.random.Generator, shape: tuple[int, ...], outputs: int) -> dict[str, Any]:
    inputs = int(np.prod(shape[1:]))
    return {
        "kind": "Linear",
        "arguments": [inputs, outputs],
        "parameters": {"weight": rng.normal(size=(inputs, outputs)), "bias": rng.normal(size=outputs)},
        "x": rng.normal(size=shape),
    }
