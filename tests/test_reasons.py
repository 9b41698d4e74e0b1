from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.diagnosis import error_locations, permutations, value_changes
from grader.diagnosis import reasons as reasons_module
from grader.diagnosis.evidence import gather
from grader.diagnosis.reasons import MOST_SENTENCES, REASONS, Reason, reasons
from grader.model.assignment import ImageLayout
from grader.model.observation import Value

DRAW = np.random.default_rng(7)


def normal(*shape: int) -> np.ndarray:
    return DRAW.normal(size=shape)


X, WEIGHT, BIAS, DOUT = normal(4, 3, 8, 8), normal(5, 3, 3, 3), normal(5), normal(4, 5, 6, 6)
INPUTS: dict[str, Value] = {"x": X, "weight": WEIGHT, "bias": BIAS, "dout": DOUT, "stride": 2, "rate": 0.1}
DX, DW, DB, Y = normal(4, 3, 8, 8), normal(5, 3, 3, 3), DOUT.sum((0, 2, 3)), normal(4, 5, 6, 6)
PREVIOUS: dict[str, Value] = {"dx": normal(4, 3, 8, 8), "dw": normal(5, 3, 3, 3)}
LOGITS, TABLE, LEFT, RIGHT = normal(6, 4), normal(6, 4), normal(7, 4), normal(7, 5)


def softmax(logits: np.ndarray, axis: int | tuple[int, ...]) -> np.ndarray:
    exponentials = np.exp(logits)
    return np.asarray(exponentials / exponentials.sum(axis, keepdims=True))


def wrong_at(array: np.ndarray, *indices: Any, to: float | None = None) -> np.ndarray:  # noqa: ANN401 - numpy's index
    got = array.copy()
    for index in indices:
        got[index] = normal(*got[index].shape) if to is None else to
    return got


def right_at(array: np.ndarray, *indices: Any) -> np.ndarray:  # noqa: ANN401 - numpy's index
    got = normal(*array.shape)
    for index in indices:
        got[index] = array[index]
    return got


class Example(NamedTuple):
    """A wrong array that a reason explains, and one that it nearly does."""

    reason: Reason
    name: str
    got: np.ndarray
    expected: np.ndarray
    sentence: str
    nearly: np.ndarray
    nearly_expected: np.ndarray | None = None  # where another than `expected`


EXAMPLES = [
    Example(
        reasons_module.input_returned,
        "dx",
        X,
        DX,
        "dx is the input x, unchanged: where does the computed value go?",
        wrong_at(X, np.s_[0, 0, 0]),
    ),
    Example(
        reasons_module.outputs_exchanged,
        "dw",
        DX,
        DW,
        "dw holds the values expected of dx: are the two exchanged, or one kept?",
        DX * 1.001,
    ),
    Example(
        reasons_module.stale,
        "dx",
        np.asarray(PREVIOUS["dx"]),
        DX,
        "dx is the dx of the previous call: is it computed anew in each call?",
        np.asarray(PREVIOUS["dx"])[::-1],
    ),
    Example(
        reasons_module.added_to_earlier,
        "dw",
        DW + np.asarray(PREVIOUS["dw"]),
        DW,
        "dw is the expected dw plus that of the previous call: is it set anew, or added to what is there?",
        DW + 1.01 * np.asarray(PREVIOUS["dw"]),
    ),
    Example(
        error_locations.all_zero,
        "db",
        np.zeros(5),
        DB,
        "db is 0 everywhere: is it ever filled, or added to?",
        np.zeros(3),
        np.array([0.0, 0.0, 0.25]),
    ),
    Example(
        error_locations.all_the_same,
        "y",
        np.full_like(Y, 0.5),
        Y,
        "every value of y is 0.5: does it depend on the input?",
        np.full(3, 0.5),
        normal(3),
    ),
    Example(
        value_changes.sign_reversed,
        "dw",
        -DW,
        DW,
        "dw is minus the expected dw: is a sign the wrong way round?",
        -np.array([0.0, 0.37, 0.0]),
        np.array([0.0, 0.37, 0.0]),
    ),
    Example(
        value_changes.summed_in_part,
        "db",
        DOUT[-1].sum((1, 2)),
        DB,
        "db is the share of the last sample of dout alone: is it overwritten where it should add up?",
        DOUT[1].sum((1, 2)),
    ),
    Example(
        value_changes.sum_left_out,
        "db",
        DOUT.sum(0),
        DB,
        "the sum of db over axes 1 and 2 is the expected db: is it still to do?",
        DOUT.sum(0),
        DB + 0.01,
    ),
    Example(
        value_changes.scaled,
        "dw",
        DW / 4,
        DW,
        "dw is the expected dw divided by 4, the number of samples: is the mean taken where the sum is asked?",
        np.array([0.5, 0.25]),
        np.array([2.0, 1.0]),
    ),
    Example(
        value_changes.bias_missing,
        "y",
        Y - BIAS[:, None, None],
        Y,
        "y is the expected y without bias: is it added?",
        Y - 0.99 * BIAS[:, None, None],
    ),
    Example(
        permutations.axes_reordered,
        "dw",
        DW.transpose(0, 1, 3, 2),
        DW,
        "dw is the expected dw with rows and columns exchanged: is a transpose left out, or one too many?",
        np.array([[0.5, 1.0], [2.0, 0.5]]).T,
        np.array([[0.5, 1.0], [2.0, 0.5]]),
    ),
    Example(
        permutations.reversed_order,
        "dw",
        DW[:, :, ::-1, ::-1],
        DW,
        "dw is the expected dw with its rows and columns in reverse order: is the kernel turned round?",
        np.array([2.0, 1.0]),
        np.array([1.0, 2.0]),
    ),
    Example(
        permutations.laid_out_otherwise,
        "y",
        Y.transpose(0, 2, 3, 1).reshape(Y.shape),
        Y,
        "y is the expected y with its axes in the order sample, row, column, channel, then reshaped to (4, 5, 6, 6): "
        "is reshape used where transpose is meant?",
        np.zeros((3, 8)),
        np.zeros((4, 6)),
    ),
    Example(
        permutations.cut_or_extended,
        "dx",
        DX[:, :, :-1, :-1],
        DX,
        "dx is the expected dx without its last row and column: what becomes of them?",
        wrong_at(DX, np.s_[0, 0, 0, 0], to=9)[:, :, :-1, :-1],
    ),
    Example(
        permutations.shifted,
        "dx",
        np.roll(DX, 1, axis=-1),
        DX,
        "the values of dx stand one column to the right than expected: does an index start one off?",
        np.roll(DX, 2, axis=-1),
    ),
    Example(
        value_changes.truncated,
        "y",
        np.trunc(9 * Y),
        9 * Y,
        "y is the expected y without the fractions: is an array of integers filled with it?",
        np.round(9 * Y),
    ),
    Example(
        value_changes.rectified,
        "y",
        np.maximum(Y, 0),
        Y,
        "y is the expected y with 0 for every negative value: is a ReLU applied once too often?",
        np.maximum(Y, -0.1),
    ),
    Example(
        value_changes.offset,
        "y",
        Y + 0.5,
        Y,
        "y is the expected y plus 0.5 everywhere: is a constant left out or added?",
        wrong_at(Y + 0.5, np.s_[0, 0, 0, 0], to=0),
    ),
    Example(
        value_changes.input_added,
        "dx",
        DX - X,
        DX,
        "dx is the expected dx minus x: is x left out, or subtracted?",
        DX - X**3,
    ),
    Example(
        permutations.normalised_elsewhere,
        "probs",
        softmax(LOGITS, 0),
        softmax(LOGITS, 1),
        "probs sums to one over its rows, expected over its columns: along which axis is the softmax taken?",
        np.eye(4),
        np.eye(4)[[1, 2, 0, 0]],
    ),
    Example(
        error_locations.left_unfilled,
        "y",
        wrong_at(Y, np.s_[0, :2, :3, 1:4], np.s_[2, 3, 1:, 0], to=0),
        Y,
        "all wrong values of y are 0: what writes them, if anything does?",
        wrong_at(Y, np.s_[0, 0, 0, :3], to=0),
    ),
    Example(
        error_locations.in_a_pattern,
        "dx",
        right_at(DX, np.s_[..., 1:-1, 1:-1]),
        DX,
        "dx is wrong only on the border of each 8×8 map: is the padding right?",
        right_at(DX[:1, :1, :3, :3], np.s_[..., 1:-1, 1:-1]),
        DX[:1, :1, :3, :3],
    ),
    Example(
        error_locations.in_a_pattern,
        "dx",
        right_at(DX, np.s_[..., :-1, :-1]),
        DX,
        "dx is wrong only in the last row and column of each 8×8 map: how far does the last window reach?",
        right_at(DX, np.s_[..., :-1, 1:]),
    ),
    Example(
        error_locations.in_a_pattern,
        "dx",
        right_at(DX, np.s_[..., 1:, 1:]),
        DX,
        "dx is wrong only in the first row and column of each 8×8 map: where does the first window start?",
        wrong_at(DX, np.s_[0, 0, 0, 0]),
    ),
    Example(
        error_locations.in_a_pattern,
        "dx",
        wrong_at(DX, np.s_[..., 1:-1, 1:-1]),
        DX,
        "dx is wrong only in the interior of each 8×8 map: do overlapping windows add up?",
        wrong_at(DX, np.s_[..., 1:-1, 2:-1]),
    ),
    Example(
        error_locations.in_a_pattern,
        "dx",
        right_at(DX, np.s_[..., ::7, ::7]),
        DX,
        "dx is right only at the corners of each 8×8 map: do overlapping windows add up?",
        right_at(DX, np.s_[..., 0, ::7]),
    ),
    Example(
        error_locations.in_a_pattern,
        "dx",
        wrong_at(DX, np.s_[..., ::2, ::2]),
        DX,
        "dx is wrong only at the crossings of every second row and column of each 8×8 map: "
        "is the stride used in every step, and do overlapping windows add up?",
        wrong_at(DX, np.s_[..., [0, 2, 3, 6], :]),
    ),
    Example(
        error_locations.one_apart,
        "y",
        wrong_at(Y, np.s_[:, 1]),
        Y,
        "only channel 1 of 5 of y is wrong",
        wrong_at(Y, np.s_[:, 1], np.s_[0, 2, 0]),
    ),
    Example(
        error_locations.one_apart,
        "y",
        right_at(Y, np.s_[0]),
        Y,
        "only sample 0 of 4 of y is right: does a loop end too early?",
        right_at(Y, np.s_[:2]),
    ),
    Example(
        error_locations.right_at_first_only,
        "losses",
        right_at(X[0, 0].ravel(), np.s_[:3]),
        X[0, 0].ravel(),
        "only the first 3 of 64 values of losses are right: what is new after them?",
        right_at(X[0, 0].ravel(), np.s_[1:3]),
    ),
    Example(
        permutations.shuffled,
        "dx",
        DRAW.permutation(DX.ravel()).reshape(DX.shape),
        DX,
        "dx holds the expected values in another order: do they go where they belong?",
        DRAW.permutation(np.arange(24) % 4).reshape(4, 6),
        (np.arange(24) % 4).reshape(4, 6),
    ),
]
GIVEN: dict[str, Any] = {"inputs": INPUTS, "outputs": {"dx": DX}, "previous": PREVIOUS}


def name_of(example: Example) -> str:
    return f"{getattr(example.reason, '__name__', example.reason)}: {example.sentence}"


@pytest.mark.parametrize("example", EXAMPLES, ids=name_of)
def test_a_reason_is_given_where_it_holds(example: Example) -> None:
    assert reasons(example.got, example.expected, name=example.name, **GIVEN) == (example.sentence,)


@pytest.mark.parametrize("example", EXAMPLES, ids=name_of)
def test_a_reason_is_silent_where_it_nearly_holds(example: Example) -> None:
    expected = example.expected if example.nearly_expected is None else example.nearly_expected
    with np.errstate(all="ignore"):
        assert example.reason(gather(example.nearly, expected, name=example.name, **GIVEN)) is None


def test_every_reason_has_an_example() -> None:
    assert {example.reason for example in EXAMPLES} == {
        reason for tier in REASONS for group in tier for reason in group
    }


@pytest.mark.parametrize(
    ("name", "got", "expected", "sentence"),
    [
        (
            "dw",
            2 * DW,
            DW,
            "dw is the expected dw times 2, the input stride: is it applied once too often, or left out?",
        ),
        (
            "dw",
            9 * DW,
            DW,
            "times 9, the number of places in a map of weight: is the sum taken where the mean is asked?",
        ),
        ("dw", DW / 7, DW, "dw is the expected dw divided by 7: is a division one too many?"),
        ("dw", 0.37 * DW, DW, "dw is the expected dw times 0.37: is a factor left out, or one too many?"),
        ("dw", -DW / 4, DW, "dw is minus the expected dw divided by 4, the number of samples: "),
        (
            "dw",
            0.1 * DW,
            DW,
            "dw is the expected dw times 0.1, the input rate: is it applied once too often, or left out?",
        ),
        ("dw", 0.9 * DW, DW, "dw is the expected dw times 0.9, one minus rate: "),
        ("loss", np.asarray(4 * 0.6931471), np.asarray(0.6931471), "times 4, the number of samples: is the sum taken"),
        (
            "db",
            DOUT.mean((0, 2, 3)),
            DB,
            "divided by 144, the number of values in a channel of dout: is the mean taken",
        ),
        ("db", DOUT[:, :, 0].sum((0, 2)), DB, "the share of the first row of dout alone: does the loop end too early?"),
        ("y", Y + BIAS[:, None, None], Y, "y is the expected y plus bias once more: is it added twice?"),
        (
            "y",
            np.abs(Y),
            Y,
            "y is the expected y without its signs: is the sign lost in a square or an absolute value?",
        ),
        ("y", Y, np.maximum(Y, 0), "y has negative values where 0 is expected, and is right elsewhere: is the ReLU"),
        ("dx", DX + 0.1 * X, DX, "dx is the expected dx plus rate times x: how much of x belongs in it?"),
        ("dx", DX + 0.2 * X, DX, "dx is the expected dx plus twice rate times x: how much of x belongs in it?"),
        ("dx", DX + 0.3 * X, DX, "dx is the expected dx plus 0.3 times x: how much of x belongs in it?"),
        (
            "y",
            Y.reshape(4, -1),
            Y,
            "the values of y are right and in order, only their shape is not: is a reshape left",
        ),
        ("y", Y.transpose(1, 0, 2, 3), Y, "y is the expected y with samples and channels exchanged: "),
        ("dw", DW.transpose(1, 2, 3, 0), DW, "with its axes in the order input channel, row, column, filter: "),
        ("y", np.roll(Y, -1, 2), Y, "the values of y stand one row up than expected: "),
        ("y", np.roll(Y, 1, 0), Y, "the values of y stand one sample later than expected: "),
        ("dx", DX[:, :, 1:-1, 1:-1], DX, "dx is the expected dx without its outermost 2 rows and 2 columns: "),
        ("y", DX, DX[:, :, 1:, : -0 or None], "y without its first row is the expected y: how many are asked?"),
        (
            "db",
            DB[::-1],
            DB,
            "db is the expected db with its values in reverse order: does an index count the other way?",
        ),
        (
            "p",
            softmax(LOGITS, (0, 1)),
            softmax(LOGITS, 1),
            "p sums to one over all its values, expected over its columns:",
        ),
        ("y", right_at(Y, np.s_[-1]), Y, "only sample 3 of 4 of y is right: is each result overwritten by the next?"),
        ("dw", wrong_at(DW, np.s_[:, 1]), DW, "only input channel 1 of 3 of dw is wrong"),
        (
            "y",
            Y.astype(np.float32),
            Y,
            "the values of y are right, only their dtype is not: where do they become float32?",
        ),
        (
            "dx",
            right_at(DX, np.s_[..., ::2, ::2]),
            DX,
            "dx is right only at the crossings of every second row and column",
        ),
    ],
)
def test_the_sentence_says_what_was_found(name: str, got: np.ndarray, expected: np.ndarray, sentence: str) -> None:
    (told,) = reasons(got, expected, name=name, inputs=INPUTS)
    assert sentence in told


def test_a_sum_of_products_that_is_only_the_last_ones_is_recognised() -> None:
    expected = LEFT.T @ RIGHT
    (told,) = reasons(np.outer(LEFT[-1], RIGHT[-1]), expected, name="dw", inputs={"x": LEFT, "dout": RIGHT})
    assert told.startswith("dw is the share of the last row of x and dout alone")


def test_twice_the_result_may_be_added_twice() -> None:
    (told,) = reasons(2 * DW, DW, name="dw")
    assert told == "dw is the expected dw times 2: is it added twice?"


def test_each_channel_may_be_off_by_a_number_of_its_own() -> None:
    (told,) = reasons(Y + np.arange(1.5, 6)[:, None, None], Y, name="y")
    assert told.startswith("each channel of y is off by one number of its own, 1.5 in channel 0:")


def test_rows_may_be_off_by_a_number_of_their_own() -> None:
    (told,) = reasons(TABLE - TABLE.max(1, keepdims=True), TABLE, name="logits")
    assert told.startswith("each row of logits is off by one number of its own")


def test_losses_that_were_not_averaged_are_recognised() -> None:
    each = np.abs(normal(9))
    (told,) = reasons(each, np.asarray(each.mean()), name="loss")
    assert told == "the mean of loss over axis 0 is the expected loss: is it still to do?"


def test_the_origin_of_a_factor_that_two_counts_share_is_told_as_either() -> None:
    (told,) = reasons(3 * DW, DW, name="dw", inputs={"x": normal(3, 3, 5, 5)})
    assert "times 3, the number of samples or the number of channels of x:" in told


def test_two_reasons_of_different_kind_are_both_told() -> None:
    told = reasons(2 * DX, DX, name="dx", previous={"dx": 2 * DX})
    assert [sentence.split(":")[0] for sentence in told] == [
        "dx is the dx of the previous call",
        "dx is the expected dx times 2",
    ]


def test_a_place_is_told_beside_what_stands_there() -> None:
    told = reasons(wrong_at(DX, np.s_[..., -1], np.s_[..., -1, :], to=0), DX, name="dx")
    assert [sentence.split(":")[0] for sentence in told] == [
        "all wrong values of dx are 0",
        "dx is wrong only in the last row and column of each 8×8 map",
    ]


def test_a_place_is_not_told_where_all_values_are_explained() -> None:
    """Turned by 180 degrees, a 3x3 kernel keeps its middle: only its border is wrong, which is no news."""
    (told,) = reasons(DW[:, :, ::-1, ::-1], DW, name="dw")
    assert "reverse order" in told


def test_the_result_without_a_name_reads_well() -> None:
    assert reasons(-DW, DW, name="the result")[0].startswith("the result is minus the expected result")


def test_a_wider_tolerance_of_the_check_is_the_tolerance_of_its_reasons() -> None:
    """A difference found by central differences leaves small errors everywhere, which are not what is wrong."""
    noisy = DX + 1e-5 * normal(*DX.shape)
    got = wrong_at(noisy, np.s_[0])
    wrong = np.abs(got - DX) > 1e-3
    assert reasons(got, DX, name="dx", wrong=wrong) == ("only sample 0 of 4 of dx is wrong",)
    assert reasons(got, DX, name="dx") == ()


def test_nan_where_only_one_sample_is_right_is_told_by_place() -> None:
    got = np.full_like(Y, np.nan)
    got[0] = Y[0]
    assert reasons(got, Y, name="y") == ("only sample 0 of 4 of y is right: does a loop end too early?",)


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (np.array(["a"]), np.array(["b"])),
        (np.zeros((2, 0)), np.zeros((2, 3))),
        (np.full((3, 3), np.nan), np.ones((3, 3))),
        (np.full((3, 3), np.inf), np.full((3, 3), np.nan)),
        (np.asarray(2.0), np.asarray(1.0)),
        (np.asarray(0.5), np.asarray(0.25)),
        (np.array([1, 0, 1]), np.array([0, 1, 0])),
        (np.ones((2, 2, 2)), np.ones((2, 2))),
    ],
)
def test_what_tells_too_little_is_given_no_reason(got: np.ndarray, expected: np.ndarray) -> None:
    assert reasons(got, expected, name="accuracy", inputs=INPUTS) == ()


SHAPES = hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=6)
SEEDS = st.integers(0, 2**32 - 1)
MAKERS: dict[str, Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]] = {
    "normal float64": lambda draw, shape: draw.normal(size=shape),
    "normal float32": lambda draw, shape: draw.normal(size=shape).astype(np.float32),
    "uniform": lambda draw, shape: draw.random(shape),
    "complex": lambda draw, shape: draw.normal(size=shape) + 1j * draw.normal(size=shape),
    "labels": lambda draw, shape: draw.integers(0, 10, shape),
    "few integers as floats": lambda draw, shape: draw.integers(-2, 3, shape).astype(float),
    "bools": lambda draw, shape: draw.random(shape) < 0.5,
}


def others(draw: np.random.Generator, shape: tuple[int, ...]) -> dict[str, Any]:
    """Give what a driver may be called with: arrays of the same shape too."""
    same = {"x": draw.normal(size=shape), "labels": draw.integers(0, 3, shape), "bias": draw.normal(size=shape[-1:])}
    return {
        "inputs": {**same, "weight": draw.normal(size=(2, 3, 3, 3)), "stride": 2, "rate": 0.1},
        "outputs": {"dx": draw.normal(size=shape)},
        "previous": {"y": draw.normal(size=shape)},
    }


@pytest.mark.parametrize("maker", MAKERS)
@given(shape=SHAPES, seed=SEEDS)
@settings(max_examples=40)
def test_arrays_that_have_nothing_to_do_with_each_other_are_given_no_reason(
    maker: str, shape: tuple[int, ...], seed: int
) -> None:
    draw = np.random.default_rng(seed)
    got, expected = MAKERS[maker](draw, shape), MAKERS[maker](draw, shape)
    told = reasons(got, expected, name="y", **others(draw, shape))
    # A handful of integers may all happen to be 0 where the expected are not, and then that is what is told.
    assert told == () or not got.any() or (got == got.flat[0]).all()


@pytest.mark.parametrize("maker", MAKERS)
@given(shape=SHAPES, seed=SEEDS)
@settings(max_examples=40)
def test_a_correct_array_is_given_no_reason(maker: str, shape: tuple[int, ...], seed: int) -> None:
    draw = np.random.default_rng(seed)
    expected = MAKERS[maker](draw, shape)
    assert reasons(expected.copy(), expected, name="y", **others(draw, shape)) == ()


@given(shape=SHAPES, seed=SEEDS, share=st.floats(0.05, 0.95))
def test_values_wrong_here_and_there_are_given_no_reason(shape: tuple[int, ...], seed: int, share: float) -> None:
    draw = np.random.default_rng(seed)
    expected = draw.normal(size=shape)
    got = np.where(draw.random(shape) < share, draw.normal(size=shape), expected)
    assert reasons(got, expected, name="y", **others(draw, shape)) == ()


@given(shape=SHAPES, seed=SEEDS, size=st.floats(1e-12, 1e-2))
def test_noise_of_any_size_is_given_no_reason(shape: tuple[int, ...], seed: int, size: float) -> None:
    draw = np.random.default_rng(seed)
    expected = draw.normal(size=shape).astype(np.float32)
    got = (expected * (1 + size * draw.normal(size=shape))).astype(np.float32)
    assert reasons(got, expected, name="y", **others(draw, shape)) == ()


ANYTHING = hnp.arrays(
    st.sampled_from([np.float64, np.float32, np.float16, np.complex64, np.int64, np.uint8, np.bool_]),
    hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4),
)


@given(got=ANYTHING, expected=ANYTHING, given_too=ANYTHING)
def test_any_pair_of_arrays_is_looked_at_without_an_exception(
    got: np.ndarray, expected: np.ndarray, given_too: np.ndarray
) -> None:
    told = reasons(got, expected, name="y", inputs={"x": given_too, "k": 3}, outputs=given_too, previous=given_too)
    assert len(told) <= MOST_SENTENCES
    assert all(sentence == sentence.strip() and "\n" not in sentence for sentence in told)


LAST = ImageLayout.CHANNELS_LAST


def channels_last(images: np.ndarray) -> np.ndarray:
    return images.transpose(0, 2, 3, 1)


@pytest.mark.parametrize(
    ("got", "expected", "name", "said"),
    [
        (Y[..., :-1], Y, "y", "y is the expected y without its last column: what becomes of them?"),
        (wrong_at(DX, np.s_[..., -1, :]), DX, "dx", "dx is wrong only in the last row of each"),
        (wrong_at(DX, np.s_[..., 1:-1, 1:-1]), DX, "dx", "dx is wrong only in"),
        (wrong_at(Y, np.s_[:, 1]), Y, "y", "only channel 1 of "),
        (np.roll(Y, 1, axis=3), Y, "y", "the values of y stand one column to the right than expected"),
    ],
)
def test_images_with_their_channels_last_are_told_by_the_same_words(
    got: np.ndarray, expected: np.ndarray, name: str, said: str
) -> None:
    """Their columns were called rows, and rows channels: a sentence has to be true of the array it is about."""
    (first,) = reasons(got, expected, name=name)
    (last,) = reasons(channels_last(got), channels_last(expected), name=name, layout=LAST)
    assert first.startswith(said)
    assert last == first


def test_kernels_with_their_filters_last_are_told_by_the_same_words() -> None:
    kernel = normal(3, 3, 2, 4)
    (told,) = reasons(kernel.swapaxes(0, 1), kernel, name="gradients[0].kernel", layout=LAST)
    assert told.startswith("gradients[0].kernel is the expected gradients[0].kernel with rows and columns exchanged")
    (told,) = reasons(kernel[::-1, ::-1], kernel, name="kernel_gradient", layout=LAST)
    assert told.endswith("with its rows and columns in reverse order: is the kernel turned round?")
