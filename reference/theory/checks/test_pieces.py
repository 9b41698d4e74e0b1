"""Hidden tests of a ReLU network's affine pieces: the general function, and the handout's own points."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from drivers import TABLES, affine_and_its_arguments, affine_answer, local_affine

from grader.authoring import Subject, assert_matches, assert_matches_either, assert_readable, assert_shape

Widths = tuple[int, ...]

# Two hidden layers, as in the handout: its own widths, and layers that are all square.
TWO_HIDDEN = ((1, 2, 2, 1), (3, 3, 3, 3), (4, 4, 4, 4))
DEEP = ((3, 2), (3, 4, 2), (2, 4, 3, 5, 2), (3, 3, 3, 3, 3, 3))
KINKED = ((2, 3, 2), (3, 4, 3, 2))
# Who computes in single precision is right: measured over 300 seeds, its error is at most a ninth of this.
SINGLE: dict[str, float] = {"rtol": 1e-5, "atol": 1e-5}
A_STEP = 2.0**-10  # aside from a kink: no other unit of the first layer is nearer to one than 1/2


@pytest.mark.parametrize("widths", TWO_HIDDEN, ids=lambda widths: f"widths {widths}")
def test_affine_meets(student: Subject, reference: Subject, rng: np.random.Generator, widths: Widths) -> None:
    inputs = network_and_point(rng, widths)
    got, expected = student(local_affine, **inputs), reference(local_affine, **inputs)
    for symbol in ("W", "b"):
        assert_shape(got[symbol], expected[symbol].shape, name=symbol)
    h, at_x0 = (piece["W"] @ inputs["x0"] + piece["b"] for piece in (expected, got))
    assert_matches({"h": at_x0}, {"h": h}, **SINGLE)


@pytest.mark.parametrize("widths", TWO_HIDDEN, ids=lambda widths: f"widths {widths}")
def test_affine_slope(student: Subject, reference: Subject, rng: np.random.Generator, widths: Widths) -> None:
    inputs = network_and_point(rng, widths)
    got, expected = student(local_affine, **inputs), reference(local_affine, **inputs)
    assert_matches({"W": got["W"]}, {"W": expected["W"]}, **SINGLE)


@pytest.mark.parametrize("widths", DEEP, ids=lambda widths: f"widths {widths}")
def test_affine_deep(student: Subject, reference: Subject, rng: np.random.Generator, widths: Widths) -> None:
    inputs = network_and_point(rng, widths)
    is_given = len(widths) == 2  # W and b of a single layer are what is given
    assert_matches(student(local_affine, **inputs), reference(local_affine, **inputs), **SINGLE, secret=is_given)


@pytest.mark.parametrize("widths", KINKED, ids=lambda widths: f"widths {widths}")
def test_affine_kink(student: Subject, reference: Subject, rng: np.random.Generator, widths: Widths) -> None:
    params, x0 = network_with_a_kink(rng, widths)
    across = A_STEP * params[0][0][0]
    sides = [reference(local_affine, params=params, x0=x0 + side) for side in (across, -across)]
    assert_matches_either(student(local_affine, params=params, x0=x0), *sides, **SINGLE)


@pytest.mark.parametrize("widths", [(2, 3, 2), (3, 3, 3, 3)], ids=lambda widths: f"widths {widths}")
def test_affine_keeps_arguments(student: Subject, reference: Subject, rng: np.random.Generator, widths: Widths) -> None:
    inputs = network_and_point(rng, widths)
    got, expected = (subject(affine_and_its_arguments, **inputs) for subject in (student, reference))
    computed, given = ("W", "b"), ("params", "x0")
    assert_matches({name: got[name] for name in given}, {name: expected[name] for name in given}, secret=True)
    assert_matches({name: got[name] for name in computed}, {name: expected[name] for name in computed}, **SINGLE)


@pytest.mark.parametrize(
    ("x0", "symbol"), [pytest.param(x0, symbol, id=f"{symbol} at x0 = {x0}") for x0 in TABLES for symbol in "Wb"]
)
def test_affine_answer(student: Subject, reference: Subject, x0: int, symbol: str) -> None:
    got, expected = student(affine_answer, x0=x0), reference(affine_answer, x0=x0)
    assert_readable(got["problems"], symbol)
    assert_matches({symbol: got[symbol]}, {symbol: expected[symbol]})


def network_and_point(rng: np.random.Generator, widths: Widths) -> dict[str, Any]:
    """Draw a network of which, in each hidden layer, some units are on at a point and some are off."""
    x0 = rng.normal(size=widths[0])
    params, h = [], x0
    for inputs, outputs in pairwise(widths):
        W = rng.normal(size=(outputs, inputs))
        z = np.where(np.arange(outputs) % 2, -1, 1) * rng.uniform(0.5, 1.5, size=outputs)
        params.append([W, z - W @ h])
        h = np.maximum(z, 0)
    return {"params": params, "x0": x0}


def network_with_a_kink(rng: np.random.Generator, widths: Widths) -> tuple[list[list[np.ndarray]], np.ndarray]:
    """Draw a network and a point at which the first unit is exactly 0, in whatever order its terms are added up."""
    x0 = rng.integers(1, 5, size=widths[0]).astype(float)
    W = rng.integers(1, 5, size=(widths[1], widths[0])).astype(float)
    z = rng.integers(-3, 3, size=widths[1]) + 0.5
    z[:3] = 0.0, 1.5, -1.5  # beside the kink one unit is on and one is off, so that both sides have something to say
    params, h = [[W, z - W @ x0]], np.maximum(z, 0)
    for inputs, outputs in pairwise(widths[1:]):
        weight, z = rng.normal(size=(outputs, inputs)), rng.uniform(1.0, 2.0, size=outputs)
        params.append([weight, z - weight @ h])
        h = z
    return params, x0
