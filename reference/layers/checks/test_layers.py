"""Hidden tests of the two layers, compared in double precision with what torch's own compute."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drivers import (
    border,
    convolution_loaded,
    convolution_outputs,
    linear_loaded,
    linear_outputs,
    torch_convolution,
    torch_linear,
)

from grader.authoring import Note, Subject, assert_matches, assert_shape

MOST_MEAN = 1e-6  # the handout's, of outputs near 1; of larger ones this share of their mean
MOST_SHARE = 1e-5


def compare(got: Any, expected: Any) -> None:  # noqa: ANN401  # what drivers answer
    """Compare outputs place by place, and the mean absolute difference with the handout's bound."""
    assert_matches(got, expected)
    outputs, right = assert_shape(got, np.shape(expected)), np.asarray(expected)
    difference = float(np.abs(outputs - right).mean())
    bound = max(MOST_MEAN, MOST_SHARE * float(np.abs(right).mean()))
    assert difference <= bound, f"the mean absolute difference is {difference:.1e}, expected at most {bound:.1e}"


@pytest.mark.parametrize(("inputs", "outputs"), [(5, 3), (2, 7)], ids=["5 to 3", "2 to 7"])
def test_linear_state(
    student: Subject, reference: Subject, rng: np.random.Generator, inputs: int, outputs: int
) -> None:
    given = linear(rng, inputs, outputs) | {"x": uniform(rng, 3, inputs)}
    compare(student(linear_loaded, **given)["y"], reference(torch_linear, **given)["y"])


@pytest.mark.parametrize(
    ("samples", "inputs", "outputs"),
    [(4, 5, 3), (3, 6, 3)],
    ids=["4 samples, 5 to 3", "3 samples, 6 to 3"],
)
def test_linear_values(
    student: Subject, reference: Subject, rng: np.random.Generator, samples: int, inputs: int, outputs: int
) -> None:
    given = linear(rng, inputs, outputs) | {"x": uniform(rng, samples, inputs)}
    compare(student(linear_outputs, **given)["y"], reference(torch_linear, **given)["y"])


@pytest.mark.parametrize(("inputs", "outputs"), [(5, 8), (4, 1)], ids=["5 to 8", "4 to 1"])
def test_linear_one(student: Subject, reference: Subject, rng: np.random.Generator, inputs: int, outputs: int) -> None:
    given = linear(rng, inputs, outputs) | {"x": uniform(rng, 1, inputs)}
    compare(student(linear_outputs, **given)["y"], reference(torch_linear, **given)["y"])


@pytest.mark.parametrize(("inputs", "outputs"), [(5, 3), (2, 4)], ids=["5 to 3", "2 to 4"])
def test_linear_keeps(
    student: Subject, reference: Subject, rng: np.random.Generator, inputs: int, outputs: int
) -> None:
    given = linear(rng, inputs, outputs) | {"x": uniform(rng, 3, inputs)}
    got = student(linear_outputs, **given)
    compare(got["y"], reference(torch_linear, **given)["y"])
    assert_matches({"x": got["x"]}, {"x": given["x"]})


@pytest.mark.parametrize(
    ("channels", "filters", "size"), [(2, 4, 3), (3, 2, 5)], ids=["2 to 4, kernel 3", "3 to 2, kernel 5"]
)
def test_conv_state(
    student: Subject, reference: Subject, rng: np.random.Generator, channels: int, filters: int, size: int
) -> None:
    given = convolution(rng, channels, filters, size) | {"x": uniform(rng, 2, channels, size, size + 1)}
    compare(student(convolution_loaded, **given)["y"], reference(torch_convolution, options={}, **given)["y"])


@pytest.mark.parametrize(
    ("samples", "channels", "filters", "height", "width", "size"),
    [(3, 2, 4, 6, 8, 3), (2, 3, 2, 9, 7, 5)],
    ids=["3 images, 2 to 4, 6 x 8, kernel 3", "2 images, 3 to 2, 9 x 7, kernel 5"],
)
def test_conv_values(
    student: Subject, reference: Subject, rng: np.random.Generator, note: Note,
    samples: int, channels: int, filters: int, height: int, width: int, size: int,
) -> None:  # fmt: skip
    given = convolution(rng, channels, filters, size) | {"x": uniform(rng, samples, channels, height, width)}
    form = compare_convolutions(student, reference, given)
    note("the size is kept: rows and columns of zeros are added" if form == "same" else "nothing is added to the image")


@pytest.mark.parametrize(
    ("samples", "channels", "filters", "height", "width", "size"),
    [(1, 2, 3, 5, 6, 3), (3, 1, 1, 4, 6, 3), (2, 2, 3, 4, 5, 1), (2, 3, 2, 3, 3, 3)],
    ids=["one image", "one channel, one kernel", "kernel of one pixel", "kernel as large as the image"],
)
def test_conv_small(
    student: Subject, reference: Subject, rng: np.random.Generator,
    samples: int, channels: int, filters: int, height: int, width: int, size: int,
) -> None:  # fmt: skip
    given = convolution(rng, channels, filters, size) | {"x": uniform(rng, samples, channels, height, width)}
    compare_convolutions(student, reference, given)


@pytest.mark.parametrize(
    ("padding", "size"),
    [(1, 3), (2, 5)],
    ids=["padding 1, kernel 3", "padding 2, kernel 5"],
)
def test_conv_padding(
    student: Subject, reference: Subject, rng: np.random.Generator, padding: int, size: int,
    samples: int = 2, channels: int = 2, filters: int = 3, height: int = 6, width: int = 7,
) -> None:  # fmt: skip
    given = convolution(rng, channels, filters, size) | {"x": uniform(rng, samples, channels, height, width)}
    compare_convolutions(student, reference, given, padding=padding)


@pytest.mark.parametrize(("stride", "size"), [(2, 3), (3, 1)], ids=["stride 2, kernel 3", "stride 3, kernel 1"])
def test_conv_stride(
    student: Subject, reference: Subject, rng: np.random.Generator, stride: int, size: int,
    samples: int = 2, channels: int = 2, filters: int = 3, height: int = 7, width: int = 10,
) -> None:  # fmt: skip
    given = convolution(rng, channels, filters, size) | {"x": uniform(rng, samples, channels, height, width)}
    compare_convolutions(student, reference, given, stride=stride)


@pytest.mark.parametrize("options", [{"dilation": 2}, {"dilation": 3, "padding": 1}], ids=str)
def test_conv_dilation(
    student: Subject, reference: Subject, rng: np.random.Generator, options: dict[str, int],
    samples: int = 2, channels: int = 2, filters: int = 3, size: int = 3, height: int = 7, width: int = 8,
) -> None:  # fmt: skip
    given = convolution(rng, channels, filters, size) | {"x": uniform(rng, samples, channels, height, width)}
    compare_convolutions(student, reference, given, **options)


@pytest.mark.parametrize(
    ("groups", "channels", "filters"),
    [(2, 4, 6), (2, 6, 4), (3, 3, 6)],
    ids=["2 groups, 4 to 6", "2 groups, 6 to 4", "3 groups, 3 to 6"],
)
def test_conv_groups(
    student: Subject, reference: Subject, rng: np.random.Generator, groups: int, channels: int, filters: int,
    samples: int = 2, size: int = 3, height: int = 5, width: int = 6,
) -> None:  # fmt: skip
    given = convolution(rng, channels // groups, filters, size) | {"x": uniform(rng, samples, channels, height, width)}
    compare_convolutions(student, reference, given, groups=groups)


@pytest.mark.parametrize("size", [3, 1], ids="kernel {}".format)
def test_conv_no_bias(
    student: Subject, reference: Subject, rng: np.random.Generator, size: int,
    samples: int = 2, channels: int = 2, filters: int = 3, height: int = 5, width: int = 6,
) -> None:  # fmt: skip
    given = convolution(rng, channels, filters, size) | {"x": uniform(rng, samples, channels, height, width)}
    given["bias"] = np.zeros(0, np.float32)
    compare_convolutions(student, reference, given)


@pytest.mark.parametrize("size", [3, 1], ids="kernel {}".format)
def test_conv_keeps(
    student: Subject, reference: Subject, rng: np.random.Generator, size: int,
    samples: int = 2, channels: int = 2, filters: int = 3, height: int = 5, width: int = 6,
) -> None:  # fmt: skip
    given: dict[str, Any] = convolution(rng, channels, filters, size) | {"options": {}}
    given["x"] = uniform(rng, samples, channels, height, width)
    form = student(border)["form"]
    got = student(convolution_outputs, form=form, **given)
    compare(got["y"], reference(torch_convolution, form=form, **given)["y"])
    assert_matches({"x": got["x"]}, {"x": given["x"]})


def compare_convolutions(student: Subject, reference: Subject, given: dict[str, Any], **options: int) -> str:
    """Compare outputs with torch's, with what the submission does at the border by itself; return which that is."""
    form: Any = student(border)["form"]
    inputs: dict[str, Any] = given | {"options": options, "form": form}
    compare(student(convolution_outputs, **inputs)["y"], reference(torch_convolution, **inputs)["y"])
    return "same" if form == "same" else "valid"


def linear(rng: np.random.Generator, inputs: int, outputs: int) -> dict[str, np.ndarray]:
    """Draw the parameters of a fully connected layer."""
    return {"weight": normal(rng, inputs, outputs, inputs), "bias": normal(rng, 4, outputs)}


def convolution(rng: np.random.Generator, channels: int, filters: int, size: int) -> dict[str, np.ndarray]:
    """Draw the parameters of a convolution."""
    return {"weight": normal(rng, channels * size**2, filters, channels, size, size), "bias": normal(rng, 4, filters)}


def normal(rng: np.random.Generator, terms: int, *shape: int) -> np.ndarray:
    """Draw numbers of which so many, times inputs, add up to something near 1."""
    return rng.standard_normal(shape, np.float32) * np.float32(terms**-0.5)


def uniform(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Draw inputs in 0..1."""
    return rng.random(shape, np.float32)
