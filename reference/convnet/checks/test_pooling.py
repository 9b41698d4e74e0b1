"""Hidden tests of modules/max_pool.py. No two pixels are equal, so that each window has one maximum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from drivers import layer_backward, layer_both_ways, layer_forward

from grader.authoring import Subject, assert_matches


@dataclass(frozen=True)
class Case:
    """A batch of images and the windows that slide over it; `peak` is a pixel made larger than all others."""

    name: str
    images: tuple[int, int, int, int]
    kernel: int
    stride: int
    peak: tuple[int, int] | None = None

    def __str__(self) -> str:
        return self.name


FORWARD = (
    Case("2 x 2 windows", (2, 2, 4, 4), kernel=2, stride=2),
    Case("3 x 3 windows", (2, 3, 6, 6), kernel=3, stride=3),
)
FORWARD_WINDOWS = (
    Case("3 x 3 windows overlap at stride 1", (2, 2, 5, 5), kernel=3, stride=1),
    Case("3 x 3 windows overlap at stride 2", (2, 2, 5, 5), kernel=3, stride=2),
    Case("2 x 2 windows leave gaps at stride 3, one pixel left over", (2, 2, 6, 6), kernel=2, stride=3),
    Case("2 x 2 windows, one pixel left over", (2, 2, 5, 5), kernel=2, stride=2),
)
BACKWARD = FORWARD
# The peak is in several windows, so that their gradients must meet in it.
BACKWARD_OVERLAP = (
    Case("3 x 3 windows at stride 1", (2, 2, 4, 4), kernel=3, stride=1, peak=(1, 2)),
    Case("3 x 3 windows at stride 2", (2, 2, 5, 5), kernel=3, stride=2, peak=(2, 2)),
)
BORDER = (
    Case("5 x 8 images, 2 x 2 windows at stride 3", (2, 2, 5, 8), kernel=2, stride=3),
    Case("8 x 5 images, 2 x 2 windows at stride 3", (2, 2, 8, 5), kernel=2, stride=3),
    Case("3 x 7 images, 2 x 2 windows at stride 2", (1, 1, 3, 7), kernel=2, stride=2),
    Case("7 x 4 images, 3 x 3 windows at stride 3", (2, 1, 7, 4), kernel=3, stride=3),
)


@pytest.mark.parametrize("case", FORWARD, ids=str)
def test_pool_forward(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    inputs = layer_and_batch(rng, case)
    assert_matches(student(layer_forward, **inputs), reference(layer_forward, **inputs))


@pytest.mark.parametrize("case", FORWARD_WINDOWS, ids=str)
def test_pool_forward_windows(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    inputs = layer_and_batch(rng, case)
    assert_matches(student(layer_forward, **inputs), reference(layer_forward, **inputs))


@pytest.mark.parametrize("case", BACKWARD, ids=str)
def test_pool_backward(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    inputs = layer_and_batch(rng, case) | gradient(rng, case)
    assert_matches(student(layer_backward, **inputs), reference(layer_backward, **inputs))


@pytest.mark.parametrize("case", BACKWARD_OVERLAP, ids=str)
def test_pool_backward_overlap(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    inputs = layer_and_batch(rng, case) | gradient(rng, case)
    assert_matches(student(layer_backward, **inputs), reference(layer_backward, **inputs))


@pytest.mark.parametrize("case", BORDER, ids=str)
def test_pool_border(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    inputs = layer_and_batch(rng, case) | gradient(rng, case)
    assert_matches(student(layer_both_ways, **inputs), reference(layer_both_ways, **inputs))


def layer_and_batch(rng: np.random.Generator, case: Case) -> dict[str, Any]:
    x = rng.normal(size=case.images) - 1  # so that windows without a positive number are among them
    if case.peak:
        x[:, :, *case.peak] += 20  # more than any draw from the normal distribution reaches
    return {"kind": "MaxPooling", "arguments": [case.kernel, case.stride], "parameters": {}, "x": x}


def gradient(rng: np.random.Generator, case: Case) -> dict[str, np.ndarray]:
    samples, channels, height, width = case.images
    down, across = ((size - case.kernel) // case.stride + 1 for size in (height, width))
    return {"dout": rng.normal(size=(samples, channels, down, across))}
