"""Hidden tests of blocks, and of the network that is made of them.

As in an element by itself, convolutions get hidden numbers or hidden numbers stand for what they give. Here one channel
alone is looked at, with weights from itself, so that a full convolution and a depthwise one give the same.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import pytest
from drivers import convolutions, network_gradients, scores, summary, summed

from grader.authoring import Show, Subject, assert_matches, assert_shape
from grader.authoring.figures import lines_figure

KINDS = ("mbconv_block", "fused_block")
SIZE = [17, 9]  # odd, and so are its halves: all ways to pad are the same
IMAGE = [90, 90]
SHOWN = 4  # the number of classes in the case that shows the network
IN, OUT, STRIDE = 0, 1, 4
SAME = {"rtol": 1e-4, "atol": 1e-4}

each_block = pytest.mark.parametrize("kind", KINDS)
each_repeats = pytest.mark.parametrize("repeats", [2, 3], ids="{} elements".format)


@each_block
@each_repeats
def test_block_repeats(student: Subject, reference: Subject, rng: np.random.Generator, kind: str, repeats: int) -> None:
    """Test alone: how many elements there are, by what their 3 x 3 convolutions give at the first place."""
    got, expected = seen(student, reference, rng, kind, repeats)
    found, wanted = (kernels(one) for one in (got, expected))
    assert len(found) == len(wanted), (
        f"{len(found)} convolutions of 3 x 3 are executed, expected {len(wanted)}: one for each element"
    )
    marked = assert_shape(got["marked"], (len(got["rows"]),), name="what the weights hold")[found]
    repeated = int(np.sum(marked != marks(rng)[found]))
    assert not repeated, f"{repeated} convolutions have the weights of another one: is one element repeated?"
    assert_matches({"first places": first_places(got, found)}, {"first places": first_places(expected, wanted)}, **SAME)


@each_block
@each_repeats
def test_block_stride(student: Subject, reference: Subject, rng: np.random.Generator, kind: str, repeats: int) -> None:
    """Test alone: which elements have the stride."""
    got, expected = seen(student, reference, rng, kind, repeats)
    found, wanted = (kernels(one) for one in (got, expected))
    for number, (place, other) in enumerate(zip(found, wanted, strict=False), start=1):
        stride, right = int(got["rows"][place, STRIDE]), int(expected["rows"][other, STRIDE])
        assert stride == right, f"element {number} has stride {stride}, expected {right}"
    assert len(found) == len(wanted), f"{len(found)} elements have a stride, expected {len(wanted)}"
    for place, other in zip(found, wanted, strict=True):
        gave = assert_shape(got["outputs"][place], (2, None, None, None), name="what a convolution gives")
        assert_matches({"element": gave[:, :1]}, {"element": expected["outputs"][other][:, :1]}, **SAME)


@each_block
@each_repeats
def test_block_channels(
    student: Subject, reference: Subject, rng: np.random.Generator, kind: str, repeats: int
) -> None:
    """Test alone: where the number of channels changes, and how far it is expanded."""
    got, expected = seen(student, reference, rng, kind, repeats)
    assert_matches({"channels": got["rows"][:, [IN, OUT]]}, {"channels": expected["rows"][:, [IN, OUT]]})
    every = range(len(expected["rows"]))
    assert_matches({"first places": first_places(got, every)}, {"first places": first_places(expected, every)}, **SAME)


@each_block
@pytest.mark.parametrize("channels", [8, 12], ids="{} channels".format)
def test_block_first(student: Subject, reference: Subject, rng: np.random.Generator, kind: str, channels: int) -> None:
    """Test alone: what comes out of a block of one element is what its projection gives, without the input."""
    inputs = {
        "kind": kind,
        "arguments": [given(1, channels, channels, stride=1)],
        "x": rng.normal(size=(2, channels, 7, 5)).astype(np.float32),
        "branches": rng.uniform(20, 30, size=(1, 2, channels)).astype(np.float32),
    }
    got, expected = (subject(summed, **inputs, to_the_end=True)["outputs"] for subject in (student, reference))
    assert_matches({"outputs": got}, {"outputs": expected}, **SAME)


@each_block
@each_repeats
def test_block_others(student: Subject, reference: Subject, rng: np.random.Generator, kind: str, repeats: int) -> None:
    """Test alone: what comes out is the sum of what the projections of all elements give."""
    inputs = {
        "kind": kind,
        "arguments": [given(repeats, 8, 12, stride=2)],
        "x": rng.normal(size=(2, 8, *SIZE)).astype(np.float32),
        "branches": rng.uniform(20, 30, size=(repeats, 2, 12)).astype(np.float32),
    }
    got, expected = (subject(summed, **inputs, to_the_end=True)["outputs"] for subject in (student, reference))
    assert_matches({"outputs": got}, {"outputs": expected}, **SAME)


@pytest.mark.parametrize("classes", [4, 5], ids="{} classes".format)
def test_cellnet_scores(
    student: Subject, reference: Subject, rng: np.random.Generator, figure: Show, classes: int
) -> None:
    """Test alone: that what the last layer gives are the scores, one for each class."""
    inputs = {
        "arguments": {"num_classes": classes},
        "size": SIZE,
        "features": rng.normal(size=(3, 16)).astype(np.float32),
        "weight": rng.normal(size=(classes, 16)).astype(np.float32),
    }
    answer = student(scores, **inputs)
    got, expected = answer["scores"], reference(scores, **inputs)["scores"]
    assert not answer["odd"], f"{answer['odd']} scores of a new network are NaN or infinite: what are the weights?"
    found = assert_shape(got, (3, None), name="the scores")
    assert found.shape[1] == classes, f"there are {found.shape[1]} scores for an image, expected {classes}"
    assert not ((found >= 0).all() and np.allclose(found.sum(axis=1), 1, atol=1e-3)), (
        "the scores are probabilities, expected logits: the loss applies softmax itself"
    )
    assert_matches({"scores": got}, {"scores": expected}, **SAME)
    lines = student(summary, size=IMAGE)["lines"] if classes == SHOWN else []
    if lines:
        caption = f"by torchinfo, for one image of {IMAGE[0]} x {IMAGE[1]}"
        figure(lines_figure("The layers of your CellNet", caption, lines))


@pytest.mark.parametrize("size", [[33, 17], [49, 33]], ids="images of {0[0]} x {0[1]}".format)
def test_cellnet_structure(student: Subject, reference: Subject, rng: np.random.Generator, size: list[int]) -> None:
    """Test alone: the convolutions of the figure, one after the other, and what sizes they give.

    Kernels and groups are the elements' matter, but for the first one.
    """
    got, expected = listed(student, reference, rng, "cellnet", {"num_classes": 3}, size)
    found, right = (answer["rows"][:, [IN, OUT, STRIDE]] for answer in (got, expected))
    assert_matches({"convolutions": found}, {"convolutions": right})
    assert_matches({"first convolution": got["rows"][0]}, {"first convolution": expected["rows"][0]})
    assert_matches({"sizes": got["sizes"]}, {"sizes": expected["sizes"]})
    every = range(len(expected["rows"]))
    assert_matches({"first places": first_places(got, every)}, {"first places": first_places(expected, every)}, **SAME)


@pytest.mark.parametrize("images", [2, 3], ids="{} images".format)
def test_cellnet_gradient(student: Subject, reference: Subject, rng: np.random.Generator, images: int) -> None:
    """Test alone: which gradient arrives at the last convolution, where a common factor does not count, and that each
    parameter has one.
    """
    drawn = rng.normal(size=(images, 3))
    inputs = {
        "arguments": {"num_classes": 3},
        # Two places are left if all elements have stride 2.
        "x": rng.normal(size=(images, 3, 65, 17)).astype(np.float32),
        "weight": rng.normal(size=(3, 16)).astype(np.float32),
        "w": (drawn - drawn.mean(axis=1, keepdims=True)).astype(np.float32),
    }
    got, expected = (subject(network_gradients, **inputs) for subject in (student, reference))
    assert not got["is_overwritten"], "backward() is refused: forward writes over what gradients are computed with"
    found = got["signs"]
    unlisted = got["unlisted"]
    assert not unlisted, (
        f"the weights of {unlisted} convolutions are no parameters of CellNet, so that no optimizer finds them:"
        " a Python list of layers?"
    )
    odd = int(np.sum(~np.isfinite(found)))
    assert not odd, f"the gradients of {odd} of {np.size(found)} parameters are NaN or infinite: what are the weights?"
    lacking = int(np.sum(~(found > 0)))
    assert not lacking, f"{lacking} of {np.size(found)} parameters have no gradient, expected none"
    right = np.asarray(expected["arrived"])
    arrived = assert_shape(got["arrived"], right.shape, name="the gradient of what the last convolution gives")
    largest = np.unravel_index(np.abs(right).argmax(), right.shape)
    assert arrived[largest], "no gradient arrives at the last convolution"
    assert_matches({"gradient": arrived / arrived[largest]}, {"gradient": right / right[largest]}, **SAME)


def seen(
    student: Subject, reference: Subject, rng: np.random.Generator, kind: str, repeats: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """List the convolutions of a block."""
    return listed(student, reference, rng, kind, given(repeats, 8, 12, stride=2), SIZE, marks=marks(rng))


def listed(
    student: Subject,
    reference: Subject,
    rng: np.random.Generator,
    kind: str,
    arguments: dict[str, Any],
    size: list[int],
    **more: np.ndarray,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """List the convolutions that are executed, and what each gives for hidden numbers."""
    rng = shared(rng, kind, arguments, size)
    kernel = rng.normal(size=(1, 1, 3, 3)).astype(np.float32)
    z = rng.normal(size=(2, 1, 5, 3)).astype(np.float32)
    inputs = {"kind": kind, "arguments": arguments, "size": size, "z": z, "kernel": kernel, **more}
    got, expected = (subject(convolutions, **inputs) for subject in (student, reference))
    assert len(assert_shape(got["rows"], (None, 6), kind="i", name="the list of convolutions")), (
        "no convolution is executed"
    )
    return got, expected


def kernels(found: dict[str, Any]) -> list[int]:
    """Return which convolutions have more than 1 x 1."""
    return np.flatnonzero(found["rows"][:, 2] > 1).tolist()


def first_places(found: dict[str, Any], which: Any) -> list[np.ndarray]:  # noqa: ANN401  # numbers
    """Return what some convolutions give for the first channel at the first place of each image."""
    outputs = (
        assert_shape(found["outputs"][one], (2, None, None, None), name="what a convolution gives") for one in which
    )
    return [one[:, :1, 0, 0] for one in outputs]


def marks(rng: np.random.Generator) -> np.ndarray:
    """Draw a number of its own for the weights of each convolution, float32, of more than there are."""
    return shared(rng, "marks").permutation(np.arange(1, 65, dtype=np.float32))


def shared(rng: np.random.Generator, *what: object) -> np.random.Generator:
    """Make a generator of the course's seed alone, for what several checks ask alike: one call answers them."""
    seed, *_check_and_case = map(int, rng.bit_generator.seed_seq.entropy)
    return np.random.default_rng([seed, zlib.crc32(repr(what).encode())])


def given(repeats: int, in_channels: int, out_channels: int, stride: int) -> dict[str, Any]:
    return {
        "repeats": repeats,
        "in_channels": in_channels,
        "out_channels": out_channels,
        "expansion": 3,
        "stride": stride,
        "compression": 0.25,
        "dropout": 0.0,
    }
