"""Draw where an array is wrong: a small map of the errors, the values around the worst one, and the region in words.

A small matrix, of numbers or of texts, is shown whole.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from grader.authoring.array_forms import Array
from grader.authoring.compare import Difference, Mask, absolute_error, worst_place
from grader.diagnosis.region import Layout, axis_nouns, map_axes, region_in_words
from grader.model import Picture
from grader.wording.messages import numeral, numerals, place_in_words

__all__ = ["picture", "region_in_words"]

MOST_CELLS: Final = 32  # cells of the map along either side
MOST_VALUES: Final = 5  # values shown around the worst one along either side
MOST_WHOLE: Final = 16  # rows and columns of a matrix that is shown whole
_FAINTEST: Final = 0.01  # a wrong value, however small its error, is never drawn as right
_DIGITS: Final = 4
_DIGITS_OF_MANY: Final = 3


def picture(difference: Difference, layout: Layout = "NCHW") -> Picture | None:
    """Draw the map that holds the worst value; None where there are no values to compare, or only one."""
    got, expected, wrong = difference.got, difference.expected, difference.wrong
    if got is None or expected is None or wrong is None or wrong.size < 2:
        return None
    name = difference.name
    nouns = axis_nouns(name, wrong.ndim, layout)
    worst = worst_place(got, expected, wrong)
    axes = map_axes(nouns)
    index = tuple(slice(None) if axis in axes else place for axis, place in enumerate(worst))
    cells, blocks = _cells(_errors(got[index], expected[index], wrong[index]))
    region = region_in_words(wrong, nouns)
    if difference.secret:
        marked = tuple(tuple(float(cell > 0) for cell in row) for row in cells)  # how far off they are tells values too
        return Picture(title=f"Where {_map_name(name, index)} differs", caption=f"wrong: {region}", cells=marked)
    if wrong.ndim == 2 and max(wrong.shape) <= MOST_WHOLE:
        return _whole(name, got, expected, wrong, region, cells)
    windows = [_window(worst[axis], wrong.shape[axis]) for axis in axes]
    labels, here, there = _values(name, index, got, expected, wrong, windows)
    caption = f"the worst is {place_in_words(name, worst)}; wrong: {region}"
    if max(blocks) > 1:
        caption += f"; a cell shows the worst of up to {'×'.join(map(str, blocks))} values"
    return Picture(
        title=f"Where {_map_name(name, index)} differs",
        caption=caption,
        cells=cells,
        labels=labels,
        got=here,
        expected=there,
    )


def _whole(
    name: str, got: Array, expected: Array, wrong: Mask, caption: str, cells: tuple[tuple[float, ...], ...]
) -> Picture:
    """Write all values of a small matrix."""
    rows = [
        [_pair(got[i, j], expected[i, j], _DIGITS_OF_MANY, wrong=bool(wrong[i, j])) for j in range(wrong.shape[1])]
        for i in range(wrong.shape[0])
    ]
    labels, columns = (tuple(map(str, range(size))) for size in wrong.shape)
    here, there = (tuple(tuple(pair[side] for pair in row) for row in rows) for side in (0, 1))
    return Picture(
        title=f"Where {name} differs",
        caption=caption,
        cells=cells,
        labels=labels,
        got=here,
        expected=there,
        columns=columns,
    )


def _errors(got: Array, expected: Array, wrong: Mask) -> Array:
    """Scale the errors of the wrong values to at most 1; right values are 0. Shape of the map, (rows, columns)."""
    error = np.where(wrong, absolute_error(got, expected), 0.0)
    finite = np.isfinite(error)
    largest = error.max(initial=0.0, where=finite)
    scaled = np.divide(error, largest, out=np.ones_like(error), where=finite & (largest > 0))
    return np.atleast_2d(np.where(wrong, np.maximum(scaled, _FAINTEST), 0.0))


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
    name: str, index: tuple[slice | int, ...], got: Array, expected: Array, wrong: Mask, windows: list[range]
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
    """Write the values of a window row by row: a label, the values got, the values expected."""
    columns = windows[-1]
    labels, here, there = [], [], []
    for row in windows[0] if len(windows) > 1 else [None]:
        places = [_filled(index, (column,) if row is None else (row, column)) for column in columns]
        span = _filled(index, (columns,) if row is None else (row, columns))
        labels.append(f"{name.removeprefix('the ')}[{', '.join(map(_index_in_words, span))}]")
        pairs = [_pair(got[place], expected[place], _DIGITS, wrong=bool(wrong[place])) for place in places]
        here.append(tuple(pair[0] for pair in pairs))
        there.append(tuple(pair[1] for pair in pairs))
    return tuple(labels), tuple(here), tuple(there)


def _filled(index: tuple[slice | int, ...], place: tuple[int | range, ...]) -> tuple[int | range, ...]:
    """Put the place within a map into the index of that map."""
    steps = iter(place)
    return tuple(next(steps) if isinstance(step, slice) else step for step in index)


def _pair(got: object, expected: object, digits: int, *, wrong: bool) -> tuple[str, str]:
    """Write two values so that they read differently if, and only if, one is wrong."""
    if isinstance(expected, str):
        return str(got), str(expected)
    if wrong:
        return numerals(got, expected, digits)
    return (numeral(expected, digits),) * 2


def _map_name(name: str, index: tuple[slice | int, ...]) -> str:
    """Format a map as the student would index it, without the colons that trail."""
    steps = list(index)
    while steps and isinstance(steps[-1], slice):
        steps.pop()
    return f"{name.removeprefix('the ')}[{', '.join(map(_index_in_words, steps))}]" if steps else name


def _index_in_words(step: slice | range | int) -> str:
    if isinstance(step, slice):
        return ":"
    return f"{step.start}:{step.stop}" if isinstance(step, range) else str(step)
