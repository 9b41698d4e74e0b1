"""Hidden tests of MBConv and Fused-MBConv.

What an element is made of is seen from the convolutions that are executed. Each of them gets hidden numbers in the
place of its input and weights, or hidden numbers stand for what it gives, so that nothing but what is asked for
decides: neither which activations are in use nor how an element begins.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import pytest
from drivers import carried, convolutions, dropped, gated, gradients, handed_on, normed, statistics, summed

from grader.authoring import Subject, assert_matches, assert_matches_either, assert_shape, equal

MBCONV, FUSED, CELLNET = "mbconv", "fused", "cellnet"
BLOCKS = ("mbconv_block", "fused_block")
GATES = ("sigmoid", "hardsigmoid")
SIZE = [9, 7]
WIDTHS = {MBCONV: 8, FUSED: 12}  # channels of an element that has a skip
KNOWN = 8  # channels that get hidden numbers
# Channels in and out, expansion, stride.
FORMS = ((16, 24, 3, 2), (8, 8, 2, 1))
OVERWRITTEN = "backward() is refused: forward writes over what gradients are computed with"
IN, OUT, KERNEL, STRIDE, GROUPS = 0, 1, slice(2, 4), 4, 5
# The same sums in another order, and activations of 10 or more: off by 5e-5.
SAME = {"rtol": 2e-4, "atol": 1e-4}

each_form = pytest.mark.parametrize("form", FORMS, ids="{0[0]} to {0[1]} channels, e = {0[2]}, stride {0[3]}".format)
each_width = pytest.mark.parametrize("channels", [8, 12], ids="{} channels".format)  # two cases name a mistake
each_kind = pytest.mark.parametrize("kind", [MBCONV, FUSED])
each_layer = pytest.mark.parametrize(
    ("kind", "form"),
    [*((kind, form) for form in FORMS for kind in (MBCONV, FUSED)), (CELLNET, (3,)), (CELLNET, (5,))],
    ids=lambda value: value if isinstance(value, str) else "-".join(map(str, value)),
)


@each_form
def test_mb_expansion(student: Subject, reference: Subject, rng: np.random.Generator, form: tuple[int, ...]) -> None:
    """Test alone: the convolution before the depthwise one."""
    got, expected = seen(student, reference, rng, MBCONV, form)
    rows = got["rows"]
    before = [number for number in range(place_of_kernel(rows)) if tuple(rows[number, KERNEL]) == (1, 1)]
    assert before, "no convolution of 1 x 1 comes before the depthwise one, expected an expansion"
    assert_row(rows[before[0]], expected["rows"][0], IN, OUT, STRIDE, GROUPS)
    assert_matches({"expansion": got["outputs"][before[0]]}, {"expansion": expected["outputs"][0]}, **SAME)


@each_form
def test_mb_depthwise(student: Subject, reference: Subject, rng: np.random.Generator, form: tuple[int, ...]) -> None:
    """Test alone: the convolution of 3 x 3, on channels that every element has."""
    got, expected = seen(student, reference, rng, MBCONV, form)
    place, place_wanted = place_of_kernel(got["rows"]), place_of_kernel(expected["rows"])
    row, wanted = got["rows"][place], expected["rows"][place_wanted]
    assert tuple(row[KERNEL]) == (3, 3), f"the largest kernel is {row[2]} x {row[3]}, expected 3 x 3"
    assert row[GROUPS] == row[IN] == row[OUT], (
        f"the convolution of 3 x 3 has {row[GROUPS]} groups for {row[IN]} channels, expected one for each"
    )
    assert row[STRIDE] == wanted[STRIDE], (
        f"the depthwise convolution has stride {row[STRIDE]}, expected {wanted[STRIDE]}"
    )
    gave = assert_shape(got["outputs"][place], (2, None, None, None), name="the depthwise convolution")
    assert_matches(
        {"depthwise convolution": gave[:, :KNOWN]},
        {"depthwise convolution": expected["outputs"][place_wanted][:, :KNOWN]},
        **SAME,
    )


@each_form
def test_fused_convolution(
    student: Subject, reference: Subject, rng: np.random.Generator, form: tuple[int, ...]
) -> None:
    """Test alone: the convolution of 3 x 3."""
    got, expected = seen(student, reference, rng, FUSED, form)
    place, place_wanted = place_of_kernel(got["rows"]), place_of_kernel(expected["rows"])
    row, wanted = got["rows"][place], expected["rows"][place_wanted]
    assert tuple(row[KERNEL]) == (3, 3), f"the largest kernel is {row[2]} x {row[3]}, expected 3 x 3"
    assert_row(row, wanted, IN, OUT, STRIDE, GROUPS)
    count = len(got["rows"])
    assert count == len(expected["rows"]), f"{count} convolutions are executed, expected 2: one takes two's place"
    assert_matches({"convolution": got["outputs"][place]}, {"convolution": expected["outputs"][place_wanted]}, **SAME)


@each_form
@each_kind
def test_projection(
    student: Subject, reference: Subject, rng: np.random.Generator, kind: str, form: tuple[int, ...]
) -> None:
    """Test alone: the last convolution, and that no activation comes after it."""
    branches = rng.normal(size=(1, 2, form[1])).astype(np.float32)
    got, expected = seen(student, reference, rng, kind, form, branches=branches)
    assert_row(got["rows"][-1], expected["rows"][-1], OUT, STRIDE, GROUPS)
    height, width = got["rows"][-1][KERNEL]
    assert (height, width) == (1, 1), f"the last convolution has a kernel of {height} x {width}, expected 1 x 1"
    assert_matches({"projection": got["outputs"][-1]}, {"projection": expected["outputs"][-1]}, **SAME)
    after = assert_shape(got["after"], (2, form[1], None, None), name="the output")
    assert after[branches[0] < 0].min(initial=0) < 0, (
        "what the projection makes negative is not negative in the output: an activation comes after it, expected none"
    )
    assert_matches({"first place": after[:, :, 0, 0]}, {"first place": expected["after"][:, :, 0, 0]}, **SAME)


@each_form
@each_kind
def test_squeezes(
    student: Subject, reference: Subject, rng: np.random.Generator, kind: str, form: tuple[int, ...]
) -> None:
    """Test alone: what squeeze and excite makes of what the 3 x 3 convolution gives, before the projection.

    Channels that get hidden numbers are compared: of 0 some activations make something else, such as Softplus. What is
    done with gates is judged by `se_gate`.
    """
    z = large(rng)
    inputs = {
        "kind": kind,
        "arguments": given(*form),
        "z": z,
        "rows": (24 / z.sum(axis=1).mean() * np.ones((1, KNOWN))).astype(np.float32),
        "v": rng.uniform(0.02, 0.1, KNOWN).astype(np.float32),
    }
    got = student(gated, **inputs)["projected"]
    expected = [reference(gated, **inputs, gate=gate)["projected"] for gate in GATES]
    into = assert_shape(got, (len(z), None), name="what enters the projection")
    found, wanted = into.shape[1], expected[0].shape[1]
    assert found == wanted, f"{found} channels enter the projection, expected the {wanted} expanded ones"
    assert not np.allclose(into[:, :KNOWN], z, rtol=1e-3), (
        "what the 3 x 3 convolution gives enters the projection as it is, expected squeeze and excite between them"
    )
    right = [one[:, :KNOWN] for one in expected]
    wrong = [other for one in right for other in (one / z, z + one / z, z + one)]
    assert_matches_either({"gated": into[:, :KNOWN]}, *({"gated": one} for one in right + wrong), **SAME)


@each_layer
def test_activations(student: Subject, rng: np.random.Generator, kind: str, form: tuple[int, ...]) -> None:
    """Test alone: that an activation of whichever kind stands between a convolution and the next.

    The closed form: twice a number and its negative are not handed on as twice and the negative of what it is handed
    on as. Gates may be in between.
    """
    z = large(rng)
    got: Any = student(handed_on, kind=kind, arguments=arguments_of(kind, form), z=z)
    assert got["positive"], "no layer comes after the first convolution"
    names = ("positive", "twice", "negative")
    assert len({len(got[name]) for name in names}) == 1, "not all that is handed on was handed back"
    for number, three in enumerate(zip(*(got[name] for name in names), strict=True), start=1):
        positive = assert_shape(three[0], (1, None), name="what is handed on")
        twice, negative = (assert_shape(one, positive.shape, name="what is handed on") for one in three[1:])
        size = float(positive.max(initial=0))
        assert size > 0, f"what convolution {number} makes positive does not enter the next layer"
        if number == 1 and kind != FUSED:  # no gates are there, and a common factor does not count
            right = z[:1] / z.max()
            assert_matches(
                {"handed on": positive / size, "of twice": twice / size},
                {"handed on": right, "of twice": 2 * right},
                **SAME,
            )
        is_linear = equal(negative, -positive, **SAME) and equal(twice, 2 * positive, **SAME)
        assert not is_linear, (
            f"what convolution {number} makes negative enters the next layer as it is, expected an activation between"
        )


@each_layer
def test_norms(
    student: Subject, reference: Subject, rng: np.random.Generator, kind: str, form: tuple[int, ...]
) -> None:
    """Test alone: that a batch norm comes after each convolution, before anything else does."""
    inputs = {
        "kind": kind,
        "arguments": arguments_of(kind, form),
        "z": rng.normal(0, 60, size=(6, KNOWN)).astype(np.float32),
        "scale": rng.uniform(0.5, 2, KNOWN).astype(np.float32),
        "shift": rng.normal(size=KNOWN).astype(np.float32),
    }
    got, expected = (list(subject(normed, **inputs)["outputs"]) for subject in (student, reference))
    bare = sum(np.size(one) == 0 for one in got)
    assert got and not bare, f"{bare} of {len(got)} convolutions have no batch norm after them, expected none"
    for one in got:  # how many there are is judged elsewhere
        assert_matches({"norm": one}, {"norm": expected[0]}, rtol=1e-3, atol=1e-3)  # for any epsilon


@pytest.mark.parametrize("kind", [MBCONV, FUSED, *BLOCKS])
def test_compressions(student: Subject, reference: Subject, rng: np.random.Generator, kind: str) -> None:
    """Test alone: the units of squeeze and excite, as many as its input's channels say or the expanded ones."""
    compression = 0.5
    arguments = given(32, 32, expansion=3, stride=2) | {"compression": compression}
    if kind in BLOCKS:
        del arguments["skip"]
        arguments = {"repeats": 2} | arguments
    wide = 3 * 32
    inputs = {
        "kind": kind,
        "arguments": arguments,
        "z": large(rng),
        "rows": rng.normal(size=(wide, KNOWN)).astype(np.float32),
        "v": np.zeros(KNOWN, np.float32),
    }
    got, expected = (list(subject(gated, **inputs)["hidden"]) for subject in (student, reference))
    accepted = [int(32 * compression), int(wide * compression)]
    assert got, "no squeeze and excite with two layers is executed"
    for one in got:
        units = assert_shape(one, (2, None), name="the layer between").shape[1]
        assert units in accepted, (
            f"squeeze and excite has {units} units with a compression of {compression}, expected {accepted[0]}"
            f" (compressed from the input's channels) or {accepted[1]} (from the expanded ones)"
        )
        assert_matches({"layer between": one}, {"layer between": expected[0][:, :units]}, **SAME)


@each_kind
@pytest.mark.parametrize(
    ("stride", "sizes"),
    [(2, [[90, 6], [45, 7], [23, 8], [12, 5]]), (1, [[9, 6], [12, 7]])],
    ids=["stride 2", "stride 1"],
)
def test_sizes(
    student: Subject,
    reference: Subject,
    rng: np.random.Generator,
    kind: str,
    stride: int,
    sizes: list[list[int]],
) -> None:
    """Test alone: height and width of what comes out, which has the same hidden numbers at all places."""
    inputs = {
        "kind": kind,
        "arguments": given(4, 6, stride=stride),
        "sizes": sizes,
        "z": rng.uniform(5, 9, size=(1, 4)).astype(np.float32),
        "kernel": np.pad(rng.uniform(1, 2, size=(6, 4, 1, 1)), ((0, 0), (0, 0), (1, 1), (1, 1))).astype(np.float32),
    }
    got, expected = (list(subject(carried, **inputs)["outputs"]) for subject in (student, reference))
    for size, found, wanted in zip(sizes, got, expected, strict=True):
        became, right = np.shape(found)[2:], wanted.shape[2:]
        assert became == right, f"{words(size)} becomes {words(became)} with stride {stride}, expected {words(right)}"
    assert_matches({"outputs": got}, {"outputs": expected}, **SAME)


@each_kind
@each_width
def test_skips(student: Subject, reference: Subject, rng: np.random.Generator, kind: str, channels: int) -> None:
    """Test alone: where the projection gives nothing, the input is left with a skip, and nothing without."""
    inputs = {
        "kind": kind,
        "arguments": [given(channels, channels, stride=1, skip=skip) for skip in (True, False)],
        "x": rng.normal(size=(2, channels, *SIZE)).astype(np.float32),
        "branches": np.zeros((1, 2, channels), np.float32),
    }
    answer = student(summed, **inputs)
    got, expected = list(answer["outputs"]), list(reference(summed, **inputs)["outputs"])
    if not equal(got, expected, **SAME):
        assert all(equal(left, inputs["x"]) for left in answer["inputs"]), (
            "forward writes into its input, of which other values are left: the skip is to add it as it is"
        )
    names = ("output with a skip", "output without a skip")
    assert_matches(dict(zip(names, got, strict=True)), dict(zip(names, expected, strict=True)), **SAME)


@each_kind
@each_width
def test_dropouts(student: Subject, reference: Subject, rng: np.random.Generator, kind: str, channels: int) -> None:
    """Test alone: the lowest and the highest of what is left of a branch, in training and in evaluation."""
    rates = (0.5, 0.0)
    inputs = {
        "kind": kind,
        "arguments": [given(channels, channels, stride=1, skip=True) | {"dropout": rate} for rate in rates],
        "branches": np.tile(rng.uniform(20, 30, channels), (1, 40, 1)).astype(np.float32),
    }
    got, expected = (subject(dropped, **inputs) for subject in (student, reference))
    for mode in ("training", "evaluation"):
        for rate, found in zip(rates, got[mode], strict=True):
            lowest, highest = assert_shape(found, (2, channels), name="what is lowest and highest")
            is_dropping, is_to_drop = not np.allclose(lowest, highest, rtol=1e-3), rate > 0 and mode == "training"
            assert not is_dropping or is_to_drop, (
                f"something is dropped in {mode} with a dropout of {rate}, expected nothing"
            )
            assert is_dropping or not is_to_drop, (
                f"nothing is dropped after the projection in {mode} with a dropout of {rate}"
            )
    assert_matches(got, expected, **SAME)


@each_kind
def test_gradients(student: Subject, reference: Subject, rng: np.random.Generator, kind: str) -> None:
    """Test alone: that each parameter has a gradient, and which one arrives at the projection.

    How many parameters lack one is taken on the driver's word.
    """
    channels = WIDTHS[kind]
    inputs = {
        "kind": kind,
        "arguments": given(channels, channels, stride=1),
        "x": rng.normal(size=(4, channels, *SIZE)).astype(np.float32),
        "branches": rng.uniform(20, 30, size=(1, 4, channels)).astype(np.float32),
        "w": rng.normal(size=(4, channels)).astype(np.float32),
    }
    got, expected = (subject(gradients, **inputs) for subject in (student, reference))
    assert not got["is_overwritten"], OVERWRITTEN
    lacking = got["lacking"]
    assert lacking == 0, f"{lacking} parameters have no gradient, expected none"
    assert_matches({"gradient": got["arrived"]}, {"gradient": expected["arrived"]}, **SAME)


@each_kind
def test_batch_statistics(student: Subject, reference: Subject, rng: np.random.Generator, kind: str) -> None:
    """Test alone: what batch norms learn in training, where a common factor does not count, and how they use it."""
    channels = WIDTHS[kind]
    inputs = {
        "kind": kind,
        "arguments": given(channels, channels, stride=1),
        "x": rng.normal(1, 2, size=(4, channels)).astype(np.float32),
        "mean": rng.normal(size=channels).astype(np.float32),
    }
    got, expected = (subject(statistics, **inputs) for subject in (student, reference))
    assert np.size(got.get("trained", ())), "no batch norm keeps statistics"
    trained, evaluated = (
        assert_shape(got[name], (channels,), name="the change of the means") for name in ("trained", "evaluated")
    )
    moved = float(np.abs(evaluated).max())
    assert moved == 0, f"the statistics of the batch norms move by {moved:.4g} in evaluation, expected 0"
    largest = int(np.abs(expected["trained"]).argmax())
    assert trained[largest], "the statistics of the batch norms do not move in training"
    changes = trained / trained[largest], expected["trained"] / expected["trained"][largest]
    assert_matches({"changes": changes[0]}, {"changes": changes[1]}, rtol=1e-3, atol=1e-4)
    assert_matches({"norm": got["output"]}, {"norm": expected["output"]}, **SAME)


def seen(
    student: Subject,
    reference: Subject,
    rng: np.random.Generator,
    kind: str,
    form: tuple[int, ...],
    **others: np.ndarray,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """List the convolutions of an element without skip, and what each gives for hidden numbers."""
    rng = shared(rng, kind, form)
    inputs = {
        "kind": kind,
        "arguments": given(*form),
        "size": SIZE,
        "z": rng.normal(size=(2, KNOWN, *SIZE)).astype(np.float32),
        "kernel": rng.normal(size=(KNOWN, KNOWN, 3, 3)).astype(np.float32),
        **others,
    }
    got, expected = (subject(convolutions, **inputs) for subject in (student, reference))
    rows = assert_shape(got["rows"], (None, 6), kind="i", name="the list of convolutions")
    assert len(rows), "no convolution is executed"
    return got, expected


def shared(rng: np.random.Generator, *what: object) -> np.random.Generator:
    """Make a generator of the course's seed alone, for what several checks ask alike: one call answers them."""
    seed, *_check_and_case = map(int, rng.bit_generator.seed_seq.entropy)
    return np.random.default_rng([seed, zlib.crc32(repr(what).encode())])


def arguments_of(kind: str, form: tuple[int, ...]) -> dict[str, Any]:
    return {"num_classes": form[0]} if kind == CELLNET else given(*form)


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


def large(rng: np.random.Generator) -> np.ndarray:
    """Draw numbers that activations hand on, for two images that are the same, shape (N, k)."""
    return np.tile(rng.uniform(20, 30, KNOWN), (2, 1)).astype(np.float32)


def place_of_kernel(rows: np.ndarray) -> int:
    """Return which convolution has the largest kernel."""
    return int(np.argmax(np.prod(rows[:, KERNEL], axis=1)))


def assert_row(row: np.ndarray, wanted: np.ndarray, *columns: int) -> None:
    """Compare some properties of a convolution."""
    names = {IN: "channels in", OUT: "channels out", STRIDE: "stride", GROUPS: "groups"}
    for column in columns:
        assert row[column] == wanted[column], (
            f"{names[column]} of the convolution of {row[2]} x {row[3]}: {row[column]}, expected {wanted[column]}"
        )


def words(shape: Any) -> str:  # noqa: ANN401  # theirs
    return "(" + ", ".join(map(str, list(shape)[:6])) + ")"
