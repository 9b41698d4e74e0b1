"""Hidden tests of modules/convolution.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from drivers import layer_backward, layer_both_ways, layer_forward

from grader.authoring import Subject, assert_matches


@dataclass(frozen=True)
class Case:
    """A batch of images and the layer that looks at it."""

    name: str
    images: tuple[int, int, int, int]
    filters: int
    kernel: int
    stride: int = 1
    padding: int = 0

    def __str__(self) -> str:
        return self.name


FORWARD = (
    Case("3 x 3 filters, padding 1", (2, 2, 4, 4), filters=3, kernel=3, padding=1),
    Case("2 x 2 filters, no padding", (2, 3, 4, 4), filters=2, kernel=2),
)
BACKWARD = (
    Case("3 x 3 filters, padding 1", (2, 2, 4, 4), filters=3, kernel=3, padding=1),
    Case("2 x 2 filters, padding 1", (3, 2, 3, 3), filters=2, kernel=2, padding=1),
)
FORWARD_STRIDE = (
    Case("stride 2, windows fit", (2, 2, 5, 5), filters=2, kernel=3, stride=2),
    Case("stride 2, last row and column left over", (2, 2, 6, 6), filters=2, kernel=3, stride=2),
    Case("stride 3 past 2 x 2 filters, two left over", (2, 2, 5, 5), filters=2, kernel=2, stride=3, padding=1),
)
BACKWARD_STRIDE = (
    Case("stride 2, windows overlap", (2, 2, 5, 5), filters=2, kernel=3, stride=2, padding=1),
    Case("stride 2, windows side by side", (2, 2, 4, 4), filters=2, kernel=2, stride=2, padding=1),
)
BACKWARD_NO_PADDING = (
    Case("3 x 3 filters", (2, 2, 5, 5), filters=2, kernel=3),
    Case("2 x 2 filters", (2, 2, 3, 3), filters=3, kernel=2),
)
# At least padding + 1 rows and columns are left over, so that some of them are the image's own.
BACKWARD_BORDER = (
    Case("stride 3 past 2 x 2 filters", (2, 2, 5, 5), filters=2, kernel=2, stride=3, padding=1),
    Case("stride 4 past 2 x 2 filters", (2, 2, 6, 6), filters=3, kernel=2, stride=4, padding=1),
)
SHAPES = (
    Case("4 x 7 images", (2, 2, 4, 7), filters=2, kernel=3, padding=1),
    Case("3 x 6 images", (2, 2, 3, 6), filters=2, kernel=2, padding=1),
    Case("one sample", (1, 2, 4, 4), filters=2, kernel=3, padding=1),
    Case("one channel, one filter, 1 x 1 kernel", (2, 1, 3, 3), filters=1, kernel=1, padding=1),
)


@pytest.mark.parametrize("case", FORWARD, ids=str)
def test_conv_forward(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    inputs = layer_and_batch(rng, case)
    assert_matches(student(layer_forward, **inputs), reference(layer_forward, **inputs))


@pytest.mark.parametrize("case", BACKWARD, ids=str)
def test_conv_backward(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    inputs = layer_and_batch(rng, case) | gradient(rng, case)
    assert_matches(student(layer_backward, **inputs), reference(layer_backward, **inputs))


@pytest.mark.parametrize("case", FORWARD_STRIDE, ids=str)
def test_conv_forward_stride(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    inputs = layer_and_batch(rng, case)
    assert_matches(student(layer_forward, **inputs), reference(layer_forward, **inputs))


@pytest.mark.parametrize("case", BACKWARD_STRIDE, ids=str)
def test_conv_backward_stride(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    inputs = layer_and_batch(rng, case) | gradient(rng, case)
    assert_matches(student(layer_backward, **inputs), reference(layer_backward, **inputs))


@pytest.mark.parametrize("case", BACKWARD_NO_PADDING, ids=str)
def test_conv_backward_no_padding(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    inputs = layer_and_batch(rng, case) | gradient(rng, case)
    assert_matches(student(layer_backward, **inputs), reference(layer_backward, **inputs))


@pytest.mark.parametrize("case", BACKWARD_BORDER, ids=str)
def test_conv_backward_border(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    inputs = layer_and_batch(rng, case) | gradient(rng, case)
    assert_matches(student(layer_backward, **inputs), reference(layer_backward, **inputs))


@pytest.mark.parametrize("case", SHAPES, ids=str)
def test_conv_shapes(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    inputs = layer_and_batch(rng, case) | gradient(rng, case)
    assert_matches(student(layer_both_ways, **inputs), reference(layer_both_ways, **inputs))


def layer_and_batch(rng: np.random.Generator, case: Case) -> dict[str, Any]:
    channels = case.images[1]
    return {
        "kind": "Conv2D",
        "arguments": [channels, case.filters, case.kernel, case.stride, case.padding],
        "parameters": {
            "weight": rng.normal(size=(case.filters, channels, case.kernel, case.kernel)),
            "bias": rng.normal(size=case.filters),
        },
        "x": rng.normal(size=case.images),
    }


def gradient(rng: np.random.Generator, case: Case) -> dict[str, np.ndarray]:
    samples, _, height, width = case.images
    down, across = ((size + 2 * case.padding - case.kernel) // case.stride + 1 for size in (height, width))
    return {"dout": rng.normal(size=(samples, case.filters, down, across))}
