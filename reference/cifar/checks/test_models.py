"""Hidden tests of the three networks."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from drivers import own_scores, own_start, scores, size

from grader.authoring import Subject, assert_matches

SMALL = ((12, 5, 3), (20, 4, 6))  # input_dim, hidden_size, num_classes
FULL = (3072, 256, 10)
IMAGES = {12: (2, 3, 2, 2), 20: (3, 5, 2, 2)}  # batches by input_dim
NAME = re.compile(r"[\w.]{1,80}")


@pytest.mark.parametrize("arguments", [FULL, SMALL[0]], ids=str)
def test_twolayer_size(student: Subject, reference: Subject, arguments: tuple[int, ...]) -> None:
    inputs = {"model": "TwoLayerNet", "arguments": list(arguments)}
    assert_matches(student(size, **inputs), reference(size, **inputs))


@pytest.mark.parametrize("arguments", SMALL, ids=str)
def test_twolayer_scores(
    student: Subject, reference: Subject, rng: np.random.Generator, arguments: tuple[int, int, int]
) -> None:
    inputs = two_layers(rng, *arguments) | {"x": single(rng, 1.0, *IMAGES[arguments[0]])}
    assert_matches(student(scores, **inputs), reference(scores, **inputs))


@pytest.mark.parametrize("arguments", SMALL, ids=str)
def test_twolayer_flat(
    student: Subject, reference: Subject, rng: np.random.Generator, arguments: tuple[int, int, int]
) -> None:
    inputs = two_layers(rng, *arguments) | {"x": single(rng, 1.0, 3, arguments[0])}
    assert_matches(student(scores, **inputs), reference(scores, **inputs))


def test_cnn_size(student: Subject, reference: Subject) -> None:
    inputs = {"model": "VanillaCNN", "arguments": []}
    assert_matches(student(size, **inputs), reference(size, **inputs))


@pytest.mark.parametrize("samples", [2, 3], ids="{} images".format)
def test_cnn_scores(student: Subject, reference: Subject, rng: np.random.Generator, samples: int) -> None:
    tensors = [single(rng, 0.1, *shape) for shape in ((32, 3, 7, 7), (32,), (10, 5408), (10,))]
    x = single(rng, 1.0, samples, 3, 32, 32)
    inputs = {"model": "VanillaCNN", "arguments": [], "tensors": tensors, "x": x}
    assert_matches(student(scores, **inputs), reference(scores, **inputs))


@pytest.mark.parametrize("scale", [1.0, 0.5], ids=["images", "faint images"])
def test_my_model_scores(student: Subject, rng: np.random.Generator, scale: float) -> None:
    x = single(rng, scale, 3, 3, 32, 32)
    x[2] = x[0]
    got = student(own_scores, x=x)
    assert got["shape_in_training"] == [3, 10], "MyModel gives no 10 scores for each of 3 images while it trains"
    found = got["scores"]
    assert isinstance(found, np.ndarray) and found.shape == (3, 10), "MyModel gives no 10 scores for each of 3 images"
    assert np.isfinite(found).all(), "the scores of MyModel are not finite, expected logits"
    sums = found.sum(axis=1)
    assert not ((found >= 0).all() and np.allclose(sums, 1, atol=1e-3)), (
        "the scores of MyModel are probabilities, expected logits: the criterion applies softmax itself"
    )
    assert not np.allclose(found[0], found[1]), "MyModel gives two different images the same scores"
    assert np.allclose(found[0], found[2], rtol=1e-3, atol=1e-4), "MyModel gives one image two different scores"


@pytest.mark.parametrize("seed", [1, 2], ids="seed {}".format)
def test_my_model_start(student: Subject, seed: int) -> None:
    got = student(own_start, seeds=[seed, seed + 10, seed])
    ready = [name for name in got["ready"] if NAME.fullmatch(name)]
    assert not ready, f"MyModel is built from {', '.join(ready[:3])}, expected a network of your own"
    first, second, again = got["starts"]
    assert not np.array_equal(first, second), "MyModel starts from the same weights each time, expected fresh ones"
    assert np.array_equal(first, again), "MyModel draws its first weights from elsewhere than the seeded generators"


def two_layers(rng: np.random.Generator, input_dim: int, hidden_size: int, num_classes: int) -> dict[str, Any]:
    shapes = ((hidden_size, input_dim), (hidden_size,), (num_classes, hidden_size), (num_classes,))
    return {
        "model": "TwoLayerNet",
        "arguments": [input_dim, hidden_size, num_classes],
        "tensors": [single(rng, 1.0, *shape) for shape in shapes],
    }


def single(rng: np.random.Generator, scale: float, *shape: int) -> np.ndarray:
    return rng.normal(0, scale, size=shape).astype(np.float32)
