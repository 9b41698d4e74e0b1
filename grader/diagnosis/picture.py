"""Draw where an array is wrong: a small map of the errors, the values around the worst one, and the region in words.

A small matrix, of numbers or of texts, is shown whole.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from grader.authoring.array_forms import Array
from grader.authoring.compare import Difference, Mask, absolute_error, worst_place
from grader.diagnosis.region import axis_nouns, map_axes, region_in_words
from grader.model.assignment import ImageLayout
from grader.model.result import Picture
from grader.wording.messages import numeral, numerals, place_in_words

MOST_CELLS: Final = 32  # cells of the map along either side
MOST_VALUES: Final = 5  # values shown around the worst one along either side
MOST_WHOLE: Final = 16  # rows and columns of a matrix that is shown whole
_FAINTEST: Final = 0.01  # a wrong value, however small its error, is never drawn as right
_DIGITS: Final = 4
_DIGITS_OF_MANY: Final = 3


def picture(
    difference: Difference,
    *,
    is_public: bool = True,
    draws_maps: bool = False,
    layout: ImageLayout = ImageLayout.CHANNELS_FIRST,
) -> Picture | None:
    """Draw the map that holds the worst value; None where there are no values to compare, or only one.

    Of a check that is not public the picture shows which values are wrong and none of them: neither the expected ones,
    which could be handed in, nor the answer's, which may be hidden inputs. With `draws_maps` the answer's map and the
    expected one are drawn as well, where their values are shown.
    """
    got, expected, wrong = difference.got, difference.expected, difference.wrong
    if got is None or expected is None or wrong is None or wrong.size < 2:
        return None
    name = difference.name
    shows_values = is_public and not difference.secret
    worst = worst_place(got, expected, wrong) if shows_values else difference.place
    nouns = axis_nouns(name, wrong.ndim, layout)
    axes = map_axes(nouns)
    lead = tuple(slice(None) if axis in axes else place for axis, place in enumerate(worst)) if axes else ()
    map_got, map_expected, map_wrong = (np.atleast_2d(array[lead]) for array in (got, expected, wrong))
    cells, blocks = _cells(_errors(map_got, map_expected, map_wrong))
    region = region_in_words(wrong, nouns)
    title = f"Where {place_in_words(name, _indexed(lead))} differs"
    if not shows_values:
        marked = tuple(tuple(float(cell > 0) for cell in row) for row in cells)  # how far off they are tells values too
        return Picture(title=title, caption=f"wrong: {region}", cells=marked)
    is_whole = wrong.ndim == 2 and max(wrong.shape) <= MOST_WHOLE
    rows, columns = map(range, map_got.shape)
    spot = tuple(worst[axis] for axis in axes) if axes else (0, *worst)
    if not is_whole:
        rows, columns = (_window(place, size) for place, size in zip(spot, map_got.shape, strict=True))
    span = f"{columns.start}:{columns.stop}"
    labels = (place_in_words(name, _indexed(lead, row, span) if axes else (span,)) for row in rows)
    here, there = _values(map_got, map_expected, map_wrong, rows, columns, _DIGITS_OF_MANY if is_whole else _DIGITS)
    caption = f"the worst is {place_in_words(name, worst)}; wrong: {region}"
    if max(blocks) > 1:
        caption += f"; a cell shows the worst of up to {'×'.join(map(str, blocks))} values"
    return Picture(
        title=title,
        caption=region if is_whole else caption,
        cells=cells,
        labels=tuple(map(str, rows) if is_whole else labels),
        got=here,
        expected=there,
        columns=tuple(map(str, columns)) if is_whole else (),
        maps=_brightness(map_got, map_expected) if draws_maps and wrong.ndim > 1 else (),
    )


def _indexed(lead: tuple[int | slice, ...], *places: int | str) -> tuple[int | str, ...]:
    """Format the index of a map without the axes that it ends with, or with a row and columns that of a part of it."""
    given = iter(places)
    index = [next(given, ":") if isinstance(place, slice) else place for place in lead]
    while not places and index and index[-1] == ":":
        index.pop()
    return tuple(index)


def _errors(got: Array, expected: Array, wrong: Mask) -> Array:
    """Scale the errors of the wrong values to at most 1; right values are 0. Shape of the map, (rows, columns)."""
    error = np.where(wrong, absolute_error(got, expected), 0.0)
    finite = np.isfinite(error)
    largest = error.max(initial=0.0, where=finite)
    scaled = np.divide(error, largest, out=np.ones_like(error), where=finite & (largest > 0))
    return np.where(wrong, np.maximum(scaled, _FAINTEST), 0.0)


def _brightness(got: Array, expected: Array) -> tuple[tuple[tuple[float | None, ...], ...], ...]:
    """Scale two maps together to [0, 1] and take every so many a row and column; what is no number is None.

    They are real numbers: where either is not, nothing is drawn.
    """
    if "c" in got.dtype.kind + expected.dtype.kind or not {got.dtype.kind, expected.dtype.kind} <= set("biuf"):
        return ()
    rows, columns = (np.arange(min(size, MOST_CELLS)) * size // min(size, MOST_CELLS) for size in expected.shape)
    both = np.stack([np.asarray(one[np.ix_(rows, columns)], np.float64) for one in (got, expected)])
    finite = np.isfinite(both)
    low, high = both.min(initial=np.inf, where=finite), both.max(initial=-np.inf, where=finite)
    scaled = np.zeros_like(both) if high <= low else ((both - low) / (high - low)).round(2)
    return tuple(
        tuple(
            tuple(value if is_number else None for value, is_number in zip(*row, strict=True))
            for row in zip(*one, strict=True)
        )
        for one in zip(scaled.tolist(), finite.tolist(), strict=True)
    )


def _cells(errors: Array) -> tuple[tuple[tuple[float, ...], ...], tuple[int, ...]]:
    """Shrink a map to a drawable size, keeping the worst of each block, and say how large the blocks are."""
    blocks = []
    for axis, size in enumerate(errors.shape):
        count = min(size, MOST_CELLS)
        starts = np.arange(count) * size // count
        errors = np.maximum.reduceat(errors, starts, axis=axis)
        blocks.append(-(-size // count))
    return tuple(map(tuple, errors.round(3).tolist())), tuple(blocks)


def _window(place: int, size: int) -> range:
    """Choose the positions shown around a place."""
    first = max(0, min(place - MOST_VALUES // 2, size - MOST_VALUES))
    return range(first, min(first + MOST_VALUES, size))


def _values(
    got: Array, expected: Array, wrong: Mask, rows: range, columns: range, digits: int
) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
    """Write the values of a window of a map row by row: those got, those expected."""
    places = [[(row, column) for column in columns] for row in rows]
    pairs = [[_pair(got[at], expected[at], digits, wrong=bool(wrong[at])) for at in row] for row in places]
    here, there = (tuple(tuple(pair[side] for pair in row) for row in pairs) for side in (0, 1))
    return here, there


def _pair(got: object, expected: object, digits: int, *, wrong: bool) -> tuple[str, str]:
    """Write two values so that they read differently if, and only if, one is wrong."""
    if isinstance(expected, str):
        return str(got), str(expected)
    if wrong:
        return numerals(got, expected, digits)
    return (numeral(expected, digits),) * 2
