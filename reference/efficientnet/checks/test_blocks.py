"""Hidden tests of blocks, and of the network that is made of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drivers import gradients, output_and_first_element, outputs, structure

from grader.authoring import Subject, assert_matches

KINDS = ("mbconv_block", "fused_block")
SIZE = [10, 8]
IN, OUT, STRIDE = 0, 1, 4

each_block = pytest.mark.parametrize("kind", KINDS)
each_repeats = pytest.mark.parametrize("repeats", [2, 3], ids="{} elements".format)


@each_block
@each_repeats
def test_block_repeats(student: Subject, reference: Subject, kind: str, repeats: int) -> None:
    """Test alone: how many elements there are."""
    found, wanted = (len(kernels(one)) for one in seen(student, reference, kind, repeats))
    assert found == wanted, f"{found} convolutions of 3 x 3 are executed, expected {wanted}: one for each element"


@each_block
@each_repeats
def test_block_stride(student: Subject, reference: Subject, kind: str, repeats: int) -> None:
    """Test alone: which elements have the stride."""
    found, wanted = (kernels(one)[:, STRIDE].tolist() for one in seen(student, reference, kind, repeats))
    assert found == wanted, f"the elements have strides {found[:8]}, expected {wanted}"


@each_block
@each_repeats
def test_block_channels(student: Subject, reference: Subject, kind: str, repeats: int) -> None:
    """Test alone: where the number of channels changes, and how far it is expanded."""
    found, wanted = (one["convolutions"][:, [IN, OUT]] for one in seen(student, reference, kind, repeats))
    assert_matches({"channels": found}, {"channels": wanted})


@each_block
@each_repeats
def test_block_first(student: Subject, rng: np.random.Generator, kind: str, repeats: int) -> None:
    """Test alone: with all parameters at 0 nothing is left, since the first element has no skip."""
    x = rng.normal(size=(2, 16, 6, 5)).astype(np.float32)
    inputs = {"kind": kind, "arguments": given(repeats, 16, 16, stride=1), "inputs": [x]}
    (got,) = student(outputs, **inputs, zeroed=True)["outputs"]
    assert np.shape(got) == x.shape, f"the output has {np.ndim(got)} axes, expected 4 of the input's lengths"
    left = int(np.sum(np.abs(got) > 1e-6))
    assert not left, f"{left} of {x.size} values get past the first element, expected none"
    (alive,) = student(outputs, **inputs)["outputs"]
    assert np.ptp(alive) > 0, "the block gives the same number everywhere, expected what depends on the input"


@each_block
@each_repeats
def test_block_others(student: Subject, rng: np.random.Generator, kind: str, repeats: int) -> None:
    """Test alone: where the parameters of all others are 0, their skips hand on what the first element gives."""
    x = rng.normal(size=(2, 16, 7, 6)).astype(np.float32)
    got = student(output_and_first_element, kind=kind, arguments=given(repeats, 16, 24, stride=2), x=x)
    assert np.ptp(got["first"]) > 0, "the first element gives the same number everywhere"
    assert_matches({"output": got["block"]}, {"output": got["first"]}, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("classes", [4, 5], ids="{} classes".format)
def test_cellnet_scores(student: Subject, reference: Subject, rng: np.random.Generator, classes: int) -> None:
    """Test alone: shape and kind of the scores."""
    x = rng.normal(size=(3, 3, 20, 20)).astype(np.float32)
    x[1] = x[0]
    inputs = {"kind": "cellnet", "arguments": {"num_classes": classes}, "inputs": [x]}
    (got,), (expected,) = (subject(outputs, **inputs)["outputs"] for subject in (student, reference))
    assert np.shape(got) == np.shape(expected), (
        f"the scores have shape {tuple(np.shape(got)[:4])}, expected {np.shape(expected)}"
    )
    assert np.isfinite(got).all() and np.ptp(got) > 0, "the scores are all the same, or no numbers"
    assert np.allclose(got[0], got[1], rtol=1e-3, atol=1e-5), "one image gets two different scores"
    sums = got.sum(axis=1)
    assert not ((got >= 0).all() and np.allclose(sums, 1, atol=1e-3)), (
        "the scores are probabilities, expected logits: the loss applies softmax itself"
    )


@pytest.mark.parametrize("size", [[46, 45], [33, 30]], ids="images of {0[0]} x {0[1]}".format)
def test_cellnet_structure(student: Subject, reference: Subject, size: list[int]) -> None:
    """Test alone: the convolutions of the figure, one after the other, and what sizes they give."""
    inputs = {"kind": "cellnet", "arguments": {"num_classes": 3}, "size": size}
    got, expected = (subject(structure, **inputs) for subject in (student, reference))
    assert_matches({"convolutions": got["convolutions"]}, {"convolutions": expected["convolutions"]})
    assert_matches({"sizes": got["sizes"]}, {"sizes": expected["sizes"]})


@pytest.mark.parametrize("size", [[16, 16], [20, 12]], ids="images of {0[0]} x {0[1]}".format)
def test_cellnet_gradient(student: Subject, rng: np.random.Generator, size: list[int]) -> None:
    """Test alone: that each parameter has a gradient."""
    x = rng.normal(size=(2, 3, *size)).astype(np.float32)
    found = student(gradients, kind="cellnet", arguments={"num_classes": 3}, x=x)["largest"]
    lacking = int(np.sum(~(found > 0)))
    assert np.size(found) and np.ptp(found), "there are no gradients, or all are the same"
    assert not lacking, f"{lacking} of {np.size(found)} parameters have no gradient, expected none"


def seen(student: Subject, reference: Subject, kind: str, repeats: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """List what is executed in a block."""
    inputs = {"kind": kind, "arguments": given(repeats, 16, 24, stride=2), "size": SIZE}
    got, expected = (subject(structure, **inputs) for subject in (student, reference))
    assert len(got["convolutions"]), "no convolution is executed"
    return got, expected


def kernels(found: dict[str, Any]) -> np.ndarray:
    """Give the convolutions of more than 1 x 1."""
    return found["convolutions"][found["convolutions"][:, 2] > 1]


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
