"""Hidden tests of one layer: its outputs, one gradient at a time, and what only certain sizes show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drivers import backward, forward, variables

from grader.authoring import Subject, assert_matches

SIZES = pytest.mark.parametrize("kernel_size", [2, 3], ids="kernel {}".format)


def compare_outputs(student: Subject, reference: Subject, rng: np.random.Generator, *sizes: int, **others: int) -> None:
    inputs = layer(rng, *sizes, **others)
    assert_matches(student(forward, **inputs), reference(forward, **inputs))


@pytest.mark.parametrize("kernel_size", [2, 3], ids="kernel {}".format)
def test_forward_values(
    student: Subject,
    reference: Subject,
    rng: np.random.Generator,
    kernel_size: int,
    height: int = 6,
    width: int = 6,
    samples: int = 3,
    channels: int = 2,
    filters: int = 4,
) -> None:
    compare_outputs(
        student, reference, rng, height, width, kernel_size, 1, samples=samples, channels=channels, filters=filters
    )


@pytest.mark.parametrize("stride", [2, 3], ids="stride {}".format)
def test_forward_stride(
    student: Subject,
    reference: Subject,
    rng: np.random.Generator,
    stride: int,
    height: int = 10,
    width: int = 10,
    samples: int = 3,
    channels: int = 2,
    filters: int = 4,
    kernel_size: int = 3,
) -> None:
    compare_outputs(
        student, reference, rng, height, width, kernel_size, stride, samples=samples, channels=channels, filters=filters
    )


@pytest.mark.parametrize("size", [(5, 8), (9, 6)], ids=str)
def test_forward_rectangle(
    student: Subject,
    reference: Subject,
    rng: np.random.Generator,
    size: tuple[int, int],
    samples: int = 3,
    channels: int = 2,
    filters: int = 4,
    kernel_size: int = 3,
    stride: int = 2,
) -> None:
    compare_outputs(
        student, reference, rng, *size, kernel_size, stride, samples=samples, channels=channels, filters=filters
    )


@pytest.mark.parametrize(
    ("size", "kernel_size", "stride", "samples"),
    [((4, 5), 1, 1, 2), ((7, 5), 1, 3, 2), ((5, 6), 3, 1, 1), ((4, 4), 4, 2, 2)],
    ids=["kernel 1", "kernel 1, stride 3", "one sample", "kernel as large as the image"],
)
def test_forward_small(
    student: Subject,
    reference: Subject,
    rng: np.random.Generator,
    size: tuple[int, int],
    kernel_size: int,
    stride: int,
    samples: int,
) -> None:
    compare_outputs(student, reference, rng, *size, kernel_size, stride, samples=samples, filters=1 + samples)


def compare_gradients(student: Subject, reference: Subject, inputs: dict[str, Any], *names: str) -> None:
    got, expected = (subject(backward, **inputs) for subject in (student, reference))
    assert_matches({name: got[name] for name in names}, {name: expected[name] for name in names})


@SIZES
def test_bias_gradient(
    student: Subject,
    reference: Subject,
    rng: np.random.Generator,
    kernel_size: int,
    height: int = 6,
    width: int = 6,
    samples: int = 3,
    channels: int = 2,
    filters: int = 4,
) -> None:
    inputs = with_gradient(
        rng, layer(rng, height, width, kernel_size, 1, samples=samples, channels=channels, filters=filters)
    )
    compare_gradients(student, reference, inputs, "bias_gradient")


@SIZES
def test_kernel_gradient(
    student: Subject,
    reference: Subject,
    rng: np.random.Generator,
    kernel_size: int,
    height: int = 6,
    width: int = 6,
    samples: int = 3,
    channels: int = 2,
    filters: int = 4,
) -> None:
    inputs = with_gradient(
        rng, layer(rng, height, width, kernel_size, 1, samples=samples, channels=channels, filters=filters)
    )
    compare_gradients(student, reference, inputs, "kernel_gradient")


@SIZES
def test_inputs_gradient(
    student: Subject,
    reference: Subject,
    rng: np.random.Generator,
    kernel_size: int,
    height: int = 6,
    width: int = 6,
    samples: int = 3,
    channels: int = 2,
    filters: int = 4,
) -> None:
    inputs = with_gradient(
        rng, layer(rng, height, width, kernel_size, 1, samples=samples, channels=channels, filters=filters)
    )
    compare_gradients(student, reference, inputs, "inputs_gradient")


@pytest.mark.parametrize("stride", [2, 3], ids="stride {}".format)
def test_gradients_stride(
    student: Subject,
    reference: Subject,
    rng: np.random.Generator,
    stride: int,
    samples: int = 3,
    channels: int = 2,
    filters: int = 4,
    size: int = 3,
    steps: int = 2,
) -> None:
    inputs = with_gradient(
        rng,
        layer(
            rng,
            size + steps * stride,
            size + steps * stride,
            size,
            stride,
            samples=samples,
            channels=channels,
            filters=filters,
        ),
    )
    compare_gradients(student, reference, inputs, "kernel_gradient", "inputs_gradient")


@pytest.mark.parametrize(
    ("size", "kernel_size", "stride"),
    [((8, 9), 3, 3), ((8, 11), 3, 4), ((9, 7), 2, 4), ((6, 8), 1, 2)],
    ids=["stride 3", "stride 4", "kernel 2, stride 4", "kernel 1, stride 2"],
)
def test_gradients_borders(
    student: Subject,
    reference: Subject,
    rng: np.random.Generator,
    size: tuple[int, int],
    kernel_size: int,
    stride: int,
    samples: int = 3,
    channels: int = 2,
    filters: int = 4,
) -> None:
    inputs = with_gradient(
        rng, layer(rng, *size, kernel_size, stride, samples=samples, channels=channels, filters=filters)
    )
    compare_gradients(student, reference, inputs, "kernel_gradient", "inputs_gradient")


@pytest.mark.parametrize(
    ("size", "kernel_size", "samples"), [((4, 6), 3, 1), ((5, 4), 1, 2), ((3, 3), 3, 2)],
    ids=["one sample", "kernel 1", "kernel as large as the image"],
)  # fmt: skip
def test_gradients_small(
    student: Subject,
    reference: Subject,
    rng: np.random.Generator,
    size: tuple[int, int],
    kernel_size: int,
    samples: int,
) -> None:
    outputs = np.zeros(0)
    while not outputs.any():  # of a single filter ReLU may leave nothing, and then every gradient is 0
        inputs = with_gradient(rng, layer(rng, *size, kernel_size, 1, samples=samples, filters=1, channels=1))
        outputs = inputs["outputs"]
    compare_gradients(student, reference, inputs, "kernel_gradient", "inputs_gradient")


@SIZES
def test_variables(
    student: Subject,
    reference: Subject,
    rng: np.random.Generator,
    kernel_size: int,
    height: int = 5,
    width: int = 5,
    samples: int = 3,
    channels: int = 2,
    filters: int = 3,
) -> None:
    inputs = with_gradient(
        rng, layer(rng, height, width, kernel_size, 1, samples=samples, channels=channels, filters=filters)
    )
    got, expected = (subject(variables, **inputs) for subject in (student, reference))
    shapes, expected_shapes = got.pop("shapes"), expected.pop("shapes")
    assert_matches(got, expected)
    assert shapes == expected_shapes, "the gradients by kernel and bias have the shapes of these"


def layer(
    rng: np.random.Generator, height: int, width: int, kernel_size: int, stride: int, samples: int = 3,
    channels: int = 2, filters: int = 4,
) -> dict[str, Any]:  # fmt: skip
    """Draw images and the variables of a layer."""
    return {
        "images": rng.normal(size=(samples, height, width, channels)).astype(np.float32),
        "kernel": rng.normal(0, 0.5, size=(kernel_size, kernel_size, channels, filters)).astype(np.float32),
        "bias": rng.normal(0, 0.3, size=filters).astype(np.float32),
        "stride": stride,
    }


def with_gradient(rng: np.random.Generator, inputs: dict[str, Any]) -> dict[str, Any]:
    """Add the outputs of a layer, and a gradient by them."""
    outputs = convolved(inputs["images"], inputs["kernel"], inputs["bias"], inputs["stride"])
    gradient = rng.normal(size=outputs.shape).astype(np.float32)
    return {**inputs, "outputs": outputs, "outputs_gradient": gradient}


def convolved(images: np.ndarray, kernel: np.ndarray, bias: np.ndarray, stride: int) -> np.ndarray:
    """Convolve images and apply ReLU, a second way: over all windows at once."""
    size = kernel.shape[0]
    windows = np.lib.stride_tricks.sliding_window_view(images.astype(np.float64), (size, size), (1, 2))
    outputs = np.einsum("nhwcij,ijcf->nhwf", windows[:, ::stride, ::stride], kernel) + bias
    return np.maximum(outputs, 0).astype(np.float32)
