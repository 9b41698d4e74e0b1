"""Hidden tests of squeeze and excite, whether of linear layers or of convolutions of one place, biased or not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drivers import gradients, outputs, parameters

from grader.authoring import Subject, assert_matches

# The same sums in another order: off by 1e-7 of values around 1.
SAME = {"rtol": 1e-4, "atol": 1e-5}


@pytest.mark.parametrize("channels", [32, 64], ids="{} channels".format)
def test_se_gate(student: Subject, rng: np.random.Generator, channels: int) -> None:
    """Test alone: that each channel is multiplied by a number between 0 and 1."""
    x = draw(rng, channels)
    (got,) = student(outputs, kind="squeeze", arguments={"in_channels": channels}, inputs=[x])["outputs"]
    assert np.shape(got) == x.shape, f"the output has shape {in_words(got)}, expected that of the input, {in_words(x)}"
    shares = got / x
    outside = int(np.sum(~((shares > 0) & (shares < 1))))
    assert not outside, f"{outside} of {x.size} values are not between 0 and the input, expected none"


@pytest.mark.parametrize("channels", [32, 64], ids="{} channels".format)
def test_se_squeeze(student: Subject, rng: np.random.Generator, channels: int) -> None:
    """Test alone: that the gates depend on the mean of each channel over its places, and on nothing else."""
    x = draw(rng, channels)
    elsewhere = x[:, :, ::-1].copy()  # the same means
    elsewhere[:, :, 0] += 0.25
    elsewhere[:, :, 1] -= 0.25
    beside = np.concatenate([x[:1], draw(rng, channels)[:1] * 4])
    got = student(outputs, kind="squeeze", arguments={"in_channels": channels}, inputs=[x, elsewhere, beside])
    first, second, third = (gates(*pair) for pair in zip(got["outputs"], (x, elsewhere, beside), strict=True))
    assert np.ptp(first, axis=(-2, -1)).max() < SAME["rtol"], "the gate of a channel differs from place to place"
    assert np.ptp(first.mean(axis=(-2, -1))) > 0, "all channels have the same gate, expected gates that differ"
    assert_matches({"gates": second.mean(axis=(-2, -1))}, {"gates": first.mean(axis=(-2, -1))}, **SAME)
    assert_matches({"gates": third[0].mean(axis=(-2, -1))}, {"gates": first[0].mean(axis=(-2, -1))}, **SAME)


@pytest.mark.parametrize("channels", [64, 96], ids="{} channels".format)
def test_se_range(student: Subject, rng: np.random.Generator, channels: int) -> None:
    """Test alone: that there are gates under one half."""
    x = draw(rng, channels)
    (got,) = student(outputs, kind="squeeze", arguments={"in_channels": channels}, inputs=[x])["outputs"]
    found = gates(got, x).mean(axis=(-2, -1))
    low, high = float(found.min()), float(found.max())
    assert 0 < low < 0.5 < high < 1, (
        f"the gates reach from {low:.4g} to {high:.4g}, expected some on either side of 0.5"
    )


@pytest.mark.parametrize(("channels", "compression"), [(32, None), (64, 0.5), (96, 1.0)], ids=str)
def test_se_width(student: Subject, reference: Subject, channels: int, compression: float | None) -> None:
    """Test alone: how many hidden units there are."""
    given = {} if compression is None else {"compression": compression}
    inputs = {"kind": "squeeze", "arguments": {"in_channels": channels, **given}}
    got, expected = (subject(parameters, **inputs) for subject in (student, reference))
    widths, wanted = hidden(got, channels), hidden(expected, channels)
    assert widths == wanted, f"the layer between has {widths} units for {channels} channels, expected {wanted}"


@pytest.mark.parametrize("channels", [32, 64], ids="{} channels".format)
def test_se_gradient(student: Subject, rng: np.random.Generator, channels: int) -> None:
    """Test alone: that each parameter has a gradient."""
    inputs = {"kind": "squeeze", "arguments": {"in_channels": channels}, "x": draw(rng, channels)}
    found = student(gradients, **inputs)["largest"]
    lacking = int(np.sum(~(found > 0)))
    assert np.size(found) and np.ptp(found), "there are no gradients, or all are the same"
    assert not lacking, f"{lacking} of {np.size(found)} parameters have no gradient, expected none"


def draw(rng: np.random.Generator, channels: int) -> np.ndarray:
    """Draw inputs of either sign, none of them near 0; channels differ in their means."""
    signs = rng.choice([-1, 1], (1, channels, 1, 1))
    return (signs * rng.uniform(0.5, 2, (2, channels, 6, 5))).astype(np.float32)


def gates(output: np.ndarray, x: np.ndarray) -> np.ndarray:
    assert np.shape(output) == x.shape, f"the output has shape {in_words(output)}, expected {in_words(x)}"
    return output / x


def hidden(found: dict[str, Any], channels: int) -> list[int]:
    """List by how many units the weights are connected with the channels, into the layer between and out of it."""
    shapes = [tuple(map(int, shape)) for shape in found["shapes"]]
    weights = [shape for shape in shapes if shape[1] > 1 or shape[0] == shape[1] == 1]
    return [shape[0] if shape[1] == channels and number == 0 else shape[1] for number, shape in enumerate(weights[:4])]


def in_words(array: np.ndarray) -> str:
    return "(" + ", ".join(map(str, np.shape(array)[:6])) + ")"
