"""Hidden tests of squeeze and excite, whether of linear layers or of convolutions of one place, biased or not.

A layer gets weights so large that what stands between its two steps, ReLU or SiLU, hands them on: with means m, weights
U and V, and no biases, it has to give sigmoid(V U m) x. All units get the same, so that their number does not matter.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drivers import slopes, squeezed

from grader.authoring import Subject, assert_matches, assert_matches_either, assert_shape, equal

GATES = ("sigmoid", "hardsigmoid")
# The same sums in another order, and a SiLU of 20: off by 1e-6 of values around 1.
SAME = {"rtol": 1e-4, "atol": 1e-5}

each_width = pytest.mark.parametrize("channels", [32, 64], ids="{} channels".format)


@each_width
def test_se_gate(student: Subject, reference: Subject, rng: np.random.Generator, channels: int) -> None:
    """Test alone: that each channel is multiplied by its gate, for images that are the same at all places."""
    compare(student, reference, channels, flat(rng, channels), weights(rng, channels))


@each_width
def test_se_squeeze(student: Subject, reference: Subject, rng: np.random.Generator, channels: int) -> None:
    """Test alone: that the gates depend on the mean of each channel over its places, and on nothing else.

    What is done with them is judged by `se_gate`.
    """
    x = flat(rng, channels)
    x[1] *= 1.2
    x = (x * rng.uniform(0.7, 1.3, x.shape) + rng.normal(size=x.shape)).astype(np.float32)
    compare(student, reference, channels, x, weights(rng, channels), in_any_use=True)


@pytest.mark.parametrize(
    ("channels", "is_kept_back"), [(32, False), (64, False), (32, True), (64, True)],
    ids=["32 channels", "64 channels", "32 channels, negative between", "64 channels, negative between"],
)  # fmt: skip
def test_se_range(
    student: Subject, reference: Subject, rng: np.random.Generator, channels: int, *, is_kept_back: bool
) -> None:
    """Test alone: that there are gates on either side of one half, and none where what stands between is negative.

    What is done with them is judged by `se_gate`.
    """
    x, v = flat(rng, channels), weights(rng, channels) * rng.choice([-1, 1], channels).astype(np.float32)
    if not is_kept_back:
        compare(student, reference, channels, x, v, in_any_use=True)
        return
    inputs = {"arguments": {"in_channels": channels}, "x": x, "v": v, "rows": -rows(x.mean(axis=(0, 2, 3)))}
    got = assert_shape(student(squeezed, **inputs)["output"], x.shape, name="the output")
    linear = [reference(squeezed, **inputs | {"rows": -inputs["rows"], "v": -v}, gate=gate)["output"] for gate in GATES]
    assert not any(equal(got, one, **SAME) for one in linear), (
        "what the first layer makes negative enters the second as it is, expected an activation between them"
    )


@pytest.mark.parametrize(("channels", "compression"), [(32, None), (64, 0.5), (96, 0.125)], ids=str)
def test_se_width(
    student: Subject, reference: Subject, rng: np.random.Generator, channels: int, compression: float | None
) -> None:
    """Test alone: what the first layer gives, with other weights for each unit."""
    x = flat(rng, channels)
    inputs = {
        "arguments": {"in_channels": channels} | ({} if compression is None else {"compression": compression}),
        "x": x,
        "rows": rng.normal(size=(channels, channels)).astype(np.float32) / channels,
        "v": weights(rng, channels),
    }
    got, expected = (subject(squeezed, **inputs)["hidden"] for subject in (student, reference))
    found, wanted = assert_shape(got, (len(x), None), name="the layer between").shape[1], expected.shape[1]
    assert found == wanted, f"the layer between has {found} units for {channels} channels, expected {wanted}"
    assert_matches({"layer between": got}, {"layer between": expected}, **SAME)


@each_width
def test_se_gradient(student: Subject, reference: Subject, rng: np.random.Generator, channels: int) -> None:
    """Test alone: that each parameter has a gradient, for images of ones."""
    inputs: dict[str, Any] = {
        "arguments": {"in_channels": channels},
        "x": np.ones((2, channels, 3, 2), np.float32),
        "rows": rows(np.ones(channels) * rng.uniform(0.5, 1.5, channels)),
        "v": weights(rng, channels),
        "w": rng.normal(size=(2, channels, 3, 2)).astype(np.float32),
    }
    got = dict(student(slopes, **inputs))
    expected = [reference(slopes, **inputs, gate=gate) for gate in GATES]
    assert not got.pop("is_overwritten"), "backward() is refused: forward writes over what gradients are computed with"
    lacking = got.pop("lacking")
    assert lacking == 0, f"{lacking} parameters have no gradient, expected none"
    assert_matches_either(got, *({name: one[name] for name in ("first", "second")} for one in expected), **SAME)


def compare(
    student: Subject, reference: Subject, channels: int, x: np.ndarray, v: np.ndarray, *, in_any_use: bool = False
) -> None:
    """Compare what the layer gives, by a sigmoid or by a hard one; in any use also gates alone, or sums with them."""
    inputs = {"arguments": {"in_channels": channels}, "x": x, "rows": rows(x.mean(axis=(0, 2, 3))), "v": v}
    got = student(squeezed, **inputs)["output"]
    expected = [reference(squeezed, **inputs, gate=gate)["output"] for gate in GATES]
    if in_any_use:
        expected += [other for one in expected for other in other_uses(one, x)]
    assert_matches_either({"output": got}, *({"output": one} for one in expected), **SAME)


def other_uses(gated: np.ndarray, x: np.ndarray) -> list[np.ndarray]:
    """Return wrong uses of the same gates: they alone, and the sums with the input of them and of their product."""
    gates = (gated * x).sum(axis=(2, 3), keepdims=True) / (x * x).sum(axis=(2, 3), keepdims=True)
    return [np.broadcast_to(gates, x.shape), x + gates, x + gated]


def flat(rng: np.random.Generator, channels: int) -> np.ndarray:
    """Draw an image of the same number at all places of a channel, of either sign, and return two of it."""
    numbers = rng.uniform(0.8, 2, channels) * rng.choice([-1, 1], channels)
    return np.tile(numbers[None, :, None, None], (2, 1, 6, 5)).astype(np.float32)


def rows(means: np.ndarray) -> np.ndarray:
    """Return weights of one unit that give 24 for these means of channels, shape (1, C): all terms have its sign."""
    signs = np.sign(means) / np.abs(means).sum()
    return (24 * signs[None]).astype(np.float32)


def weights(rng: np.random.Generator, channels: int) -> np.ndarray:
    """Draw weights to channels that give gates over one half, shape (C,)."""
    return rng.uniform(0.02, 0.1, channels).astype(np.float32)
