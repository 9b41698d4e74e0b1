from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.authoring.compare import Difference, differences
from grader.diagnosis.picture import MOST_CELLS, MOST_VALUES, MOST_WHOLE, picture
from grader.model.assignment import ImageLayout
from grader.model.observation import Value
from grader.model.result import Picture

DX = np.random.default_rng(0).normal(size=(2, 3, 7, 7))


def difference(got: Value, expected: Value, name: str = "dx") -> Difference:
    return differences({name: got}, {name: expected})[0]


def drawn(got: Value, expected: Value, name: str = "dx") -> Picture:
    made = picture(difference(got, expected, name))
    assert made is not None
    return made


def without_far_edge() -> np.ndarray:
    got = DX.copy()
    got[..., -1] = got[..., -1, :] = 0
    return got


def test_the_map_that_holds_the_worst_value_is_drawn() -> None:
    got = DX.copy()
    got[0, 0, 0, 0] += 1
    got[1, 2, 3, 4] += 5
    made = drawn(got, DX)
    assert made.title == "Where dx[1, 2] differs"
    assert [(i, j) for i, row in enumerate(made.cells) for j, cell in enumerate(row) if cell] == [(3, 4)]


def test_the_caption_gives_the_worst_place_and_the_region_of_the_whole_array() -> None:
    got = without_far_edge()
    worst = ", ".join(map(str, np.unravel_index(np.abs(got - DX).argmax(), DX.shape)))
    assert drawn(got, DX).caption == (f"the worst is dx[{worst}]; wrong: only the last row and column of each 7×7 map")


def test_a_cell_is_its_share_of_the_largest_error() -> None:
    expected = np.zeros((2, 2))
    assert drawn(np.array([[0.0, 1.0], [-2.0, 4.0]]), expected).cells == ((0.0, 0.25), (0.5, 1.0))


def test_a_tiny_error_is_not_drawn_as_right() -> None:
    (cells,) = drawn(np.array([1e-3, 1e9, 0.0]), np.zeros(3)).cells
    assert cells[0] > 0
    assert cells[1:] == (1.0, 0.0)


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_as_wrong_as_can_be(odd: float) -> None:
    (cells,) = drawn(np.array([odd, 0.0, 2.0, 4.0]), np.zeros(4)).cells
    assert cells == (1.0, 0.0, 0.5, 1.0)


def test_a_rounding_error_beside_a_wrong_value_is_drawn_as_right() -> None:
    (cells,) = drawn(np.array([1 + 1e-12, 2.0]), np.ones(2)).cells
    assert cells == (0.0, 1.0)


def test_wrong_masks_and_labels_are_drawn_too() -> None:
    assert drawn(np.array([True, False]), np.array([True, True])).cells == ((0.0, 1.0),)
    assert drawn(np.array([3, 5, 1]), np.array([3, 4, 3])).cells == ((0.0, 0.5, 1.0),)


def test_a_large_map_keeps_the_worst_of_every_block_and_says_so() -> None:
    got = np.zeros((70, 100))
    got[69, 99] = 1
    made = drawn(got, np.zeros((70, 100)))
    assert (len(made.cells), len(made.cells[0])) == (MOST_CELLS, MOST_CELLS)
    assert made.cells[-1][-1] == 1.0
    assert sum(map(sum, made.cells)) == 1.0
    assert made.caption.endswith("; a cell shows the worst of up to 3×4 values")


def test_the_values_around_the_worst_place_are_written_beside_each_other() -> None:
    expected = np.arange(140.0).reshape(20, 7)
    got = expected.copy()
    got[19, 0] = -1
    made = drawn(got, expected, "dw")
    assert made.labels == tuple(f"dw[{row}, 0:5]" for row in range(15, 20))
    assert made.got[-1] == ("-1", "134", "135", "136", "137")
    assert made.expected[-1] == ("133", "134", "135", "136", "137")


def test_a_small_matrix_is_shown_whole() -> None:
    expected = np.arange(12.0).reshape(4, 3)
    got = expected.copy()
    got[2, 1] = 0.12345
    made = drawn(got, expected, "A")
    assert (made.labels, made.columns) == (("0", "1", "2", "3"), ("0", "1", "2"))
    assert (made.got[2], made.expected[2]) == (("6", "0.123", "8"), ("6", "7", "8"))
    assert made.caption == "only the value at [2, 1]"


@pytest.mark.parametrize("shape", [(MOST_WHOLE + 1, 2), (2, MOST_WHOLE + 1), (1, 1, 4, 4), (9,)])
def test_what_is_large_or_no_matrix_is_shown_in_part(shape: tuple[int, ...]) -> None:
    assert drawn(np.ones(shape), np.zeros(shape)).columns == ()


def test_a_table_of_texts_is_shown_whole_without_quotes() -> None:
    made = drawn([["0", "w(0,1)"], ["0", "0"]], [["0", "0"], ["w(0,1)", "0"]], "A")
    assert made.got == (("0", "w(0,1)"), ("0", "0"))
    assert made.expected == (("0", "0"), ("w(0,1)", "0"))
    assert made.cells == ((0.0, 1.0), (1.0, 0.0))


def test_the_labels_of_a_map_of_images_say_which_map() -> None:
    got = DX.copy()
    got[1, 2, 3, 4] += 5
    assert drawn(got, DX).labels[0] == "dx[1, 2, 1, 2:7]"


def test_a_list_of_numbers_is_one_row() -> None:
    made = drawn([0.5, 0.4, 0.3], [0.5, 0.4, 0.1], "losses")
    assert made.title == "Where losses differs"
    assert made.cells == ((0.0, 0.0, 1.0),)
    assert made.labels == ("losses[0:3]",)


def test_two_values_read_alike_in_the_table_only_if_both_are_right() -> None:
    made = drawn(np.array([1.00001, 1.0 + 1e-12]), np.array([1.00002, 1.0]))
    assert made.got == (("1.00001", "1"),)
    assert made.expected == (("1.00002", "1"),)


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (np.zeros((2, 2)), np.zeros((2, 3))),
        (np.zeros(3, np.float32), np.zeros(3)),
        (1.0, 2.0),
        (np.ones(1), np.zeros(1)),
        (None, np.zeros(3)),
        ("a", "b"),
    ],
)
def test_there_is_no_picture_of_what_has_no_places(got: Value, expected: Value) -> None:
    assert picture(difference(got, expected)) is None


ARRAYS = hnp.arrays(
    st.sampled_from([np.float64, np.float32, np.int64, np.bool_, np.complex64]),
    hnp.array_shapes(min_dims=1, max_dims=5, min_side=1, max_side=40).filter(lambda shape: np.prod(shape) <= 3000),
    fill=st.just(0),
)


@given(ARRAYS, st.data())
def test_any_wrong_array_is_drawn_small_and_whole(expected: np.ndarray, data: st.DataObject) -> None:
    flat = data.draw(st.integers(0, expected.size - 1))
    got = expected.copy()
    got.flat[flat] = not expected.flat[flat] if expected.dtype == bool else 7e7
    found = differences(got, expected)
    made = picture(found[0]) if found else None
    if made is None:
        assert not found or expected.size == 1
        return
    cells = [cell for row in made.cells for cell in row]
    assert len({len(row) for row in made.cells}) == 1
    assert max(len(made.cells), len(made.cells[0])) <= MOST_CELLS
    assert max(len(made.got), *map(len, made.got)) <= (MOST_WHOLE if made.columns else MOST_VALUES)
    assert all(cell is not None and 0 <= cell <= 1 for cell in cells)
    assert max(cell for cell in cells if cell is not None) == 1
    assert len(made.labels) == len(made.got) == len(made.expected)
    assert any(
        left != right for row in zip(made.got, made.expected, strict=True) for left, right in zip(*row, strict=True)
    )


def test_of_secret_values_only_the_places_are_drawn() -> None:
    expected = np.arange(1.0, 13.0).reshape(4, 3)
    (found,) = differences({"A": np.diag([1.0, 2.0, 3.0, 4.0])[:, :3]}, {"A": expected}, secret=True)
    made = picture(found)
    assert made is not None
    assert (made.labels, made.got, made.expected, made.columns) == ((), (), (), ())
    assert {cell for row in made.cells for cell in row} == {0.0, 1.0}
    assert made.caption == "wrong: only the last 3 rows and the last 2 columns"


def test_a_map_is_drawn_beside_the_expected_one_on_one_scale_where_that_is_asked_for() -> None:
    expected = np.zeros((2, 20, 64))
    expected[1, :, :32] = 3
    got = expected + 1
    got[1, 0, :2] = np.nan, 4
    made = picture(difference(got, expected, "maps"), draws_maps=True)
    assert made is not None
    here, there = made.maps
    assert here == ((None, *(1.0,) * 15, *(0.25,) * 16), *((*(1.0,) * 16, *(0.25,) * 16),) * 19)
    assert there == ((*(0.75,) * 16, *(0.0,) * 16),) * 20
    assert drawn(got, expected).maps == ()


@pytest.mark.parametrize(
    ("got", "expected"),
    [(DX[0, 0, 0] + 1, DX[0, 0, 0]), (DX[0, 0] * 1j, DX[0, 0] * 2j), (np.array([["a", "b"]]), np.array([["a", "c"]]))],
    ids=["a row", "complex numbers", "texts"],
)
def test_what_is_no_map_of_real_numbers_is_not_drawn_as_one(got: Value, expected: Value) -> None:
    made = picture(difference(got, expected), draws_maps=True)
    assert made is not None
    assert made.maps == ()


def test_maps_of_a_check_that_is_not_public_are_not_drawn() -> None:
    made = picture(difference(DX + 1, DX), is_public=False, draws_maps=True)
    assert made is not None
    assert made.maps == ()


def test_maps_without_a_number_or_of_one_value_are_drawn_black() -> None:
    nothing, one = np.full((3, 3), np.nan), np.full((3, 3), 2.0)
    made = picture(difference(nothing, one), draws_maps=True)
    assert made is not None
    assert made.maps == (((None,) * 3,) * 3, ((0.0,) * 3,) * 3)


def test_a_map_of_images_with_their_channels_last_is_one_of_rows_and_columns() -> None:
    expected = np.arange(120.0).reshape(2, 4, 5, 3)
    got = expected.copy()
    got[1, 2, :, 2] += 1
    made = picture(difference(got, expected, "y"), layout=ImageLayout.CHANNELS_LAST)
    assert made is not None
    assert made.title == "Where y[1, :, :, 2] differs"
    assert [[cell > 0 for cell in row] for row in made.cells] == [[row == 2] * 5 for row in range(4)]
    assert made.labels[2] == "y[1, 2, 0:5, 2]"
    assert made.caption.endswith("wrong: only row 2 of the 4×5 map, in channel 2 of 3, in sample 1 of 2")
