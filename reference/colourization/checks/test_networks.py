"""Hidden tests of the three networks: which layers they have, and what they compute with given parameters.

What a worker counts, shapes and sizes, is the same for everybody: it may cost points and never earns any. These follow
from numbers, which depend on hidden ones: from what goes through the layers, or from the scores themselves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from drivers import OPERATION_NAMES, forward, layers, output_size, parameters, scores

from grader.authoring import Subject, assert_matches, equal
from grader.authoring.layer_traces import Trace, traced

Shape = Sequence[int]


@dataclass(frozen=True)
class Case:
    """Arguments of a network, and the pictures that it is shown. No two of NIC, NF, NC, H and W are equal."""

    kernel: int
    filters: int
    colours: int
    channels: int
    height: int = 8
    width: int = 12

    def __str__(self) -> str:
        return f"k {self.kernel}, NF {self.filters}, NC {self.colours}, NIC {self.channels}"

    @property
    def settings(self) -> list[int]:
        return [self.kernel, self.filters, self.colours, self.channels]


SIZES = (Case(3, 8, 24, 1), Case(3, 4, 6, 3))
CASES = (Case(3, 5, 7, 1), Case(3, 4, 6, 3, height=16, width=4))
KERNELS = (Case(5, 4, 6, 1), Case(7, 5, 3, 1, height=12, width=8))
IMAGES = 3
MANY = 4099  # numbers that parameters are filled with, again and again: a prime, so that no two are alike
MOST = 10**6  # no number of a shape is larger: others are not repeated


@pytest.mark.parametrize("case", SIZES, ids=str)
def test_pool_parameters(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    compare_parameters(student, reference, rng, "PoolUpsampleNet", case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_pool_scores(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    compare_scores(student, reference, rng, "PoolUpsampleNet", case)


@pytest.mark.parametrize("case", KERNELS, ids=str)
def test_pool_kernel(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    model, x = "PoolUpsampleNet", pictures(rng, case)
    inputs = {"model": model, "settings": case.settings, "x": x}
    got, expected = student(output_size, **inputs)["shape"], reference(output_size, **inputs)["shape"]
    assert got == expected, (
        f"the scores have shape {written(got)}, expected {written(expected)}, as large as the picture"
    )
    seen = shown(student, rng, model, case, x)
    down_and_up = [(case.height // step, case.width // step) for step in (1, 2, 4, 2)]
    kernels = [shape[2:] for shape in seen.shapes if len(shape) == 4][:4]
    if not seen.has_scores or seen.sizes[:4] != down_and_up or kernels != [[case.kernel, case.kernel]] * 4:
        assert has_right_scores(student, reference, rng, model, case), (
            f"the size cannot be followed through its layers: {seen.fault or 'they are not those of the figure'}"
        )


@pytest.mark.parametrize("case", SIZES, ids=str)
def test_transpose_parameters(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    compare_parameters(student, reference, rng, "ConvTransposeNet", case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_transpose_scores(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    compare_scores(student, reference, rng, "ConvTransposeNet", case)


@pytest.mark.parametrize("case", SIZES, ids=str)
def test_unet_parameters(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    compare_parameters(student, reference, rng, "UNet", case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_unet_scores(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    compare_scores(student, reference, rng, "UNet", case)


def compare_parameters(student: Subject, reference: Subject, rng: np.random.Generator, model: str, case: Case) -> None:
    """Compare shapes, and have them shown: by layers that use them, or by scores that need them."""
    inputs = {"model": model, "settings": case.settings}
    got, expected = student(parameters, **inputs)["shapes"], reference(parameters, **inputs)["shapes"]
    if got != expected:
        missing = next((f"; one of shape {written(shape)} is missing" for shape in without(expected, got)), "")
        raise AssertionError(f"{model} has {totals(got)}, expected {totals(expected)}{missing}")
    seen = shown(student, rng, model, case, pictures(rng, case))
    if sorted_shapes(seen.shapes) != sorted_shapes(expected):
        why = seen.fault or f"forward uses {totals(seen.shapes)}"
        assert has_right_scores(student, reference, rng, model, case), (
            f"{model} has the parameters of the figure, but does not use them as its layers do: {why}"
        )


def shown(student: Subject, rng: np.random.Generator, model: str, case: Case, x: np.ndarray) -> Trace:
    """Fill the parameters with hidden numbers and follow pictures through the layers."""
    many = rng.normal(0, 0.3, MANY).astype(np.float32)
    return traced(student(forward, model=model, settings=case.settings, numbers=many, x=x), many, x)


def compare_scores(student: Subject, reference: Subject, rng: np.random.Generator, model: str, case: Case) -> None:
    inputs: dict[str, Any] = {"model": model, "settings": case.settings}
    tensors, x = numbers(rng, model, case), pictures(rng, case)
    got, expected = (subject(scores, **inputs, tensors=tensors, x=x) for subject in (student, reference))
    if sorted_shapes(got["shapes"]) != sorted_shapes(expected["shapes"]):
        raise AssertionError(
            first_difference(got["shapes"], expected["shapes"])
            or f"forward uses {totals(got['shapes'])}, expected {totals(expected['shapes'])}"
        )
    if equal(got["scores"], expected["scores"]) or is_right_turned(student, expected, tensors, x, model, case):
        return
    ran, in_figure = (subject(layers, **inputs, x=x)["ran"] for subject in (student, reference))
    assert_matches({"scores": got["scores"]}, {"scores": expected["scores"]}, seen=structure(ran, in_figure))


def is_right_turned(
    student: Subject, expected: dict[str, Any], tensors: list[np.ndarray], x: np.ndarray, model: str, case: Case
) -> bool:
    """Whoever joins the skipped part first is right with the weights of the next layer in that order."""
    inputs: dict[str, Any] = {"model": model, "settings": case.settings, "x": x}
    orders = other_orders(tensors, model, case)
    return any(equal(student(scores, **inputs, tensors=turned)["scores"], expected["scores"]) for turned in orders)


def has_right_scores(student: Subject, reference: Subject, rng: np.random.Generator, model: str, case: Case) -> bool:
    """Return whether a network computes what the figure computes, however its layers are written."""
    inputs: dict[str, Any] = {"model": model, "settings": case.settings}
    tensors, x = numbers(rng, model, case), pictures(rng, case)
    got, expected = (subject(scores, **inputs, tensors=tensors, x=x) for subject in (student, reference))
    is_right = equal(got["scores"], expected["scores"])
    return is_right or is_right_turned(student, expected, tensors, x, model, case)


def plan(model: str, case: Case) -> list[Shape]:
    """List the shapes of the parameters in the order of their first use."""
    k, filters, colours, channels = case.settings
    joined = (colours + channels) if model == "UNet" else colours
    steps = [(channels, filters), (filters, 2 * filters), (2 * filters, filters), (filters, colours), (joined, colours)]
    if model == "UNet":
        steps[3] = (2 * filters, colours)
    shapes: list[Shape] = []
    for number, (inputs, outputs) in enumerate(steps):
        is_transposed = model != "PoolUpsampleNet" and number in {2, 3}
        shapes += [(inputs, outputs, k, k) if is_transposed else (outputs, inputs, k, k), (outputs,)]
        shapes += [(outputs,), (outputs,)] if number < 4 else []
    return shapes


def numbers(rng: np.random.Generator, model: str, case: Case) -> list[np.ndarray]:
    """Draw a network's parameters; those by which batch norm multiplies have either sign."""
    found = []
    for place, shape in enumerate(plan(model, case)):
        if place % 4 == 2:
            array = rng.uniform(0.5, 1.5, shape) * rng.choice([-1, 1], shape)
        else:
            scale = math.sqrt(2 / (shape[0] * shape[2] * shape[3])) if len(shape) == 4 else 0.4
            array = rng.normal(0, scale, shape)
        found.append(array.astype(np.float32))
    return found


def pictures(rng: np.random.Generator, case: Case) -> np.ndarray:
    return rng.normal(size=(IMAGES, case.channels, case.height, case.width)).astype(np.float32)


def other_orders(tensors: list[np.ndarray], model: str, case: Case) -> Iterator[list[np.ndarray]]:
    """Turn the weights behind each join of a UNet, or behind both, to those for the other order."""
    if model != "UNet":
        return
    inner, last = np.roll(tensors[12], case.filters, axis=0), np.roll(tensors[16], case.channels, axis=1)
    for fourth, fifth in ((inner, last), (tensors[12], last), (inner, tensors[16])):
        yield [*tensors[:12], fourth, *tensors[13:16], fifth, *tensors[17:]]


def structure(ran: Sequence[Sequence[Any]], in_figure: Sequence[Sequence[Any]]) -> str:
    """Say where what ran differs from the figure first, in words of ours."""
    for number, figure in enumerate(in_figure, start=1):
        got = ran[number - 1] if number <= len(ran) else None
        if got is None:
            return f"{len(ran)} layers ran, the figure has {len(in_figure)}"
        if list(got) != list(figure):
            return f"layer {number} that ran is {in_words(got)}, the figure has {in_words(figure)}"
    more = len(ran) - len(in_figure)
    return f"{more} more layers ran than the figure has" if more else "the layers that ran are those of the figure"


def in_words(layer: Sequence[Any]) -> str:
    name, *shape = layer
    return f"{name if name in OPERATION_NAMES else 'another'} {written(shape)}"


def totals(shapes: Sequence[Shape]) -> str:
    return f"{sum(math.prod(shape) for shape in shapes)} parameters in {len(shapes)} tensors"


def sorted_shapes(shapes: Sequence[Shape]) -> list[list[int]]:
    return sorted(list(shape) for shape in shapes)


def without(shapes: Sequence[Shape], others: Sequence[Shape]) -> list[Shape]:
    """List the shapes that are not among others, as often as they are missing there."""
    left = [list(shape) for shape in others]
    missing = []
    for shape in shapes:
        if list(shape) in left:
            left.remove(list(shape))
        else:
            missing.append(shape)
    return missing


def first_difference(got: Sequence[Shape], expected: Sequence[Shape]) -> str:
    for number, (one, other) in enumerate(zip(got, expected, strict=False), start=1):
        if list(one) != list(other):
            return f"of what forward uses tensor {number} has shape {written(one)}, expected {written(other)}"
    return ""


def written(shape: Shape) -> str:
    """Write a shape as numbers of ours."""
    sizes = [str(size) if 0 <= size < MOST else "?" for size in shape[:8]]
    return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"
