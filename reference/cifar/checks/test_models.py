"""Hidden tests of the three networks."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import numpy as np
import pytest
from drivers import own_scores, own_start, scores, size

from grader.authoring import Subject, assert_matches, assert_matches_either, assert_shape

SMALL = ((12, 5, 3), (20, 4, 6))  # input_dim, hidden_size, num_classes
FULL = (3072, 256, 10)
IMAGES = {12: (2, 3, 2, 2), 20: (3, 5, 2, 2)}  # batches by input_dim
NAME = re.compile(r"[\w.]{1,80}")


@pytest.mark.parametrize("arguments", [FULL, SMALL[0]], ids=str)
def test_twolayer_size(
    student: Subject, reference: Subject, rng: np.random.Generator, arguments: tuple[int, int, int]
) -> None:
    """Anybody can name a count: the scores have to be those of a network with these parameters.

    Closed form: layer, any of ACTIVATIONS, layer, any of ENDS; which of them is asked for is judged by itself.
    """
    given = two_layers(rng, *arguments)
    w1, b1, w2, b2 = given["tensors"]
    x = single(rng, 1.0, *IMAGES.get(arguments[0], (2, 3, 32, 32)))
    hidden = x.reshape(len(x), -1) @ w1.T + b1
    known = [end(activation(hidden) @ w2.T + b2) for activation, end in product(ACTIVATIONS, ENDS)]
    compare_sizes(student, reference, given | {"x": x}, known)


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


@pytest.mark.parametrize("samples", [1, 2], ids="{} images".format)
def test_cnn_size(student: Subject, reference: Subject, rng: np.random.Generator, samples: int) -> None:
    """Anybody can name a count: the scores have to be those of a network with these parameters.

    Closed form: convolution, any of ACTIVATIONS, pooling by maximum or mean, layer, any of ENDS.
    """
    given = convolutional(rng)
    w1, b1, w2, b2 = given["tensors"]
    x = single(rng, 1.0, samples, 3, 32, 32)
    windows = np.lib.stride_tricks.sliding_window_view(x, (7, 7), axis=(2, 3))
    maps = np.tensordot(windows, w1, axes=([1, 4, 5], [1, 2, 3])).transpose(0, 3, 1, 2) + b1[:, None, None]
    known = []
    for activation, pool, end in product(ACTIVATIONS, (np.max, np.mean), ENDS):
        seen = pool(activation(maps).reshape(samples, 32, 13, 2, 13, 2), axis=(3, 5))
        known.append(end(seen.reshape(samples, -1) @ w2.T + b2))
    compare_sizes(student, reference, given | {"x": x}, known)


@pytest.mark.parametrize("samples", [2, 3], ids="{} images".format)
def test_cnn_scores(student: Subject, reference: Subject, rng: np.random.Generator, samples: int) -> None:
    inputs = convolutional(rng) | {"x": single(rng, 1.0, samples, 3, 32, 32)}
    assert_matches(student(scores, **inputs), reference(scores, **inputs))


@pytest.mark.parametrize("scale", [1.0, 0.5], ids=["images", "faint images"])
def test_my_model_scores(student: Subject, rng: np.random.Generator, scale: float) -> None:
    """No value is expected of a network of one's own, but that scores follow from the image and from the weights.

    Closed form: none; scores of one image are compared with those of another and with those of other weights.
    """
    x = single(rng, scale, 3, 3, 32, 32)
    x[2] = x[0]
    got = student(own_scores, x=x)
    for name in ("in_training", "scores", "with_other_weights"):
        assert np.shape(got[name]) == (3, 10), "MyModel gives no 10 scores for each of 3 images"
    found, moved = (assert_shape(got[name], (3, 10), name="the scores") for name in ("scores", "with_other_weights"))
    assert np.isfinite(found).all(), "the scores of MyModel are not finite, expected logits"
    sums = found.sum(axis=1)
    assert not ((found >= 0).all() and np.allclose(sums, 1, atol=1e-3)), (
        "the scores of MyModel are probabilities, expected logits: the criterion applies softmax itself"
    )
    assert not np.allclose(found[0], found[1]), "MyModel gives two different images the same scores"
    assert np.allclose(found[0], found[2], rtol=1e-3, atol=1e-4), "MyModel gives one image two different scores"
    assert not np.allclose(found, moved), "MyModel gives the same scores whatever its weights are"


@pytest.mark.parametrize("seed", [1, 2], ids="seed {}".format)
def test_my_model_start(student: Subject, seed: int) -> None:
    """Look at every parameter: one of several axes that starts alike under two seeds was not drawn, unless it is all 0.

    No value is expected of a network of one's own.

    Closed form: none; numbers of one seed are compared with those of another, which a constant cannot meet.
    """
    got = student(own_start, seeds=[seed, seed + 10, seed])
    ready = [name for name in got["ready"] if NAME.fullmatch(name)]
    assert not ready, f"MyModel is built from {', '.join(ready[:3])}, expected a network of your own"
    assert len(got["starts"]) == 3, "MyModel gives no parameters"
    first, second, again = (start(one, got["starts"][0]) for one in got["starts"])
    assert not np.array_equal(first["values"], second["values"]), (
        "MyModel starts from the same weights each time, expected fresh ones"
    )
    is_same = (first["sums"] == second["sums"]) & (first["squares"] == second["squares"])
    fixed = int((is_same & (first["axes"] > 1) & (first["squares"] > 0)).sum())
    assert not fixed, f"{fixed} of {is_same.size} parameters of MyModel start from the same weights each time"
    for name in ("values", "sums", "squares"):
        assert np.array_equal(first[name], again[name]), (
            "MyModel draws its first weights from elsewhere than the seeded generators"
        )


def start(one: dict[str, Any], first: dict[str, Any]) -> dict[str, np.ndarray]:
    """Check that a start has a row for each parameter, as the first one has, and numbers that they can have."""
    count = np.size(first["sizes"])
    found = {name: assert_shape(one[name], (count,), kind="iu", name="the sizes") for name in ("axes", "sizes")}
    found |= {name: assert_shape(one[name], (count,), name="the parameters") for name in ("sums", "squares")}
    found["values"] = assert_shape(one["values"], (np.size(first["values"]),), name="the parameters")
    assert count and found["sizes"].min() > 0 and found["values"].size, "MyModel has no parameters"
    assert all(np.isfinite(found[name]).all() for name in ("sums", "squares", "values")), (
        "the first weights of MyModel are not finite"
    )
    return found


def compare_sizes(student: Subject, reference: Subject, inputs: dict[str, Any], known: list[np.ndarray]) -> None:
    """Compare how many parameters there are, and check that the scores are one of those that they can give."""
    got, expected = (subject(size, **inputs) for subject in (student, reference))
    names = ("parameters", "in_state_dict")
    assert_matches({name: count(got[name]) for name in names}, {name: count(expected[name]) for name in names})
    others = ({"scores": np.float32(one)} for one in known)
    assert_matches_either({"scores": got["scores"]}, {"scores": expected["scores"]}, *others, rtol=1e-3, atol=1e-4)


def count(shapes: list[list[int]]) -> int:
    """Count the numbers that arrays of these shapes hold."""
    return int(sum(np.prod(shape, dtype=np.float64) for shape in shapes))


def softmax(scores: np.ndarray) -> np.ndarray:
    return np.exp(log_softmax(scores))


def log_softmax(scores: np.ndarray) -> np.ndarray:
    moved = scores - scores.max(axis=1, keepdims=True)
    return np.asarray(moved - np.log(np.exp(moved).sum(axis=1, keepdims=True)))


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(z / 2))


def relu(z: np.ndarray) -> np.ndarray:
    return np.maximum(z, 0)


def unchanged(z: np.ndarray) -> np.ndarray:
    return z


ACTIVATIONS = (sigmoid, relu, np.tanh, unchanged)
ENDS = (unchanged, softmax, log_softmax, sigmoid, relu)


def convolutional(rng: np.random.Generator) -> dict[str, Any]:
    tensors = [single(rng, 0.1, *shape) for shape in ((32, 3, 7, 7), (32,), (10, 5408), (10,))]
    return {"model": "VanillaCNN", "arguments": [], "tensors": tensors}


def two_layers(rng: np.random.Generator, input_dim: int, hidden_size: int, num_classes: int) -> dict[str, Any]:
    shapes = ((hidden_size, input_dim), (hidden_size,), (num_classes, hidden_size), (num_classes,))
    return {
        "model": "TwoLayerNet",
        "arguments": [input_dim, hidden_size, num_classes],
        "tensors": [single(rng, 1.0, *shape) for shape in shapes],
    }


def single(rng: np.random.Generator, scale: float, *shape: int) -> np.ndarray:
    return rng.normal(0, scale, size=shape).astype(np.float32)
