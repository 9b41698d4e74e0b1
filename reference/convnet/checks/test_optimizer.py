"""Hidden tests of optimizer/sgd.py, with reg = 0: whether and where weights are pulled to zero is not judged."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drivers import sgd_steps

from grader.authoring import Subject, assert_matches

Shapes = tuple[dict[str, tuple[int, ...]], ...]

# As Conv2D, ReLU and Linear have them; empty is a layer without parameters.
ONE_LAYER: Shapes = ({"weight": (3, 2), "bias": (2,)},)
ONE_LAYER_OF_THREE: Shapes = ({}, {"weight": (2, 2, 3, 3), "bias": (2,)}, {})
TWINS: Shapes = ({"weight": (3, 3), "bias": (3,)}, {}, {"weight": (3, 3), "bias": (3,)})
TRIPLETS: Shapes = ({"weight": (2, 1, 2, 2), "bias": (2,)},) * 3


@pytest.mark.parametrize("shapes", [ONE_LAYER, ONE_LAYER_OF_THREE], ids=["one layer", "between two without parameters"])
def test_sgd_step(student: Subject, reference: Subject, rng: np.random.Generator, shapes: Shapes) -> None:
    inputs = steps(rng, shapes, rates=[0.1])
    assert_matches(student(sgd_steps, **inputs), reference(sgd_steps, **inputs))


@pytest.mark.parametrize("shapes", [TWINS, TRIPLETS], ids=["two layers", "three layers"])
def test_sgd_momentum(
    student: Subject, reference: Subject, rng: np.random.Generator, shapes: Shapes, count: int = 4
) -> None:
    inputs = steps(rng, shapes, rates=[0.1] * count)
    assert_matches(student(sgd_steps, **inputs), reference(sgd_steps, **inputs))


@pytest.mark.parametrize("rates", [[0.1, 0.05, 0.025, 0.0125], [0.01, 0.02, 0.2]], ids=["falling", "rising"])
def test_sgd_rate(student: Subject, reference: Subject, rng: np.random.Generator, rates: list[float]) -> None:
    inputs = steps(rng, ONE_LAYER, rates)
    assert_matches(student(sgd_steps, **inputs), reference(sgd_steps, **inputs))


def steps(rng: np.random.Generator, shapes: Shapes, rates: list[float]) -> dict[str, Any]:
    return {
        "parameters": [{name: rng.normal(size=shape) for name, shape in layer.items()} for layer in shapes],
        "gradients": [
            [{f"d{name[0]}": rng.normal(size=shape) for name, shape in layer.items()} for layer in shapes]
            for _ in rates
        ],
        "rates": rates,
        "momentum": rng.uniform(0.5, 0.95),
    }
