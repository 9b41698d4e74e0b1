"""Hidden tests of both networks with given parameters, and the time that they take."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from drivers import (
    network_border,
    network_shapes,
    own_scores,
    own_scores_one_by_one,
    rows_left,
    standard_scores,
    times,
    torch_scores,
)
from test_layers import compare, normal, uniform

from grader.authoring import Measure, Note, Subject, assert_shape, equal, no_example

Shape = Sequence[int]

INPUTS = {"valid": 400, "same": 1024}  # of the first fully connected layer, by what is added at the border
KINDS = ("relu", "tanh", "sigmoid", "leaky_relu", "elu", "gelu")  # of activations, tried for the whole network
ODD_ONES = ("none", "tanh", "sigmoid")  # tried for one of its layers
LAST_ONES = ("softmax", "sigmoid", "relu")  # tried behind its last layer
RIGHT, POOLINGS = {"activations": "relu relu relu relu", "poolings": "max max", "last": "none"}, ("max", "avg")
LEFT_OUT = ("max none", "none max")  # where there is one pooling alone
LINEAR = (2, 3, 4)  # fully connected layers that a network may have
MOST_NUMBERS = 1 << 20  # in a network of other sizes that is compared with
IMAGES = 10  # in each of two cases
TIMED = 5  # of which the median is taken
SCORE_SECONDS, TIME_SECONDS = 45.0, 8.0


@no_example("nobody follows 64,058 parameters by hand")
@pytest.mark.parametrize("images", [2, 3], ids="{} images".format)
def test_standard_scores(student: Subject, reference: Subject, rng: np.random.Generator, images: int) -> None:
    given = numbers(rng, images)
    form = student(network_border, own=False)["form"]
    compare_scores(student, reference, standard_scores, given, form)


@dataclass(frozen=True, kw_only=True)
class Network:
    """A network of torch's layers: its parameters in the order of their use, and what the reference is told besides."""

    inputs: dict[str, Any]
    how: dict[str, str]


@no_example("nobody follows 64,058 parameters by hand")
@pytest.mark.parametrize("images", [2, 3], ids="{} images".format)
def test_network_scores(
    student: Subject, reference: Subject, rng: np.random.Generator, note: Note, images: int
) -> None:
    given = numbers(rng, images)
    form = student(network_border, own=True)["form"]
    try:
        norms = compare_scores(student, reference, own_scores, given, form).get("norms", 0)
    except AssertionError:
        other = other_network(student, reference, rng, images)
        if other is None:
            raise
        compare_either(
            student(own_scores, **other.inputs)["scores"],
            reference(torch_scores, **other.inputs, **other.how)["scores"],
        )
        note("compared with your network of torch's layers, which is another than that of task 1")
        return
    if norms:
        note("compared without its batch normalisation, which the network of task 1 does not have")


@pytest.mark.parametrize("first", [1, 11], ids="from image {} on".format)
def test_network_twenty(
    student: Subject, reference: Subject, rng: np.random.Generator, note: Note, measure: Measure, first: int
) -> None:
    given = numbers(rng, IMAGES)
    form = student(network_border, own=True)["form"]
    inputs, differs = chosen(given, form), {}
    try:
        count = compare_one_by_one(student, reference, inputs, {}, form)
    except AssertionError:
        other = other_network(student, reference, rng, IMAGES)
        if other is None:
            raise
        inputs = other.inputs
        count = compare_one_by_one(student, reference, inputs, other.how)
        differs = {"how": {name: other.how[name] for name in ("activations", "poolings")}}
    if count < IMAGES:
        were = "was" if count == 1 else "were"
        note(f"{count} of {IMAGES} images {were} compared: all of them take longer than {SCORE_SECONDS:.0f} s")
    else:
        note(f"images {first} to {first + IMAGES - 1} have the same scores and the same classes")
    timed = inputs | {"images": inputs["images"][:TIMED]}
    seconds: Any = student(times, seconds=TIME_SECONDS, **timed, **differs)
    own, default = (assert_shape(seconds[name], (None,), name="the times") for name in ("own", "default"))
    assert 0 < len(own) <= TIMED and len(default) == len(own), "no time was measured"
    assert (own > 0).all() and (default > 0).all(), "no time was measured"
    low, high = np.quantile(own, [0.25, 0.75]) / np.median(default)
    measure(float(np.median(own) / np.median(default)))
    note(
        f"{1e3 * np.median(own):.2f} ms an image against {1e3 * np.median(default):.2f} ms with torch's layers; "
        f"the middle half of {len(own)} {'run' if len(own) == 1 else 'runs'} took {low:.1f} to {high:.1f} times as long"
    )


def compare_one_by_one(
    student: Subject,
    reference: Subject,
    inputs: dict[str, Any],
    how: dict[str, str],
    form: Any = None,  # noqa: ANN401  # a word
) -> int:
    """Compare the scores of images that are scored one at a time; return how many that are."""
    got: Any = student(own_scores_one_by_one, seconds=SCORE_SECONDS, **inputs)
    if form is not None:
        compare_shapes(got["shapes"], form)
    found = got["scores"][:IMAGES]
    assert len(found) > 0, f"no image was scored, expected {IMAGES}"
    expected: Any = reference(torch_scores, **inputs, **how)["scores"]
    scores = np.concatenate([assert_shape(one, (1, 10), name="the score of one image") for one in found])
    compare_either(scores, np.asarray(expected)[: len(scores)])
    return len(scores)


def other_network(student: Subject, reference: Subject, rng: np.random.Generator, images: int) -> Network | None:
    """Find out which network of torch's layers a submission has, where it is another than that of task 1.

    Kernels, channels and units may be as many as it likes, activation and pooling others. What it costs to have another
    one is what `standard_scores` is worth; the network of own layers is compared with what the course computes for it.
    """
    wanted = in_order(student(network_shapes)["shapes"])
    if wanted is None:
        return None
    inputs = {
        "tensors": [normal(rng, math.prod(shape[1:]) if len(shape) > 1 else 4, *shape) for shape in wanted],
        "images": uniform(rng, images, 3, 32, 32),
        "form": "valid" if any(inputs_left(wanted, one) == wanted[4][1] for one in ("max max", *LEFT_OUT)) else "same",
    }
    scores: Any = student(standard_scores, **inputs)["scores"]
    for how in others(wanted):
        if is_task_1(wanted) and how == RIGHT:
            continue
        if equal(scores, reference(torch_scores, **inputs, **how)["scores"]):
            return Network(inputs=inputs, how=how)
    return None


def others(wanted: list[Shape]) -> Iterator[dict[str, str]]:
    """List networks that a submission may have: of one kind throughout, or that of task 1 but for one step."""
    hidden = len(wanted) // 2 - 1
    fitting = [one for one in ("max max", *LEFT_OUT) if wanted[4][1] in inputs_of(wanted, one)]
    for kind, one in itertools.product(KINDS, fitting):
        for pooling in POOLINGS:
            poolings = one.replace("max", pooling)
            yield {"activations": " ".join([kind] * hidden), "poolings": poolings, "last": "none"}
    if hidden != len(RIGHT["activations"].split()) or "max max" not in fitting:
        return
    for kind, place in itertools.product(ODD_ONES, range(4)):
        names = ["relu"] * 4
        names[place] = kind
        yield RIGHT | {"activations": " ".join(names)}
    yield from (RIGHT | {"poolings": poolings} for poolings in ("avg max", "max avg"))
    yield from (RIGHT | {"last": last} for last in LAST_ONES)
    for kind in ODD_ONES:
        yield RIGHT | {"activations": f"relu relu {kind} {kind}"}


def is_task_1(wanted: list[Shape]) -> bool:
    return any(wanted == [tuple(shape) for shape in shapes(inputs)] for inputs in INPUTS.values())


def in_order(told: Any) -> list[Shape] | None:  # noqa: ANN401  # what a driver answers
    """Order the shapes of a network's parameters by their use; None where it is no chain of two and some layers."""
    found = [tuple(map(int, shape)) for shape in told]
    weights = [shape for dimensions in (4, 2) for shape in found if len(shape) == dimensions]
    linear = len(weights) - 2
    if (
        linear not in LINEAR
        or len(found) != 2 * len(weights)
        or [len(shape) for shape in weights] != [4, 4, *[2] * linear]
    ):
        return None
    if sum(map(math.prod, found)) > MOST_NUMBERS or min(map(min, found)) < 1:
        return None
    ordered: list[Shape] = []
    inputs, remaining = 3, list(weights)
    for place in range(len(weights)):
        if place == 2:  # the first fully connected layer
            sizes = {size for one in ("max max", *LEFT_OUT) for size in inputs_of(ordered, one)}
            shape = next((one for one in remaining if one[1] in sizes), None)
        else:
            shape = next((one for one in remaining if one[1] == inputs and len(one) == (4 if place < 2 else 2)), None)
        if shape is None:
            return None
        remaining.remove(shape)
        ordered += [shape, shape[:1]]
        inputs = shape[0]
    return ordered if inputs == 10 and sorted(ordered) == sorted(found) else None


def inputs_of(wanted: Sequence[Shape], poolings: str) -> set[int]:
    """List how many inputs the first fully connected layer may have: with images padded by half a kernel, or not."""
    return {inputs_left(wanted, poolings, padded=padded) for padded in (False, True)}


def inputs_left(wanted: Sequence[Shape], poolings: str, *, padded: bool = False) -> int:
    """Return how many numbers are left of an image behind both convolutions."""
    kernels = (wanted[0][2], wanted[2][2])
    return wanted[2][0] * rows_left(kernels, poolings.split(), padded=padded) ** 2


def compare_scores(student: Subject, reference: Subject, driver: Any, given: dict[str, Any], form: Any) -> Any:  # noqa: ANN401  # a driver, a word
    """Compare the scores of a network with those of torch's layers; return what the driver answered."""
    inputs = chosen(given, form)
    got: Any = student(driver, **inputs)
    compare_shapes(got["shapes"], form)
    compare_either(got["scores"], reference(torch_scores, **inputs)["scores"])
    return got


def compare_either(got: Any, expected: Any) -> None:  # noqa: ANN401  # what drivers answer
    """Compare scores with those of torch's layers; log-softmax of them is right as well."""
    right = np.asarray(expected)
    scores = assert_shape(got, right.shape)
    normalised = right - np.log(np.exp(right.astype(np.float64)).sum(axis=1, keepdims=True)).astype(np.float32)
    compare(scores, normalised if equal(scores, normalised) else right)


def compare_shapes(got: Any, form: str) -> None:  # noqa: ANN401  # what a driver answers
    """Compare the shapes of a network's parameters, in whatever order."""
    wanted, sizes = shapes(INPUTS["same" if form == "same" else "valid"]), [math.prod(shape) for shape in got]
    missing = next((shape for shape in wanted if math.prod(shape) not in sizes), None)
    if missing is not None or len(got) > len(wanted):
        total = sum(map(math.prod, wanted))
        lacks = f"; one of shape {tuple(missing)} is missing" if missing is not None else ""
        raise AssertionError(
            f"the network has {sum(sizes)} parameters in {len(got)} tensors, expected {total} in 10{lacks}"
        )


def chosen(given: dict[str, Any], form: Any) -> dict[str, Any]:  # noqa: ANN401  # a driver's word
    """Take the parameters for a network that does this at the border."""
    form = "same" if form == "same" else "valid"
    tensors = list(given["tensors"])
    if form == "same":
        inputs = INPUTS["same"]
        tensors[4] = np.tile(tensors[4], (1, 3))[:, :inputs] * np.float32((INPUTS["valid"] / inputs) ** 0.5)
    return {"tensors": tensors, "images": given["images"], "form": form}


def shapes(inputs: int) -> list[Shape]:
    """List the shapes of the network's parameters in the order of their use."""
    layers: list[Shape] = [(8, 3, 5, 5), (16, 8, 5, 5), (128, inputs), (64, 128), (10, 64)]
    return [shape for layer in layers for shape in (layer, layer[:1])]


def numbers(rng: np.random.Generator, images: int) -> dict[str, Any]:
    """Draw the parameters of a network, and images."""
    drawn = [normal(rng, math.prod(shape[1:]) if len(shape) > 1 else 4, *shape) for shape in shapes(INPUTS["valid"])]
    return {"tensors": drawn, "images": uniform(rng, images, 3, 32, 32)}
