"""Hidden tests of MBConv and Fused-MBConv: what is executed, and what a skip, dropout and batch norms do.

What is executed is a list: a code and the number of channels of each convolution, norm, gate and activation.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drivers import (
    ACTIVATION,
    CONVOLUTION,
    GATE,
    NORM,
    gradients,
    output_shapes,
    outputs,
    parameters,
    statistics,
    structure,
)

from grader.authoring import Subject, assert_matches

MBCONV, FUSED = "mbconv", "fused"
BLOCKS = ("mbconv_block", "fused_block")
SIZE = [9, 8]
# Channels in and out, expansion, stride.
FORMS = ((32, 48, 3, 2), (16, 16, 2, 1))
IN, OUT, KERNEL, STRIDE, GROUPS = 0, 1, slice(2, 4), 4, 5

each_form = pytest.mark.parametrize("form", FORMS, ids="{0[0]} to {0[1]} channels, e = {0[2]}, stride {0[3]}".format)
each_width = pytest.mark.parametrize("channels", [16, 24], ids="{} channels".format)
each_kind = pytest.mark.parametrize("kind", [MBCONV, FUSED])


@each_form
def test_mb_expansion(student: Subject, reference: Subject, form: tuple[int, ...]) -> None:
    """Test alone: the convolution before the depthwise one."""
    got, expected = seen(student, reference, MBCONV, form)
    wanted = expected["convolutions"][0]
    before = [row for row in got["convolutions"][: place_of_kernel(got)] if tuple(row[KERNEL]) == (1, 1)]
    assert before, "no convolution of 1 x 1 comes before the depthwise one, expected an expansion"
    assert_row(before[0], wanted, IN, OUT, STRIDE, GROUPS)


@each_form
def test_mb_depthwise(student: Subject, reference: Subject, form: tuple[int, ...]) -> None:
    """Test alone: the convolution of 3 x 3."""
    got, expected = seen(student, reference, MBCONV, form)
    row, wanted = (one["convolutions"][place_of_kernel(one)] for one in (got, expected))
    assert tuple(row[KERNEL]) == (3, 3), f"the largest kernel is {row[2]} x {row[3]}, expected 3 x 3"
    assert row[GROUPS] == row[IN] == row[OUT], (
        f"the convolution of 3 x 3 has {row[GROUPS]} groups for {row[IN]} channels, expected one for each"
    )
    assert row[STRIDE] == wanted[STRIDE], (
        f"the depthwise convolution has stride {row[STRIDE]}, expected {wanted[STRIDE]}"
    )


@each_form
def test_fused_convolution(student: Subject, reference: Subject, form: tuple[int, ...]) -> None:
    """Test alone: the convolution of 3 x 3."""
    got, expected = seen(student, reference, FUSED, form)
    row, wanted = (one["convolutions"][place_of_kernel(one)] for one in (got, expected))
    assert tuple(row[KERNEL]) == (3, 3), f"the largest kernel is {row[2]} x {row[3]}, expected 3 x 3"
    assert_row(row, wanted, IN, OUT, STRIDE, GROUPS)
    count = len(got["convolutions"])
    assert count == len(expected["convolutions"]), (
        f"{count} convolutions are executed, expected 2: one takes two's place"
    )


@each_form
@each_kind
def test_projection(student: Subject, reference: Subject, kind: str, form: tuple[int, ...]) -> None:
    """Test alone: the last convolution, and that no activation comes after it."""
    got, expected = seen(student, reference, kind, form)
    assert_row(got["convolutions"][-1], expected["convolutions"][-1], OUT, STRIDE, GROUPS)
    height, width = got["convolutions"][-1][KERNEL]
    assert (height, width) == (1, 1), f"the last convolution has a kernel of {height} x {width}, expected 1 x 1"
    codes = [code for code, _ in got["order"]]
    after = codes[len(codes) - codes[::-1].index(CONVOLUTION) :]
    assert ACTIVATION not in after, "an activation comes after the projection, expected none"


@each_form
@each_kind
def test_squeezes(student: Subject, reference: Subject, kind: str, form: tuple[int, ...]) -> None:
    """Test alone: where the gates of squeeze and excite are."""
    got, expected = seen(student, reference, kind, form)
    order = [tuple(map(int, row)) for row in got["order"]]
    wide = form[0] * form[2]
    assert any(code == GATE for code, _ in order), "no channel is gated, expected squeeze and excite"
    place = next(number for number, (code, _) in enumerate(order) if code == GATE)
    channels = order[place][1]
    assert channels == wide, f"{channels} channels are gated, expected the {wide} expanded ones"
    before = sum(code == CONVOLUTION for code, _ in order[:place])
    wanted = len(expected["convolutions"]) - 1
    assert before == wanted, f"squeeze and excite comes after {before} convolutions, expected {wanted}"


@each_form
@each_kind
def test_norms(student: Subject, reference: Subject, kind: str, form: tuple[int, ...]) -> None:
    """Test alone: that a batch norm comes after each convolution, before anything else does."""
    got, _ = seen(student, reference, kind, form)
    order = [tuple(map(int, row)) for row in got["order"]]
    places = [number for number, (code, _) in enumerate(order) if code == CONVOLUTION]
    bare = [number for number in places if order[number + 1 : number + 2] != [(NORM, order[number][1])]]
    assert places and not bare, (
        f"{len(bare)} of {len(places)} convolutions have no batch norm after them, expected none"
    )


@pytest.mark.parametrize("kind", [MBCONV, FUSED, *BLOCKS])
@pytest.mark.parametrize("expansion", [5, 6], ids="e = {}".format)
def test_compressions(student: Subject, kind: str, expansion: int) -> None:
    """Test alone: that the compression reaches squeeze and excite; of the input's channels or of the expanded ones."""
    counts = {}
    for compression in (0.25, 0.5):
        arguments = given(32, 32, expansion=expansion, stride=2) | {"compression": compression}
        if kind in BLOCKS:
            del arguments["skip"]
            arguments = {"repeats": 2} | arguments
        counts[compression] = int(student(parameters, kind=kind, arguments=arguments)["count"])
    more, wide = counts[0.5] - counts[0.25], 32 * expansion
    accepted = [(2 * wide + bias) * units for units in (8, wide // 4) for bias in (0, 1)]
    elements = (2, 3) if kind in BLOCKS else (1,)  # one too many is judged elsewhere
    assert any(more == count * one for one in accepted for count in elements), (
        f"with a compression of 0.5 there are {more} parameters more than with 0.25,"
        f" expected {accepted[0]} (compressed from the input's channels) or {accepted[2]} (from the expanded ones)"
        f"{' for each element' if kind in BLOCKS else ''}"
    )


@each_kind
def test_sizes(student: Subject, reference: Subject, kind: str) -> None:
    """Test alone: height and width."""
    for stride, shapes in ((2, [[1, 4, 90, 90], [1, 4, 45, 45], [1, 4, 23, 23], [2, 4, 7, 12]]), (1, [[1, 4, 9, 6]])):
        inputs = {"kind": kind, "arguments": given(4, 6, expansion=2, stride=stride), "shapes": shapes}
        got, expected = (subject(output_shapes, **inputs)["shapes"] for subject in (student, reference))
        for shape, found, wanted in zip(shapes, got, expected, strict=True):
            assert found == wanted, (
                f"{words(shape)} becomes {words(found)} with stride {stride}, expected {words(wanted)}"
            )


@each_kind
@each_width
def test_skips(student: Subject, rng: np.random.Generator, kind: str, channels: int) -> None:
    """Test alone: with all parameters at 0 the input itself is left where there is a skip, and nothing where not."""
    x = rng.normal(size=(2, channels, 5, 4)).astype(np.float32)
    for skip in (True, False):
        inputs = {"kind": kind, "arguments": given(channels, channels, stride=1, skip=skip), "inputs": [x]}
        (got,) = student(outputs, **inputs, zeroed=True)["outputs"]
        name = "input" if skip else "nothing"
        assert_matches({name: got}, {name: x if skip else np.zeros_like(x)}, rtol=0, atol=1e-6)


@each_kind
@each_width
def test_dropouts(student: Subject, rng: np.random.Generator, kind: str, channels: int) -> None:
    """Test alone: that something is dropped in training, with the rate that is given, and nothing in evaluation."""
    x = rng.normal(size=(16, channels, 4, 4)).astype(np.float32)
    changed = {}
    for rate, training in ((0.5, True), (0.5, False), (0.0, True)):
        arguments = given(channels, channels, stride=1, skip=True) | {"dropout": rate}
        got = student(outputs, kind=kind, arguments=arguments, inputs=[x, x], training=training)["outputs"]
        odd = sum(int(np.sum(~np.isfinite(one))) for one in got)
        assert not odd, f"{odd} of {2 * x.size} values are NaN or infinite, expected none"
        changed[rate, training] = int(np.sum(~np.isclose(*got, rtol=1e-4, atol=1e-6)))
        assert np.shape(got[0]) == x.shape, f"the output has shape {words(np.shape(got[0]))}, expected {words(x.shape)}"
    assert changed[0.5, True], "with a dropout of 0.5 the same input gives the same output twice in training"
    assert not changed[0.5, False], f"{changed[0.5, False]} of {x.size} values differ in evaluation, expected none"
    assert not changed[0.0, True], f"{changed[0.0, True]} of {x.size} values differ with a dropout of 0, expected none"


@each_kind
@each_width
def test_gradients(student: Subject, rng: np.random.Generator, kind: str, channels: int) -> None:
    """Test alone: that each parameter has a gradient."""
    x = rng.normal(size=(4, channels, 6, 5)).astype(np.float32)
    found = student(gradients, kind=kind, arguments=given(channels, channels, stride=1), x=x)["largest"]
    lacking = int(np.sum(~(found > 0)))
    assert np.size(found) and np.ptp(found), "there are no gradients, or all are the same"
    assert not lacking, f"{lacking} of {np.size(found)} parameters have no gradient, expected none"


@each_kind
@each_width
def test_batch_statistics(student: Subject, rng: np.random.Generator, kind: str, channels: int) -> None:
    """Test alone: that batch norms learn from batches in training, and from none in evaluation."""
    x = rng.normal(1, 2, size=(4, channels, 6, 5)).astype(np.float32)
    got = student(statistics, kind=kind, arguments=given(channels, channels, stride=1), x=x)
    assert np.size(got["first"]), "no batch norm keeps statistics"
    moved = [float(np.abs(got[name] - got["first"]).max()) for name in ("evaluated", "trained")]
    assert moved[0] == 0, f"the statistics of the batch norms move by {moved[0]:.4g} in evaluation, expected 0"
    assert moved[1] > 0, "the statistics of the batch norms do not move in training"
    assert_matches({"output": got["alone"]}, {"output": got["together"]}, rtol=1e-4, atol=1e-5)


def seen(
    student: Subject, reference: Subject, kind: str, form: tuple[int, ...]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """List what is executed in an element without skip."""
    inputs = {"kind": kind, "arguments": given(*form), "size": SIZE}
    got, expected = (subject(structure, **inputs) for subject in (student, reference))
    assert len(got["convolutions"]), "no convolution is executed"
    return got, expected


def given(
    in_channels: int, out_channels: int, expansion: int = 2, stride: int = 2, *, skip: bool = False
) -> dict[str, Any]:
    return {
        "in_channels": in_channels,
        "out_channels": out_channels,
        "expansion": expansion,
        "stride": stride,
        "compression": 0.25,
        "dropout": 0.0,
        "skip": skip,
    }


def place_of_kernel(found: dict[str, Any]) -> int:
    """Return which convolution has the largest kernel."""
    return int(np.argmax(np.prod(found["convolutions"][:, KERNEL], axis=1)))


def assert_row(row: np.ndarray, wanted: np.ndarray, *columns: int) -> None:
    """Compare some properties of a convolution."""
    names = {IN: "channels in", OUT: "channels out", STRIDE: "stride", GROUPS: "groups"}
    for column in columns:
        assert row[column] == wanted[column], (
            f"{names[column]} of the convolution of {row[2]} x {row[3]}: {row[column]}, expected {wanted[column]}"
        )


def words(shape: Any) -> str:  # noqa: ANN401  # theirs
    return "(" + ", ".join(map(str, list(shape)[:6])) + ")"
