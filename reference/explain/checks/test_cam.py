"""Hidden tests of grad_cam, against all maps that are right.

Before or after the ReLU, score or probability, with its sign or without, by any way to enlarge: the nearest of them is
what a map is compared with, both scaled to [0, 1]. But for one check images are as high as wide and the last layer has
their size, and the target is the first class and the predicted one, where that is not what is looked at.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drivers import accepted_maps, grad_cams

from grader.authoring import Subject, assert_matches

SIZE = (32, 32)
SHIFT = 0.1  # what a network of one convolution adds to an image: no activation is 0
# Scaled to [0, 1]. Right maps in float32 are off by 1e-5 at most, known mistakes by a tenth and more.
CLOSE = 1e-3
GREY_VALUES = range(255, 39, -1)  # between the darkest and the brightest place of a map, the most of them first
WHOLE = 1e-3  # so far may a grey value be off a whole number


@pytest.mark.parametrize("classes", [3, 2], ids="{} classes".format)
def test_cam_regions(student: Subject, reference: Subject, rng: np.random.Generator, classes: int) -> None:
    """Test alone: that the region is found that the score depends on; a common factor does not count.

    Each class looks at a channel of its own.
    """
    compare(student, reference, seeing(np.eye(3)[:classes]), regions(rng, SIZE, brightest=0), 0)


@pytest.mark.parametrize("target", [1, 2], ids="class {}".format)
def test_cam_class(student: Subject, reference: Subject, rng: np.random.Generator, target: int) -> None:
    """Test alone: a class that is neither the first nor the predicted one; a common factor does not count."""
    compare(student, reference, seeing(np.eye(4)[:, :3]), regions(rng, SIZE, brightest=3 - target), target)


@pytest.mark.parametrize("signs", [(2, -2, 1), (-1, 3, -1)], ids=["one against", "two against"])
def test_cam_signs(student: Subject, reference: Subject, rng: np.random.Generator, signs: tuple[int, int, int]) -> None:
    """Test alone: channels that speak against the class, where others speak for it; a common factor does not count."""
    image = rng.uniform(0, 1, (3, *SIZE)).astype(np.float32)
    weights = np.zeros((3, 3))
    weights[0] = 1800 * np.array(signs) * rng.uniform(0.9, 1.1, 3)  # sums from -3 to 5: a place counts 1/1024 of that
    score = weights[0] @ (image.mean(axis=(1, 2)) + SHIFT)
    compare(student, reference, seeing(weights, bias=[1 - score, 0, 0]), image, 0)


@pytest.mark.parametrize("hidden", [6, 9], ids="{} hidden units".format)
def test_cam_weights(student: Subject, reference: Subject, rng: np.random.Generator, hidden: int) -> None:
    """Test alone: a network in which the gradient differs from place to place; a common factor does not count."""
    share = 1 / 24  # of what the gradients of 42 places would be, so that hidden units stay on the same side of 0
    first = rng.normal(0.01 * share, 0.03 * share**0.5, (hidden, 4 * SIZE[0] * SIZE[1])).astype(np.float32)
    second = rng.uniform(0.2, 1, hidden).astype(np.float32) * np.array([[1], [0.5], [-0.5]], np.float32)
    layers = [
        convolution(rng, 3, 4),
        {"kind": "relu"},
        {"kind": "flatten"},
        {"kind": "linear", "weight": first, "bias": np.ones(hidden, np.float32)},
        {"kind": "relu"},
        {"kind": "linear", "weight": second, "bias": np.array([1, 0, 0], np.float32)},
    ]
    image = rng.normal(size=(3, *SIZE)).astype(np.float32)
    compare(student, reference, {"style": "flat", "layers": layers}, image, 0)


@pytest.mark.parametrize(
    ("style", "channels"),
    [("nested", 4), ("nested", 5), ("functional", 4)],
    ids=["nested network", "nested network, five channels", "functional network"],
)
def test_cam_layer(student: Subject, reference: Subject, rng: np.random.Generator, style: str, channels: int) -> None:
    """Test alone: a network of two convolutional layers; a common factor does not count."""
    head = {"kind": "linear", "weight": 0.3 * np.eye(3, dtype=np.float32), "bias": np.array([4, 0, 0], np.float32)}
    layers = [
        *(convolution(rng, 3, channels), {"kind": "relu"}),
        *(convolution(rng, channels, 3), {"kind": "relu"}, {"kind": "mean"}, head),
    ]
    image = rng.normal(size=(3, *SIZE)).astype(np.float32)
    compare(student, reference, {"style": style, "layers": layers}, image, 0)


@pytest.mark.parametrize("size", [(24, 41), (89, 91)], ids="images of {0[0]} x {0[1]}".format)
def test_cam_size(student: Subject, reference: Subject, rng: np.random.Generator, size: tuple[int, int]) -> None:
    """Test alone: a last layer that is smaller than the image; a common factor does not count."""
    network = seeing(np.eye(3), stride=7 if size[0] > 80 else 3)  # so that the map has some 12 places
    compare(student, reference, network, regions(rng, size, brightest=0), 0)


@pytest.mark.parametrize("against", [1.0, 30.0], ids=["a little", "much"])
def test_cam_negative(student: Subject, reference: Subject, rng: np.random.Generator, against: float) -> None:
    """Test alone: a class that everything speaks against; a common factor does not count.

    Beside it is asked for the predicted class, and neither is the first one.
    """
    weights = np.zeros((4, 3))
    weights[0] = 1, 2, 0.5
    weights[1] = 5, 3, 1
    weights[2] = -against
    network, image = seeing(weights), regions(rng, SIZE, brightest=0)
    spoken_for, spoken_against = student(grad_cams, network=network, image=image, targets=[1, 2])["maps"]
    odd = int((~np.isfinite(spoken_against)).sum())
    assert not odd, f"{odd} of {np.size(spoken_against)} values are NaN or infinite, expected none"
    for got, target in ((spoken_for, 1), (spoken_against, 2)):
        assert_is_right(reference, got, network, image, target)


def compare(student: Subject, reference: Subject, network: dict[str, Any], image: np.ndarray, target: int) -> None:
    """Compare the map of a class with the nearest of those that are right."""
    (got,) = student(grad_cams, network=network, image=image, targets=[target])["maps"]
    assert_is_right(reference, got, network, image, target)


def assert_is_right(
    reference: Subject, got: np.ndarray, network: dict[str, Any], image: np.ndarray, target: int
) -> None:
    """Compare a map, scaled to [0, 1], with the nearest of several, which may be grey values that were enlarged."""
    height, width = image.shape[1:]
    if np.shape(got) in ((1, height, width), (1, 1, height, width), (height, width, 1)):
        got = np.reshape(got, (height, width))
    assert np.shape(got) == (height, width), (
        f"the map has shape {in_words(np.shape(got))}, expected that of the image, {in_words((height, width))}"
    )
    found = unit(got)
    tolerance = closeness(found)
    nearest: list[np.ndarray] = []
    for grey in (False, True):
        right = reference(accepted_maps, network=network, image=image, target=target, grey=grey)["maps"]
        nearest.append(min(right, key=lambda one: distance(found, one)))
        if distance(found, nearest[-1]) < tolerance:
            return
    assert_matches({"map": found}, {"map": nearest[0]}, rtol=0.0, atol=tolerance)


def closeness(heat: np.ndarray) -> float:
    """Tell how near to a right map one from 0 to 1 has to come: two grey values where it consists of these."""
    values = np.unique(heat)
    if len(values) <= GREY_VALUES[0] + 1:
        for levels in GREY_VALUES:
            if np.abs(values * levels - np.round(values * levels)).max() < WHOLE:
                return 2 / levels
    return CLOSE


def distance(heat: np.ndarray, other: np.ndarray) -> float:
    """Give the largest difference of two maps; infinite where one has no numbers."""
    difference = float(np.abs(heat - other).max())
    return difference if np.isfinite(difference) else np.inf


def unit(heat: np.ndarray) -> np.ndarray:
    """Scale a map to [0, 1]; one that is alike to 0, and what is no number to itself."""
    span = np.ptp(heat)
    return np.zeros_like(heat) if span == 0 else ((heat - np.min(heat)) / span).astype(np.float32)


def in_words(shape: tuple[int, ...]) -> str:
    return "(" + ", ".join(map(str, shape[:6])) + ")"


def convolution(rng: np.random.Generator, inputs: int, outputs: int) -> dict[str, Any]:
    weight = rng.normal(0, 0.5, (outputs, inputs, 3, 3)).astype(np.float32)
    return {"kind": "conv", "weight": weight, "bias": np.full(outputs, 0.2, np.float32), "padding": 1}


def seeing(weights: np.ndarray, bias: list[float] | None = None, stride: int = 1) -> dict[str, Any]:
    """Make a network that hands its three channels on and weighs their means, shape (classes, 3)."""
    classes = len(weights)
    kernel = np.eye(3, dtype=np.float32)[:, :, None, None]
    head = np.zeros(classes) if bias is None else np.array(bias)
    layers = [
        {"kind": "conv", "weight": kernel, "bias": np.full(3, SHIFT, np.float32), "stride": stride},
        *({"kind": "relu"}, {"kind": "mean"}),
        {"kind": "linear", "weight": weights.astype(np.float32), "bias": head.astype(np.float32)},
    ]
    return {"style": "flat", "layers": layers}


def regions(rng: np.random.Generator, size: tuple[int, int], brightest: int) -> np.ndarray:
    """Draw an image whose channels are bright in regions of their own, shape (3, H, W)."""
    rows, columns = np.mgrid[: size[0], : size[1]] / np.array(size)[:, None, None]
    centres = rng.permutation([(0.25, 0.25), (0.75, 0.35), (0.4, 0.8)])
    image = np.stack([np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / 0.03) for y, x in centres])
    image *= rng.uniform(0.8, 1.2, (3, 1, 1))
    image[brightest] *= 2
    return image.astype(np.float32)
