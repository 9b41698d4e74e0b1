"""Hidden tests of modules/relu.py. No input is zero, where either gradient would be right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drivers import layer_backward, layer_forward

from grader.authoring import Subject, assert_matches

SHAPES = ((4, 5), (2, 2, 3, 3))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_relu_forward(student: Subject, reference: Subject, rng: np.random.Generator, shape: tuple[int, ...]) -> None:
    inputs = layer_and_batch(rng, shape)
    assert_matches(student(layer_forward, **inputs), reference(layer_forward, **inputs))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_relu_backward(student: Subject, reference: Subject, rng: np.random.Generator, shape: tuple[int, ...]) -> None:
    inputs = layer_and_batch(rng, shape) | {"dout": rng.normal(size=shape)}
    assert_matches(student(layer_backward, **inputs), reference(layer_backward, **inputs))


def layer_and_batch(rng: np.random.Generator, shape: tuple[int, ...]) -> dict[str, Any]:
    return {"kind": "ReLU", "arguments": [], "parameters": {}, "x": rng.normal(size=shape)}
