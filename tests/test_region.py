from __future__ import annotations

import re
from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.diagnosis.region import Shape, axis_nouns, map_pattern, region_in_words

IMAGES = (2, 3, 5, 5)
ALL = slice(None)


def marked(shape: tuple[int, ...], *indices: object) -> np.ndarray:
    mask = np.zeros(shape, bool)
    for index in indices:
        mask[index] = True  # type: ignore[index]  # any index numpy knows
    return mask


def border(shape: tuple[int, ...], width: int = 1) -> np.ndarray:
    mask = np.ones(shape, bool)
    mask[..., width:-width, width:-width] = False
    return mask


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (np.ones(IMAGES, bool), "every value"),
        (np.ones((), bool), "every value"),
        (np.zeros(IMAGES, bool), "no value"),
        (marked(IMAGES, (1, 2, 0, 4)), "only the value at [1, 2, 0, 4]"),
        (marked(IMAGES, (..., -1), (..., -1, ALL)), "only the last row and column of each 5×5 map"),
        (marked(IMAGES, (..., 0), (..., 0, ALL)), "only the first row and column of each 5×5 map"),
        (
            marked(IMAGES, (..., -2, ALL), (..., -1, ALL), (..., -1)),
            "only the last 2 rows and the last column of each 5×5 map",
        ),
        (marked(IMAGES, (..., 0, ALL), (..., -1)), "only the first row and the last column of each 5×5 map"),
        (marked(IMAGES, (..., -1)), "only the last column of each 5×5 map"),
        (marked(IMAGES, (..., [0, -1])), "only the first and last column of each 5×5 map"),
        (marked(IMAGES, (..., slice(1, 4), ALL)), "only rows 1 to 3 of each 5×5 map"),
        (marked(IMAGES, (..., slice(None, None, 2))), "every second column of each 5×5 map"),
        (marked((2, 3, 5, 6), (..., slice(1, None, 3))), "only columns 1 and 4 of each 5×6 map"),
        (marked((2, 3, 5, 8), (..., slice(1, None, 3))), "every third column of each 5×8 map, from column 1 on"),
        (marked(IMAGES, 0), "only sample 0 of 2"),
        (marked(IMAGES, (ALL, 1)), "only channel 1 of 3"),
        (marked(IMAGES, (ALL, [0, 2])), "only channels 0 and 2 of 3"),
        (marked((8, 1, 2, 2), slice(1, 4)), "only samples 1 to 3 of 8"),
        (marked((8, 1, 2, 2), slice(5, 8)), "only the last 3 of 8 samples"),
        (~marked((8, 1, 2, 2), 3), "every sample but sample 3 of 8"),
        (marked((8, 1, 2, 2), [0, 1, 4, 6]), "only samples 0, 1, 4 and 6 of 8"),
        (marked((9, 1, 2, 2), [0, 1, 4, 6, 7]), "only 5 of 9 samples"),
        (border(IMAGES), "only the border of each 5×5 map"),
        (border((1, 1, 7, 7), 2), "only the border of the 7×7 map, 2 places wide"),
        (border((1, 1, 5, 5), 2), "all but the place in row 2 and column 2 of the 5×5 map"),
        (~border(IMAGES), "only the interior of each 5×5 map"),
        (~border((1, 1, 7, 7), 2), "only the interior of the 7×7 map, 2 places from each edge"),
        (border(IMAGES) & marked(IMAGES, 1), "only the border of each 5×5 map, in sample 1 of 2"),
        (
            border(IMAGES) & marked(IMAGES, (1, 2)),
            "only the border of the 5×5 map, in channel 2 of 3, in sample 1 of 2",
        ),
        (
            marked(IMAGES, np.s_[..., ::2, ::2]),
            "only the crossings of every second row and column of each 5×5 map",
        ),
        (
            ~marked((1, 1, 7, 8), np.s_[..., 1::3, 1::3]),
            "all but the crossings of every third row and column of the 7×8 map, from row 1 and column 1 on",
        ),
        (
            marked((1, 1, 6, 8), np.s_[..., ::3, ::2]),
            "only the crossings of rows 0 and 3 with every second column of the 6×8 map",
        ),
        (marked(IMAGES, np.s_[..., ::4, ::4]), "only the corners of each 5×5 map"),
        (~marked(IMAGES, np.s_[..., ::4, ::4]), "all but the corners of each 5×5 map"),
        (marked(IMAGES, np.s_[..., 1, 2]), "only the place in row 1 and column 2 of each 5×5 map"),
        (marked(IMAGES, np.s_[..., 1:3, 2:4]), "only the crossings of rows 1 to 2 with columns 2 to 3 of each 5×5 map"),
        (marked((4, 5), 2), "only row 2"),
        (marked((4, 5), np.s_[:, 0]), "only the first column"),
        (marked((4, 5), (1, 1), (2, 2)), "2 of 20 values, all in rows 1 to 2, in columns 1 to 2"),
        (marked((5,), 1, 3), "only values 1 and 3 of 5"),
        (marked((9,), slice(4, None)), "only the last 5 of 9 values"),
        (marked((3, 4, 5), 1), "only slice 1 of 3"),
        (marked((2, 3, 4, 5, 6), 1), "only axis-0 slice 1 of 2"),
        (marked(IMAGES, (0, 0, 0, 0), (1, 2, 4, 4)), "2 of 150 values, all in channels 0 and 2 of 3"),
        (marked((2, 2, 4, 4), (0, 0, 0, 0), (1, 1, 3, 3)), "2 of 64 values"),
    ],
)
def test_a_region_is_said_in_words(mask: np.ndarray, words: str) -> None:
    assert region_in_words(mask) == words


@pytest.mark.parametrize(
    ("name", "index", "words"),
    [
        ("dx", 0, "only sample 0 of 3"),
        ("dw", 0, "only filter 0 of 3"),
        ("modules[0].dw", (ALL, 1), "only input channel 1 of 3"),
        ("weight_grad", 0, "only filter 0 of 3"),
        ("window", 0, "only sample 0 of 3"),
    ],
)
def test_axes_are_called_what_they_are(name: str, index: object, words: str) -> None:
    assert region_in_words(marked((3, 3, 3, 3), index), axis_nouns(name, 4)) == words


@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 2), (12,), (2, 2, 1, 3)])
def test_no_two_regions_that_are_named_exactly_share_a_name(shape: tuple[int, ...]) -> None:
    """Of all 4096 masks: words that two regions share would be false of one, unless they only count."""
    regions = Counter(region_in_words(np.array(flags).reshape(shape)) for flags in product([False, True], repeat=12))
    shared = {words for words, count in regions.items() if count > 1}
    assert [words for words in shared if not re.search(r"\d of \d+ (value|row|column)s", words)] == []


@given(hnp.arrays(bool, hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=4)))
def test_any_mask_has_words_and_the_count_in_them_is_right(mask: np.ndarray) -> None:
    words = region_in_words(mask)
    assert "  " not in words
    first = words.split()[0]
    if first.isdigit():
        assert words.startswith(f"{mask.sum()} of {mask.size} values")


@given(st.integers(3, 9), st.integers(3, 9))
def test_a_border_is_everything_but_the_interior(rows: int, columns: int) -> None:
    around, inside = map_pattern(border((rows, columns))), map_pattern(~border((rows, columns)))
    assert around is not None
    assert inside is not None
    assert (around.shape, inside.shape) == (Shape.BORDER, Shape.INTERIOR)
