"""Hidden tests of what is left of a call: hooks, modes, and the caller's images."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drivers import feature_maps_and_traces, grad_cam_and_traces, picks_and_modes

from grader.authoring import Subject, assert_matches

SIZES = ((8, 9), (7, 5))
MAPS, CAM, PICKS = "feature_maps", "grad_cam", "pick_examples"

each_size = pytest.mark.parametrize("size", SIZES, ids="images of {0[0]} x {0[1]}".format)


@each_size
@pytest.mark.parametrize("function", [MAPS, CAM])
def test_keeps_hooks(
    student: Subject, reference: Subject, rng: np.random.Generator, function: str, size: tuple[int, int]
) -> None:
    got, expected = answers(student, reference, rng, function, size)
    assert_matches({"hooks": np.array(got["hooks"])}, {"hooks": np.array(expected["hooks"])})


@pytest.mark.parametrize(
    ("training", "size"),
    [(True, SIZES[0]), (True, SIZES[1]), (False, SIZES[0])],
    ids=["training", "training, other images", "evaluating"],
)
@pytest.mark.parametrize("function", [MAPS, CAM, PICKS])
def test_keeps_mode(  # fixtures and what is varied
    student: Subject,
    reference: Subject,
    rng: np.random.Generator,
    function: str,
    size: tuple[int, int],
    *,
    training: bool,
) -> None:
    got, expected = answers(student, reference, rng, function, size, training=training)
    found, wanted = (sum(one["training"]) for one in (got, expected))
    parts = len(expected["training"])
    assert found == wanted, (
        f"{found} of {parts} parts of the network are in training mode afterwards, expected {wanted}"
    )


@each_size
@pytest.mark.parametrize("function", [MAPS, CAM])
def test_keeps_images(
    student: Subject, reference: Subject, rng: np.random.Generator, function: str, size: tuple[int, int]
) -> None:
    got, expected = answers(student, reference, rng, function, size)
    assert_matches({"images": got["images"]}, {"images": expected["images"]}, rtol=0, atol=0)


def answers(  # fixtures and what is varied
    student: Subject,
    reference: Subject,
    rng: np.random.Generator,
    function: str,
    size: tuple[int, int],
    *,
    training: bool = False,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Call a function of the submission and of the reference; the submission's has to have done something."""
    inputs: dict[str, Any] = {"network": draw_network(rng, size), "training": training}
    images = rng.uniform(0, 1, (24 if function == PICKS else 2, 3, *size)).astype(np.float32)
    if function == PICKS:
        driver, inputs = picks_and_modes, inputs | {"images": images, "labels": [0, 1] * 12, "n": 2}
    elif function == CAM:
        driver, inputs = grad_cam_and_traces, inputs | {"image": images[0], "target": 0}
    else:
        driver, inputs = feature_maps_and_traces, inputs | {"images": images}
    got = student(driver, **inputs)
    if function == PICKS:
        assert got["right"] and got["wrong"], f"{function} gives no examples"
    else:
        assert got["maps"] and all(np.isfinite(one).all() and np.ptp(one) for one in got["maps"]), (
            f"{function} gives a map that is the same everywhere, or no number"
        )
    return got, reference(driver, **inputs)


def draw_network(rng: np.random.Generator, size: tuple[int, int]) -> dict[str, Any]:
    """Draw a network that takes images for the first of two classes, whose score rises with every activation."""
    kernel = rng.uniform(0, 1, (4, 3, 3, 3)).astype(np.float32)
    weight = np.array([[1], [-0.5]], np.float32) * rng.uniform(0, 0.002, (1, 4 * size[0] * size[1])).astype(np.float32)
    layers = [
        {"kind": "conv", "weight": kernel, "bias": np.full(4, 0.1, np.float32), "padding": 1},
        *({"kind": "relu"}, {"kind": "flatten"}),
        {"kind": "linear", "weight": weight, "bias": np.array([1, 0], np.float32)},
    ]
    return {"style": "flat", "layers": layers}
