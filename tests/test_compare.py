from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.authoring.compare import (
    DifferenceKind,
    Mismatch,
    assert_matches,
    assert_matches_either,
    assert_shape,
    differences,
    equal,
    named_arrays,
    wrong_values,
)
from grader.authoring.tolerances import TOLERANCES
from grader.model.observation import Value
from grader.wording.messages import shapes_differ

ONES = np.ones((4, 6))
DW = np.linspace(-1.2, 1.1, 24).reshape(4, 6)


def message(got: Value, expected: Value, **asked: float) -> str:
    with pytest.raises(Mismatch) as caught:
        assert_matches(got, expected, **asked)
    return str(caught.value)


def changed(array: np.ndarray, index: object, value: object) -> np.ndarray:
    copy = array.copy()
    copy[index] = value  # type: ignore[index]  # any index numpy knows
    return copy


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        3,
        -0.5,
        float("nan"),
        float("inf"),
        "relu",
        DW,
        np.array(2.5),
        np.zeros((2, 0, 3)),
        np.array([np.nan, np.inf, -np.inf]),
        np.array([1 + 2j, complex(np.nan, 1)]),
        np.array(["a", "b"]),
        [],
        [0.1, 0.2, 0.3],
        {"dw": DW, "layers": [{"db": np.arange(3)}, None]},
        2**63,
    ],
    ids=repr,
)
def test_a_value_matches_itself(value: Value) -> None:
    assert_matches(value, value)
    assert equal(value, value)


def test_the_worst_value_is_named_with_how_many_differ() -> None:
    got = DW.copy()
    got[3, 0] = 5
    got[0, 0] += 0.1
    assert message({"dw": got}, {"dw": DW}) == "dw[3, 0] is 5, expected 0.6 (2 of 24 values differ)"


def test_one_wrong_value_differs_in_the_singular() -> None:
    assert message({"dw": changed(DW, (0, 0), 7)}, {"dw": DW}).endswith("(1 of 24 values differs)")


def test_values_that_are_all_wrong_are_said_to_be() -> None:
    assert message({"dw": -ONES}, {"dw": ONES}) == "dw[0, 0] is -1, expected 1 (all 24 values differ)"


def test_a_number_by_itself_has_neither_place_nor_extent() -> None:
    assert message({"loss": 2.302585}, {"loss": 0.2302585}) == "loss is 2.303, expected 0.2303"


@pytest.mark.parametrize(
    ("got", "expected", "told"),
    [
        (1.00001, 1.00002, "1.00001, expected 1.00002"),
        (1.0000001, 1.0000012, "1, expected 1.000001"),
        (0.1 + 0.2, 0.3, "0.30000000000000004, expected 0.3"),
        (-0.0, 1e-300, "0, expected 1e-300"),
        (123456789.0, 987654321.0, "1.235e+08, expected 9.877e+08"),
        (1 + 2j, 1 - 2j, "1+2j, expected 1-2j"),
    ],
)
def test_numbers_are_written_short_but_always_read_differently(got: Value, expected: Value, told: str) -> None:
    assert message(got, expected, rtol=0.0, atol=0.0) == f"the result is {told}"


def test_integers_are_written_in_full() -> None:
    assert message(np.array([123456789, 1]), np.array([123456788, 1])) == (
        "result[0] is 123456789, expected 123456788 (1 of 2 values differs)"
    )


@pytest.mark.parametrize(
    ("got", "expected", "told"),
    [
        (np.zeros((2, 3, 0, 5)), np.zeros((2, 3, 5, 5)), "dx is empty: shape (2, 3, 0, 5), expected (2, 3, 5, 5)"),
        (ONES.T, ONES, "dx has shape (6, 4), expected (4, 6)"),
        (ONES[:1], ONES, "dx has shape (1, 6), expected (4, 6)"),
        (np.ones((1,)), 1.0, "dx has shape (1,), expected a float by itself"),
        (1.0, np.ones((1,)), "dx is a float by itself, expected an array of shape (1,)"),
    ],
)
def test_a_shape_is_never_broadcast(got: Value, expected: Value, told: str) -> None:
    assert message({"dx": got}, {"dx": expected}) == told
    assert differences({"dx": got}, {"dx": expected})[0].kind is DifferenceKind.SHAPE


@pytest.mark.parametrize(
    ("got", "expected", "told"),
    [
        (ONES.astype(np.float32), ONES, "dw is float32, expected float64"),
        (ONES, ONES.astype(np.float32), "dw is float64, expected float32"),
        (ONES.astype(np.int64), ONES, "dw is int64, expected float64"),
        (ONES.astype(np.bool_), ONES.astype(np.int64), "dw is bool, expected int64"),
        (1, 1.0, "dw is an integer, expected a float"),
        (True, 1, "dw is a bool, expected an integer"),
        (np.array(1.0), 1, "dw is a float, expected an integer"),
        (np.array(["1"]), np.array([1]), "dw is str32, expected int64"),
    ],
)
def test_the_dtype_has_to_be_the_expected_one(got: Value, expected: Value, told: str) -> None:
    assert message({"dw": got}, {"dw": expected}) == told
    assert differences({"dw": got}, {"dw": expected})[0].kind is DifferenceKind.DTYPE


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (np.arange(3, dtype=np.int32), np.arange(3)),
        (np.arange(3, dtype=np.uint8), np.arange(3)),
        (np.float32(0.5), 0.5),
        (0.5, np.array(0.5, np.float32)),
        (np.array(7), 7),
        (np.ones(3, ">f8"), np.ones(3)),
        ((1.0, DW), [1.0, DW]),
    ],
)
def test_what_is_not_the_students_choice_may_differ(got: Value, expected: Value) -> None:
    """The width of integers, a number or an array without axes, the order of bytes, a list or a tuple."""
    assert_matches(got, expected)


@pytest.mark.parametrize(
    ("got", "expected", "told"),
    [
        (None, ONES, "dw is None, expected an array of shape (4, 6)"),
        ([1.0, 2.0], np.ones(2), "dw is a list of 2 items, expected an array of shape (2,)"),
        (np.ones(2), [1.0, 2.0], "dw is an array of shape (2,), expected a list of 2 items"),
        ("1.5", 1.5, "dw is a string, expected a float"),
        (1.5, None, "dw is a float, expected None"),
        ({}, ONES, "dw is a dict, expected an array of shape (4, 6)"),
        (ONES, {}, "dw is an array of shape (4, 6), expected a dict"),
        (2.5, "2.5", "dw is a float, expected a string"),
        (np.array([None]), ONES, "dw is an array of object, expected an array of shape (4, 6)"),
        (-(2**63) - 1, 5, "dw is an integer of 64 bits, expected an integer"),
        (10**4000, 5, "dw is an integer of 13288 bits, expected an integer"),
    ],
)
def test_another_type_is_told_as_such(got: Value, expected: Value, told: str) -> None:
    assert message({"dw": got}, {"dw": expected}) == told
    assert differences({"dw": got}, {"dw": expected})[0].kind is DifferenceKind.TYPE


class Agreeable(np.ndarray[Any, Any]):
    """Claims to be equal to anything."""

    def __eq__(self, other: object) -> np.ndarray:  # type: ignore[override]  # it cheats
        return np.ones(self.shape, bool)

    __hash__ = None  # type: ignore[assignment]  # as any array


class AgreeableFloat(float):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = float.__hash__


@pytest.mark.parametrize("impostor", [(-ONES).view(Agreeable), np.ma.array(ONES, mask=True)])
def test_a_subclass_of_array_is_not_an_array(impostor: np.ndarray) -> None:
    assert differences(impostor, ONES)[0].kind is DifferenceKind.TYPE


def test_a_subclass_of_float_is_not_a_number() -> None:
    assert differences(AgreeableFloat(3), 4.0)[0].message == "the result is of type AgreeableFloat, expected a float"


def test_a_course_that_expects_what_cannot_be_compared_is_told_so() -> None:
    with pytest.raises(TypeError, match="dw is expected to be of type object, which cannot be compared"):
        assert_matches({"dw": ONES}, {"dw": object()})  # type: ignore[dict-item]  # the course's mistake


@pytest.mark.parametrize(
    ("got", "expected", "told"),
    [
        (changed(ONES, (slice(2), 0), np.nan), ONES, "y has 2 NaN values of 24, expected none (first at y[0, 0])"),
        (changed(ONES, (1, 2), np.nan), ONES, "y has 1 NaN value of 24, expected none (first at y[1, 2])"),
        (changed(ONES, (1, 2), -np.inf), ONES, "y has 1 infinite value of 24, expected none (first at y[1, 2])"),
        (np.array([1.0, np.nan]), np.array([np.nan, 1.0]), "y[0] is 1, expected NaN (all 2 values differ)"),
        (np.array([np.inf, 1.0]), np.array([-np.inf, 1.0]), "y[0] is inf, expected -inf (1 of 2 values differs)"),
        (1.0, np.inf, "y is 1, expected inf"),
        (np.nan, 1.0, "y is NaN, expected 1"),
        (0.0, np.nan, "y is 0, expected NaN"),
    ],
)
def test_nan_and_infinity_are_wrong_where_they_are_not_expected(got: Value, expected: Value, told: str) -> None:
    assert message({"y": got}, {"y": expected}) == told
    assert differences({"y": got}, {"y": expected})[0].kind is DifferenceKind.NAN
    assert not equal(got, expected)


def test_an_infinite_limit_does_not_let_everything_pass() -> None:
    """`rtol * inf` is infinite, so that any finite number would be within it."""
    expected = np.array([np.inf, 1.0])
    assert not equal(np.array([0.0, 1.0]), expected)
    assert not equal(np.array([1e308, 1.0]), np.array([-1e308, 1.0]))


@pytest.mark.parametrize(("dtype", "tolerance"), TOLERANCES.items(), ids=lambda given: getattr(given, "__name__", ""))
def test_the_table_decides_what_is_near_enough(dtype: type[np.generic], tolerance: tuple[float, float]) -> None:
    rtol, atol = tolerance
    expected = np.array([100.0, 0.0]).astype(dtype)
    within = np.array([100 * (1 + 0.5 * rtol), 0.5 * atol]).astype(dtype)
    assert equal(within, expected)
    assert not equal(changed(within, 0, 100 * (1 + 3 * rtol)), expected)
    assert not equal(changed(within, 1, 3 * atol), expected)


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (np.float16(1.009), 1.0),
        (np.float16(1.009), np.float32(1.0)),
        (np.float32(1.00009), 1.0),
        (np.array(1.00009, np.float32), np.array(1.0)),
        (np.complex64(1.00009), 1.0 + 0j),
    ],
)
def test_who_answers_in_a_coarser_dtype_is_compared_as_anybody(got: Value, expected: Value) -> None:
    """The tolerance was that of the coarser dtype, so that an answer chose its own."""
    assert not equal(got, expected)
    assert equal(type(got)(1.0) if isinstance(got, np.generic) else np.array(1.0, np.float32), expected)
    assert equal(np.float32(1 / 3), 1 / 3), "rounded to single precision a right value is right"


def test_the_caller_may_ask_for_another_tolerance() -> None:
    assert_matches(ONES + 1e-3, ONES, rtol=1e-2)
    assert_matches(ONES + 1e-3, ONES, atol=1e-2)
    assert not equal(ONES + 1e-8, ONES, rtol=0.0, atol=0.0)


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.bool_])
def test_no_tolerance_makes_labels_and_masks_near(dtype: type[np.generic]) -> None:
    zeros = np.zeros(3, dtype)
    assert not equal(changed(zeros, 1, 1), zeros, rtol=10.0, atol=10.0)


def test_entries_are_named_by_their_way_from_the_root() -> None:
    expected = {"grads": [{"dw": ONES}, {"dw": ONES}], "two words": 1.0}
    got = {"grads": [{"dw": ONES}, {"dw": -ONES}], "two words": 2.0}
    assert [difference.name for difference in differences(got, expected)] == ["grads[1].dw", "result['two words']"]
    assert differences(got["grads"], expected["grads"], name="grads")[0].name == "grads[1].dw"
    assert differences([ONES, -ONES], [ONES, ONES])[0].message.startswith("result[1][0, 0] is -1")


def test_a_missing_and_an_unasked_entry_are_named() -> None:
    found = differences({"dx": ONES, "extra": 1}, {"dw": ONES, "dx": ONES})
    assert [(difference.kind, difference.message) for difference in found] == [
        (DifferenceKind.STRUCTURE, "dw is missing, expected an array of shape (4, 6)"),
        (DifferenceKind.STRUCTURE, "extra is an integer, expected no such entry"),
    ]


def test_lists_of_different_length_are_told_by_their_lengths() -> None:
    assert message({"losses": [1.0]}, {"losses": [1.0, 2.0]}) == "losses has 1 item, expected 2"


def test_a_list_of_numbers_is_told_as_one_array() -> None:
    found = differences({"losses": [0.5, 0.4, 0.3]}, {"losses": [0.5, 0.2, 0.1]})
    assert [difference.message for difference in found] == ["losses[1] is 0.4, expected 0.2 (2 of 3 values differ)"]


def test_what_else_is_wrong_is_named_after_the_first() -> None:
    names = ["dw", "db", "dx", "y", "loss", "probs"]
    right: dict[str, Value] = dict.fromkeys(names, 1.0)

    def told(*wrong: str) -> str:
        return message({**right, **dict.fromkeys(wrong, 2.0)}, right)

    assert told("dw") == "dw is 2, expected 1"
    assert told("dw", "db") == "dw is 2, expected 1; db is wrong too"
    assert told("dw", "db", "dx") == "dw is 2, expected 1; db and dx are wrong too"
    assert told(*names[:5]) == "dw is 2, expected 1; db, dx, y and loss are wrong too"
    assert told(*names) == "dw is 2, expected 1; db, dx, y and 2 others are wrong too"


def test_strings_are_quoted_and_cut_where_they_begin_to_differ() -> None:
    assert message("relu\x1b[31m", "relu") == "the result is 'relu\\x1b[31m', expected 'relu'"
    assert message("a" * 500 + "b", "a" * 500 + "c") == "the result is 'b' from character 500 on, expected 'c'"
    assert len(message("a" * 5000, "b" * 5000)) < 200


def test_a_key_of_any_length_does_not_fill_the_page() -> None:
    assert len(message({"k" * 60_000: 1}, {})) < 200


def test_a_mismatch_carries_every_difference_and_survives_another_process() -> None:
    with pytest.raises(Mismatch) as caught:
        assert_matches({"dw": -ONES, "db": 2.0}, {"dw": ONES, "db": 1.0})
    assert [difference.name for difference in caught.value.differences] == ["dw", "db"]
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301 - our own bytes


def test_a_difference_of_values_carries_both_arrays_and_what_is_wrong() -> None:
    (difference,) = differences({"dw": changed(DW, (1, 2), 9)}, {"dw": DW})
    assert difference.expected is DW
    assert difference.wrong is not None
    assert np.argwhere(difference.wrong).tolist() == [[1, 2]]


def test_leaves_go_by_the_names_of_differences() -> None:
    value: Value = {"grads": [{"dw": ONES}, {"dw": ONES}], "losses": [0.1, 0.2], "note": "text"}
    assert [name for name, _ in named_arrays(value)] == ["grads[0].dw", "grads[1].dw", "losses"]


FLOATS = hnp.arrays(
    st.sampled_from([np.float32, np.float64]),
    hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
    elements=st.floats(width=32, allow_nan=True),
)


@given(FLOATS)
def test_rounding_in_the_last_place_is_never_told(expected: np.ndarray) -> None:
    got = np.nextafter(expected, 0)  # the largest number has none above it
    finite = np.isfinite(got) & np.isfinite(expected)
    assert equal(np.where(finite, got, expected), expected)


@given(st.tuples(FLOATS, FLOATS))
def test_equal_and_differences_agree(pair: tuple[np.ndarray, np.ndarray]) -> None:
    got, expected = pair
    assert equal(got, expected) == (not differences(got, expected))


@given(FLOATS)
def test_the_marked_values_are_those_that_isclose_calls_far(expected: np.ndarray) -> None:
    """numpy's own function, asked with the limits of the table, is the second source."""
    untouched = np.arange(expected.size).reshape(expected.shape) % 3 == 0
    got = np.where(untouched, expected, expected + 1).astype(expected.dtype)
    rtol, atol = TOLERANCES[expected.dtype.type]
    with np.errstate(all="ignore"):
        far = ~np.isclose(got, expected, rtol=rtol, atol=atol, equal_nan=True)
    wrong = wrong_values(got, expected)
    assert np.array_equal(np.zeros(expected.shape, bool) if wrong is None else wrong, far)


TREES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | FLOATS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def beyond_64_bits(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(beyond_64_bits, value.values()))
    if isinstance(value, list):
        return any(map(beyond_64_bits, value))
    return isinstance(value, int) and not -(2**63) <= value < 2**64


@given(TREES, TREES.filter(lambda tree: not beyond_64_bits(tree)))
def test_any_answer_is_compared_without_an_exception(got: Value, expected: Value) -> None:
    found = differences(got, expected)
    assert equal(got, expected) == (not found)
    assert all("\n" not in difference.message and difference.message.isprintable() for difference in found)


SUMS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "pairwise": lambda terms: terms.sum(0),
    "in a loop": sum,
    "backwards": lambda terms: np.add.reduce(terms[::-1]),
    "as a product": lambda terms: np.ones(len(terms), terms.dtype) @ terms,
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("order", SUMS)
def test_a_correct_sum_in_any_order_matches(order: str, dtype: type[np.generic]) -> None:
    terms = np.random.default_rng(0).normal(size=(500, 40)).astype(dtype)
    assert_matches(SUMS[order](terms), terms.sum(0))


TABLE: list[Value] = [["w(2,2)", "0", "0"], ["0", "0", "w(2,0)"]]


@pytest.mark.parametrize(
    ("got", "told"),
    [
        (
            [["w(2,2)", "0", "0"], ["w(2,0)", "0", "0"]],
            "w(2,0) stands at row 1, column 0 of A, expected at row 1, column 2 (2 of 6 entries differ)",
        ),
        (
            [["0", "0", "0"], ["0", "0", "w(2,0)"]],
            "w(2,2) stands nowhere in A, expected at row 0, column 0 (1 of 6 entries differs)",
        ),
        (
            [["w(2,2)", "w(1,1)", "0"], ["0", "0", "w(2,0)"]],
            "w(1,1) stands at row 0, column 1 of A, expected nowhere (1 of 6 entries differs)",
        ),
        (
            [["w(2,2)", "w(2,2)", "w(2,2)"], ["w(2,2)", "0", "w(2,0)"]],
            "w(2,2) stands at 4 places of A, expected at row 0, column 0 (3 of 6 entries differ)",
        ),
        (
            [["w(2,2)", "", "0"], ["0", "0", "w(2,0)"]],
            "'' stands at row 0, column 1 of A, expected nowhere (1 of 6 entries differs)",
        ),
        ([["w(2,2)", "0"], ["0", "0"], ["0", "w(2,0)"]], "A has shape (3, 2), expected (2, 3)"),
        ([["w(2,2)", "0", "0"]], "A has shape (1, 3), expected (2, 3)"),
    ],
)
def test_an_entry_of_a_table_is_told_by_where_it_stands(got: Value, told: str) -> None:
    assert message({"A": got}, {"A": TABLE}) == told


@pytest.mark.parametrize(
    "got", ["w(2,2)", None, [["w(2,2)", "0", "0"], ["0", "0"]], [["w(2,2)", "0", 0], ["0", "0", "w(2,0)"]]]
)
def test_what_is_no_table_is_never_the_expected_one(got: Value) -> None:
    assert not equal(got, TABLE)


@pytest.mark.parametrize("entry", ["0" * 10_000_000, "w(2,0)\0", "w(2,0)" + "x" * 60])
def test_an_entry_of_any_length_is_compared_at_no_great_cost(entry: str) -> None:
    (found,) = differences([["w(2,2)", "0", "0"], ["0", "0", entry]], TABLE)
    assert found.got is not None
    assert found.got.nbytes < 10_000


def test_a_part_of_an_array_can_be_judged_and_all_of_it_shown() -> None:
    got, expected = changed(DW, (1, 2), 5.0), changed(DW, (3, 0), 7.0)
    assert_matches(got, expected, within=0)
    with pytest.raises(Mismatch) as caught:
        assert_matches({"dw": got}, {"dw": expected}, within=np.s_[1:3])
    (difference,) = caught.value.differences
    assert difference.message.startswith("dw[1, 2] is 5, expected")
    assert difference.message.endswith("(1 of 24 values differs)")
    assert difference.wrong is not None
    assert difference.wrong.sum() == 2


def test_a_row_of_a_table_is_judged_by_itself() -> None:
    got: Value = [["w(2,2)", "0", "0"], ["w(2,0)", "0", "0"]]
    assert_matches(got, TABLE, within=0)
    with pytest.raises(Mismatch, match=r"w\(2,0\) stands at row 1, column 0 of the result"):
        assert_matches(got, TABLE, within=1)


def test_a_wrong_shape_is_wrong_in_every_part() -> None:
    with pytest.raises(Mismatch, match="has shape"):
        assert_matches(np.ones((4, 5)), ONES, within=0)


def test_one_of_several_right_values_is_enough() -> None:
    assert_matches_either({"W": 2 * ONES}, {"W": ONES}, {"W": 2 * ONES})
    with pytest.raises(Mismatch, match="W\\[0, 0\\] is 3, expected 1"):
        assert_matches_either({"W": 3 * ONES}, {"W": ONES}, {"W": 2 * ONES})


@pytest.mark.parametrize("odd", [0.0, np.nan])
def test_secret_values_are_told_by_their_places_alone(odd: float) -> None:
    with pytest.raises(Mismatch) as caught:
        assert_matches({"A": changed(DW, (1, 2), odd)}, {"A": DW}, secret=True)
    assert str(caught.value) == "A[1, 2] is not the expected value (1 of 24 values differs)"


def test_a_secret_number_is_not_told() -> None:
    assert differences(1.0, 2.0, name="loss", secret=True)[0].message == "loss is not the expected value"


def test_half_floats_are_compared_with_complex_numbers_whole() -> None:
    assert wrong_values(np.array([1], np.float16), np.array([1 + 2j], np.complex64)) is not None
    assert wrong_values(np.array([1], np.float16), np.array([1], np.complex64)) is None


@pytest.mark.parametrize(
    ("got", "told"),
    [
        (np.zeros((8000, 1)), "above has shape (8000, 1), expected (3, any)"),
        (np.zeros(3), "above has shape (3,), expected (3, any)"),
        (np.zeros((3, 2), int), "above is int64, expected floats"),
        (1.0, "above has shape (), expected (3, any)"),
        ([1, "a"], "above is a list of 2 items, expected an array of shape (3, any)"),
        (None, "above is None, expected an array of shape (3, any)"),
    ],
)
def test_a_shape_is_asked_for_before_anything_is_computed(got: Value, told: str) -> None:
    with pytest.raises(Mismatch) as caught:
        assert_shape(got, (3, None), name="above")
    assert str(caught.value) == told


def test_an_array_of_the_shape_asked_for_comes_back() -> None:
    assert assert_shape(DW, DW.shape) is DW
    assert assert_shape(2.5, ()).shape == ()
    assert assert_shape(np.arange(3), (3,), kind="iu").tolist() == [0, 1, 2]


def test_a_sentence_ends_with_what_a_test_has_seen_besides() -> None:
    with pytest.raises(Mismatch, match=r"expected 2; the layers that ran are those of the figure$"):
        assert_matches(1, 2, seen="the layers that ran are those of the figure")
    assert_matches(2, 2, seen="this is said of mismatches alone")


@pytest.mark.parametrize(
    ("name", "said"),
    [("the scores", "the scores have shape (2,)"), ("the loss", "the loss has shape"), ("the bias", "the bias has"),
     ("dx", "dx has"), ("its axis", "its axis has"), ("the predicted classes", "the predicted classes have shape")],
)  # fmt: skip
def test_what_is_several_things_has_the_verb_of_several(name: str, said: str) -> None:
    assert shapes_differ(name, np.zeros(2), np.zeros(9)).startswith(said)
    with pytest.raises(Mismatch) as caught:
        assert_shape(np.zeros(2), (9,), name=name)
    assert str(caught.value).startswith(said)
    assert "(2,), expected (9,)" in str(caught.value)
