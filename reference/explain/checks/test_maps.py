"""Hidden tests of feature_maps.

Where scale, sign or choice of channels are judged by a check of their own, the others take either: one fault costs its
points once. What a convolution gives is taken before or after its ReLU, whichever is nearer. Networks of positive
numbers alone and of five channels are such that neither makes a difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from drivers import feature_maps

from grader.authoring import Subject, assert_matches

CHANNELS = 5
ALL = 1 << 30  # channels: nothing is left out
SIZES = ((16, 14), (14, 18))
# Scaled to [0, 1] in float32: off by 1e-6 where a channel's values lie a tenth of their size apart.
SCALED = {"rtol": 0.0, "atol": 1e-4}

each_size = pytest.mark.parametrize("size", SIZES, ids="images of {0[0]} x {0[1]}".format)


@each_size
def test_maps_layers(student: Subject, reference: Subject, rng: np.random.Generator, size: tuple[int, int]) -> None:
    """Test alone: which layers there are, of any number of images; a common factor does not count."""
    inputs = positive_case(rng, 3, size)
    got, expected = student(feature_maps, **inputs)["maps"], reference(feature_maps, **inputs)["maps"]
    found, wanted = ([np.shape(one)[-2:] for one in maps] for maps in (got, expected))
    assert len(found) == len(wanted), f"{len(found)} maps are given, expected {len(wanted)}"
    for number, (size_found, right) in enumerate(zip(found, wanted, strict=True), start=1):
        assert size_found == right, f"map {number} has size {size_found}, expected {right}"
    for pair in matched(got, expected):
        assert_same_but_for_scale(*pair)


@each_size
def test_maps_values(student: Subject, reference: Subject, rng: np.random.Generator, size: tuple[int, int]) -> None:
    """Test alone: what stands in the channels; a common factor does not count."""
    compare(student, reference, draw_network(rng, size), draw_images(rng, 1, size))


@pytest.mark.parametrize("channels", [(8, 3), (4, 6)], ids="{0[0]} and {0[1]} channels".format)
def test_maps_channels(
    student: Subject, reference: Subject, rng: np.random.Generator, channels: tuple[int, int]
) -> None:
    """Test alone: which channels there are; a common factor does not count."""
    inputs = positive_case(rng, 1, SIZES[0], channels)
    got, expected = student(feature_maps, **inputs)["maps"], reference(feature_maps, **inputs)["maps"]
    for one, wanted in matched(got, expected, channels=ALL):
        counts = one.shape[1], wanted.shape[1]
        assert counts[0] == counts[1], f"{counts[0]} channels of {of_size(wanted)} are given, expected {counts[1]}"
        assert_matches({"maps": unit(one)}, {"maps": unit(wanted)}, **SCALED)


@each_size
def test_maps_scale(student: Subject, reference: Subject, rng: np.random.Generator, size: tuple[int, int]) -> None:
    """Test alone: between which numbers each channel lies."""
    inputs = positive_case(rng, 1, size)
    got, expected = student(feature_maps, **inputs)["maps"], reference(feature_maps, **inputs)["maps"]
    for one, wanted in matched(got, expected):
        low, high = one.min(axis=(-2, -1)), one.max(axis=(-2, -1))
        assert max(np.abs(low).max(), np.abs(high - 1).max()) < SCALED["atol"], (
            f"channels of {of_size(one)} reach from {float(low.min()):.4g} to {float(high.max()):.4g},"
            " expected 0 and 1 in each of them"
        )
        assert_matches({"maps": one}, {"maps": nearest(one, (wanted, 1 - wanted))}, **SCALED)


@pytest.mark.parametrize("case", ["two channels alike", "a black image"])
def test_maps_constant(student: Subject, reference: Subject, rng: np.random.Generator, case: str) -> None:
    """Test alone: channels that are the same everywhere; a common factor does not count."""
    inputs = positive_case(rng, 1, SIZES[0])
    if case == "a black image":
        inputs["images"][:] = 0
    else:
        inputs["network"]["layers"][0]["weight"][[1, 3]] = 0
    got, expected = student(feature_maps, **inputs)["maps"], reference(feature_maps, **inputs)["maps"]
    for one, wanted in matched(got, expected)[:2]:  # what the first convolution gives, and its pooling
        odd = int((~np.isfinite(one)).sum())
        assert not odd, f"{odd} of {one.size} values of {of_size(wanted)} are NaN or infinite, expected none"
        flat, expected_flat = (np.ptp(maps[0], axis=(-2, -1)) == 0 for maps in (one, wanted))
        assert flat.sum() >= expected_flat.sum(), (
            f"{int(flat.sum())} of {len(flat)} channels of {of_size(wanted)} are the same everywhere,"
            f" expected {int(expected_flat.sum())}"
        )
        constants = one[0, flat].max(axis=(-2, -1))
        assert np.all((constants >= 0) & (constants <= 1)), "a channel that is the same everywhere leaves [0, 1]"
        assert_same_but_for_scale(one, wanted)


@pytest.mark.parametrize("count", [2, 3], ids="{} images".format)
def test_maps_images(student: Subject, reference: Subject, rng: np.random.Generator, count: int) -> None:
    """Test alone: that the map of an image is the same beside brighter ones; a common factor does not count."""
    inputs = positive_case(rng, count, SIZES[0])
    inputs["images"] *= np.linspace(0.3, 3, count, dtype=np.float32)[:, None, None, None]
    got = student(feature_maps, **inputs)["maps"]
    first = student(feature_maps, **inputs | {"images": inputs["images"][:1]})["maps"]
    expected = reference(feature_maps, **inputs)["maps"]
    pairs = matched(got, expected)
    for one, wanted in pairs:
        assert len(one) == count, f"{of_size(wanted)} has maps of {len(one)} images, expected {count}"
        assert_same_but_for_scale(one, wanted)
    for (one, _), (alone, _) in zip(pairs, matched(first, expected), strict=True):
        assert_matches({"maps": one[:1]}, {"maps": alone}, **SCALED)


@each_size
def test_maps_forward(student: Subject, reference: Subject, rng: np.random.Generator, size: tuple[int, int]) -> None:
    """Test alone: a forward that does more than run its layers one after the other; a common factor does not count."""
    compare(student, reference, draw_network(rng, size) | {"style": "functional"}, draw_images(rng, 1, size))


@each_size
def test_maps_nested(student: Subject, reference: Subject, rng: np.random.Generator, size: tuple[int, int]) -> None:
    """Test alone: a network whose layers stand in blocks; a common factor does not count."""
    compare(student, reference, draw_network(rng, size) | {"style": "nested"}, draw_images(rng, 1, size))


def compare(student: Subject, reference: Subject, network: dict[str, Any], images: np.ndarray) -> None:
    """Compare all channels that are given up to a scale, convolutions before or after their ReLU."""
    inputs = {"network": network, "images": images}
    got = student(feature_maps, **inputs)["maps"]
    before, after = (reference(feature_maps, **inputs, rectified=after)["maps"] for after in (False, True))
    for (one, first), (_, second) in zip(matched(got, before), matched(got, after), strict=True):
        found, *wanted = map(unit, (one, first, second))
        assert_matches({"maps": found}, {"maps": nearest(found, wanted)}, **SCALED)


def assert_same_but_for_scale(maps: np.ndarray, wanted: np.ndarray) -> None:
    """Compare channels that are scaled in any way, also upside down or through a sigmoid."""
    found, upright = unit(maps), unit(wanted)
    bent = unit(1 / (1 + np.exp(-upright)))
    inverted = np.where(np.ptp(upright, axis=(-2, -1), keepdims=True) == 0, 0, 1 - upright)
    assert_matches({"maps": found}, {"maps": nearest(found, (upright, inverted, bent))}, **SCALED)


def matched(got: Any, expected: list[np.ndarray], channels: int = 1) -> list[tuple[np.ndarray, np.ndarray]]:  # noqa: ANN401  # theirs
    """Pair maps of the same size: those of a single image may lack its axis.

    As many channels are compared as both have, where there are at least so many.
    """
    pairs = []
    for wanted in expected:
        same = [np.asarray(one) for one in got if np.shape(one)[-2:] == wanted.shape[-2:] and np.ndim(one) in (3, 4)]
        if same:
            maps = same[0] if same[0].ndim == 4 else same[0][None]  # axes of a batch
            shown = min(maps.shape[1], wanted.shape[1])
            pairs.append((maps[:, :shown], wanted[:, :shown]) if shown >= channels else (maps, wanted))
    assert pairs, f"no map has the size of a layer, which is {expected[0].shape[-2:]} for the first"
    return pairs


def unit(maps: np.ndarray) -> np.ndarray:
    """Scale each channel of each image to [0, 1]; one that is alike to 0, and what is no number to itself."""
    low, high = (edge(maps, (-2, -1), keepdims=True) for edge in (np.min, np.max))
    span = high - low
    return np.where(span == 0, 0, (maps - low) / np.where(span == 0, 1, span)).astype(np.float32)


def nearest(maps: np.ndarray, several: Sequence[np.ndarray]) -> np.ndarray:
    """Pick that of several right values to which maps come nearest; the first where they have another shape."""
    if maps.shape != several[0].shape:
        return several[0]
    return min(several, key=lambda one: float(np.abs(maps - one).max()))


def of_size(maps: np.ndarray) -> str:
    return f"the layer of {np.shape(maps)[-2:]}"


def positive_case(
    rng: np.random.Generator, count: int, size: tuple[int, int], channels: tuple[int, int] = (CHANNELS, CHANNELS)
) -> dict[str, Any]:
    """Draw images and a network in which every activation is positive."""
    images = rng.uniform(0.1, 1, (count, 3, *size)).astype(np.float32)
    return {"network": draw_network(rng, size, channels, least=0.0), "images": images}


def draw_images(rng: np.random.Generator, count: int, size: tuple[int, int]) -> np.ndarray:
    return rng.normal(size=(count, 3, *size)).astype(np.float32)


def draw_network(
    rng: np.random.Generator, size: tuple[int, int], channels: tuple[int, int] = (6, 7), least: float = -1.0
) -> dict[str, Any]:
    """Draw a network of convolutions, each with ReLU and pooling; weights from `least` on, no two maps of one size."""
    layers: list[dict[str, Any]] = []
    inputs, (height, width) = 3, size
    for number, outputs in enumerate(channels):
        padding = 1 - number
        weight = rng.uniform(least, 1, (outputs, inputs, 3, 3)).astype(np.float32)
        if least < 0:
            weight -= weight.mean(axis=(1, 2, 3), keepdims=True)  # so that no ReLU silences a whole channel
        bias = rng.uniform(0, 0.5, outputs).astype(np.float32)
        layers += [{"kind": "conv", "weight": weight, "bias": bias, "padding": padding}]
        layers += [{"kind": "relu"}, {"kind": "pool", "size": 2}]
        inputs, height, width = outputs, (height - 2 + 2 * padding) // 2, (width - 2 + 2 * padding) // 2
    weight = rng.normal(0, 0.1, (4, inputs * height * width)).astype(np.float32)
    layers += [{"kind": "flatten"}, {"kind": "linear", "weight": weight, "bias": np.zeros(4, np.float32)}]
    return {"style": "flat", "size": size, "layers": layers}
