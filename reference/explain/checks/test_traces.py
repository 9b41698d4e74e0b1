"""Hidden tests of what is left of a call: hooks, modes, and the caller's images.

What is left is told beside maps and examples, which have to be right but for what is judged elsewhere: activations and
weights are positive, a map may be scaled in any way, and gradients may be used as the known mistakes use them. Batch
norm gives the images back as they are in either mode: each of them has the mean and the variance that it has learned.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drivers import feature_maps_and_traces, grad_cam_and_traces, picks_and_traces

from grader.authoring import Note, Subject, assert_matches, assert_shape, equal

MAPS, CAM, PICKS = "feature_maps", "grad_cam", "pick_examples"
DRIVERS = {MAPS: feature_maps_and_traces, CAM: grad_cam_and_traces, PICKS: picks_and_traces}
SIZES = {MAPS: (32, 32), CAM: (32, 32), PICKS: (6, 6)}
IMAGES = {MAPS: 1, CAM: 1, PICKS: 24}
MEAN, VARIANCE = 0.5, 0.04  # of each channel of each image
CHANNELS = 5
CLOSE = 1e-3  # of what is scaled to [0, 1]
GREY_VALUES = range(255, 39, -1)  # between the darkest and the brightest place of a map, the most of them first
WHOLE = 1e-3  # so far may a grey value be off a whole number

each_function = pytest.mark.parametrize("function", [MAPS, CAM])
each_mode = pytest.mark.parametrize("training", [False, True], ids=["evaluating", "training"])


@each_mode
@each_function
def test_keeps_hooks(
    student: Subject, reference: Subject, rng: np.random.Generator, function: str, *, training: bool
) -> None:
    """Test alone: how many hooks are left beside right maps; a common factor does not count.

    How many hooks there are is taken on the driver's word.
    """
    inputs = case(rng, function, "hooks", training=training)
    got, expected = (subject(DRIVERS[function], **inputs) for subject in (student, reference))
    assert_is_right(got, expected, inputs, function)
    assert_matches({"hooks": np.array(got["hooks"])}, {"hooks": np.array(expected["hooks"])})


@pytest.mark.parametrize(
    ("training", "others", "traces"),
    [(True, 1, "scores"), (True, 2, "scores"), (False, 2, "scores"), (True, 1, "statistics")],
    ids=["training, one other image", "training, two other images", "evaluating", "statistics"],
)
@pytest.mark.parametrize("function", [MAPS, CAM, PICKS])
def test_keeps_mode(  # fixtures and what is varied
    student: Subject,
    reference: Subject,
    rng: np.random.Generator,
    note: Note,
    function: str,
    others: int,
    traces: str,
    *,
    training: bool,
) -> None:
    """Test alone: how the network scores other images afterwards, which differs with its mode.

    Of the examples a part is enough. That batch norms counted a batch is remarked, and costs nothing.
    """
    inputs = case(rng, function, traces, others, training=training)
    got, kept = (subject(DRIVERS[function], **inputs) for subject in (student, reference))
    if traces == "statistics":
        assert_is_right(got, kept, inputs, function)
        if any(got["batches"]):
            note(f"{function} runs the network in training mode: its batch norms take the images into their statistics")
        return
    lost = reference(DRIVERS[function], **inputs | {"training": not training})
    assert_is_right(got, kept, inputs, function)
    if equal(got["scores"], lost["scores"]):
        mode = ("evaluate", "train")[training]
        raise AssertionError(f"afterwards the network scores other images as one that does not {mode}")
    assert_matches({"scores": got["scores"]}, {"scores": kept["scores"]})


@each_mode
@each_function
def test_keeps_images(
    student: Subject, reference: Subject, rng: np.random.Generator, function: str, *, training: bool
) -> None:
    """Test alone: the caller's images afterwards."""
    inputs = case(rng, function, "images", training=training)
    got, expected = (subject(DRIVERS[function], **inputs) for subject in (student, reference))
    assert_is_right(got, expected, inputs, function)
    assert_matches({"images": got["images"]}, {"images": expected["images"]}, rtol=0, atol=0)


def assert_is_right(got: dict[str, Any], expected: dict[str, Any], inputs: dict[str, Any], function: str) -> None:
    """Look whether there is a right answer beside which something may be left."""
    if function == PICKS:
        for kind in ("right", "wrong"):
            shown = assert_shape(got[kind], (len(got[kind][: len(inputs["images"])]), *inputs["images"].shape[1:]))
            known = [(inputs["images"] == one).all(axis=(1, 2, 3)).any() for one in shown]
            assert known and all(known), f"{function} gives no examples of the dataset"
        return
    assert got["maps"], f"{function} gives no maps"
    maps, right = np.asarray(got["maps"][0]), expected["maps"][0]
    if function == MAPS and maps.ndim == right.ndim and maps.shape[1]:  # how many channels is judged elsewhere
        right = right[:, : maps.shape[1]]
    shape = right.shape
    found = unit(assert_shape(maps.reshape(shape) if maps.size == np.prod(shape) else maps, shape))
    upright = [unit(right)]
    if function == MAPS:
        upright.append(unit(1 / (1 + np.exp(-upright[0]))))  # a sigmoid of what is scaled
        several = upright + [1 - one for one in upright]
    else:
        upright += [unit(one) for one in mistaken_maps(inputs)]
        several = upright + [1 - one for one in upright]
    nearest = min(several, key=lambda one: float(np.abs(found - one).max()))
    assert_matches({"maps": found}, {"maps": nearest}, rtol=0, atol=closeness(found))


def mistaken_maps(inputs: dict[str, Any]) -> list[np.ndarray]:
    """Compute maps whose mistake lies in what is done with gradients, each of shape (H, W)."""
    _, convolution, *_, head = inputs["network"]["layers"]
    activations = np.tensordot(convolution["weight"][:, :, 0, 0], inputs["images"][0], axes=1) + convolution["bias"][0]
    gradients = head["weight"][0].reshape(activations.shape)
    means = (activations.mean(axis=(1, 2), keepdims=True), gradients.mean(axis=0))
    weighted = (gradients, gradients.max(axis=(1, 2), keepdims=True), 1, *means)
    return [gradients.sum(axis=0), *((weights * activations).sum(axis=0) for weights in weighted)]


def unit(maps: np.ndarray) -> np.ndarray:
    """Scale each map to [0, 1]; one that is alike to 0, and what is no number to itself."""
    low, high = (edge(maps, (-2, -1), keepdims=True) for edge in (np.min, np.max))
    span = high - low
    return np.where(span == 0, 0, (maps - low) / np.where(span == 0, 1, span)).astype(np.float32)


def closeness(heat: np.ndarray) -> float:
    """Tell how near to a right map one from 0 to 1 has to come: two grey values where it consists of these."""
    values = np.unique(heat)
    if len(values) <= GREY_VALUES[0] + 1:
        for levels in GREY_VALUES:
            if np.abs(values * levels - np.round(values * levels)).max() < WHOLE:
                return 2 / levels
    return CLOSE


def case(rng: np.random.Generator, function: str, traces: str, others: int = 1, *, training: bool) -> dict[str, Any]:
    """Draw images, other ones, and a network that takes all of them for the first of two classes."""
    height, width = SIZES[function]
    images = rng.uniform(size=(IMAGES[function], 3, height, width))
    images -= images.mean(axis=(2, 3), keepdims=True)
    images *= (VARIANCE / images.var(axis=(2, 3), keepdims=True)) ** 0.5
    kernel = rng.uniform(0.1, 1, (CHANNELS, 3, 1, 1)).astype(np.float32)
    weight = rng.uniform(0.5, 1, (1, CHANNELS * height * width)) * np.array([[1], [-0.5]]) / 1000
    learned = {name: np.full(3, value, np.float32) for name, value in (("mean", MEAN), ("variance", VARIANCE))}
    layers = [
        {"kind": "norm", "weight": np.sqrt(learned["variance"]), "bias": learned["mean"], **learned},
        {"kind": "conv", "weight": kernel, "bias": np.full(CHANNELS, 0.1, np.float32)},
        *({"kind": "relu"}, {"kind": "flatten"}),
        {"kind": "linear", "weight": weight.astype(np.float32), "bias": np.zeros(2, np.float32)},
    ]
    return {
        "network": {"style": "flat", "layers": layers},
        "images": (images + MEAN).astype(np.float32),
        "others": rng.uniform(1, 3, (others, 3, height, width)).astype(np.float32),
        "traces": traces,
        "training": training,
    }
