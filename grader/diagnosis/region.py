"""Where a mask is true, in words that are exactly true: "only the last row and column of each 5×5 map"."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from grader.authoring.compare import Mask
from grader.model.assignment import ImageLayout

ROW: Final = "row"
COLUMN: Final = "column"

_KERNEL: Final = re.compile(r"_?(d|grad_)?(w|weight|kernel|filter)s?\d*(_grad|_gradient)?", re.IGNORECASE)
_ORDINALS: Final = {2: "second", 3: "third", 4: "fourth", 5: "fifth"}
_MOST_LISTED: Final = 4  # positions named one by one


class Shape(StrEnum):
    """What a set of places in a map looks like."""

    BORDER = "border"
    INTERIOR = "interior"
    FAR_EDGE = "far_edge"
    NEAR_EDGE = "near_edge"
    GRID = "grid"
    ALL_BUT_GRID = "all_but_grid"
    ALL_BUT_CORNERS = "all_but_corners"
    BLOCK = "block"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A set of places in a map that has a name: exactly these places, no more and no fewer.

    `rider` is what is said after the map has been named: "the border of each 5×5 map, 2 places wide".
    """

    shape: Shape
    words: str
    rider: str = ""

    def of(self, map_words: str) -> str:
        """Format the places of the maps that `map_words` names, such as "each 5×5 map"."""
        return f"{self.words}{f' of {map_words}' if map_words else ''}{self.rider}"


def axis_nouns(name: str, ndim: int, layout: ImageLayout = ImageLayout.CHANNELS_FIRST) -> tuple[str, ...]:
    """Format what one step along each axis is; arrays of four axes are images, or kernels if their name says so."""
    if ndim < 2:
        return ("value",) * ndim
    lead = ("slice",) if ndim == 3 else tuple(f"axis-{axis} slice" for axis in range(ndim - 2))
    if ndim == 4:
        is_kernel = _KERNEL.fullmatch(re.split(r"[.\]]", name)[-1])
        if layout is ImageLayout.CHANNELS_LAST:
            return (ROW, COLUMN, "input channel", "filter") if is_kernel else ("sample", ROW, COLUMN, "channel")
        lead = ("filter", "input channel") if is_kernel else ("sample", "channel")
    return (*lead, ROW, COLUMN)


def map_axes(nouns: tuple[str, ...]) -> tuple[int, ...]:
    """Return the axes along which the rows and columns of a map are counted; none of an array of one axis."""
    return tuple(axis for axis, noun in enumerate(nouns) if noun in {ROW, COLUMN})


def with_maps_last(mask: Mask, nouns: tuple[str, ...]) -> Mask:
    """Return a mask with rows and columns as its last two axes."""
    return np.moveaxis(mask, map_axes(nouns), (-2, -1)) if mask.ndim > 1 else mask


def flags_along(mask: Mask, axis: int) -> Mask:
    """Mark the positions along an axis at which the mask is true anywhere."""
    return np.asarray(mask.any(axis=tuple(other for other in range(mask.ndim) if other != axis)))


def map_places(mask: Mask) -> Mask:
    """Mark the places of a map, which is what the last two axes make, at which the mask is true in any map."""
    return np.asarray(mask.any(axis=tuple(range(mask.ndim - 2))))


def region_in_words(wrong: Mask, nouns: tuple[str, ...] | None = None) -> str:
    """Describe where a mask is true.

    Args:
        wrong: Any shape; four axes are read as samples, channels, rows and columns.
        nouns: What one step along each axis is, if something else; see `axis_nouns`.

    Returns:
        The places exactly, or else their number and the smallest named region that holds them all.
    """
    nouns = axis_nouns("", wrong.ndim) if nouns is None else nouns
    count = int(wrong.sum())
    if count == wrong.size:
        return "every value"
    if count == 1:
        return f"only the value at {[int(i) for i in np.argwhere(wrong)[0]]}"
    if not count:
        return "no value"
    if wrong.ndim == 1:
        return _only(positions_in_words(wrong, nouns[0]))
    wrong = with_maps_last(wrong, nouns)
    nouns = (*(noun for noun in nouns if noun not in {ROW, COLUMN}), ROW, COLUMN)
    places = map_places(wrong)
    pattern = map_pattern(places)
    flags = {axis: flags_along(wrong, axis) for axis in range(wrong.ndim - 2)}
    map_words = maps_in_words(wrong)
    within = pattern.of(map_words) if pattern is not None else _box_in_words(places, map_words)
    phrases = [within] if within and not places.all() else []
    phrases += [positions_in_words(flags[axis], nouns[axis]) for axis in reversed(flags) if not flags[axis].all()]
    if pattern is not None and count == int(places.sum()) * math.prod(int(along.sum()) for along in flags.values()):
        return _only(", in ".join(phrases))
    return ", all in ".join([f"{count} of {wrong.size} values", *([", in ".join(phrases)] if phrases else [])])


def maps_in_words(mask: Mask) -> str:
    """Format the maps in which a mask is true anywhere; nothing where the whole array is one map."""
    if mask.ndim < 3:
        return ""
    several = any(flags_along(mask, axis).sum() > 1 for axis in range(mask.ndim - 2))
    return f"{'each' if several else 'the'} {'×'.join(map(str, mask.shape[-2:]))} map"


def positions_in_words(flags: Mask, noun: str) -> str:
    """Format the marked positions along one axis."""
    return "".join(_positions(flags, noun))


def _positions(flags: Mask, noun: str) -> tuple[str, str]:
    """Format the marked positions along one axis, the rider apart."""
    marked, size = [int(i) for i in np.flatnonzero(flags)], flags.size
    count, of = len(marked), "" if noun in {ROW, COLUMN} else f" of {size}"
    if count == size:
        return f"every {noun}", ""
    if count == 1:
        return _position(marked[0], size, noun), ""
    first, last = marked[0], marked[-1]
    if last - first == count - 1:
        if first == 0 or last == size - 1:
            return f"the {'first' if first == 0 else 'last'} {count}{of} {noun}s", ""
        return f"{noun}s {first} to {last}{of}", ""
    if marked == [0, size - 1] and noun in {ROW, COLUMN}:
        return f"the first and last {noun}", ""
    step = _step(flags)
    if step and count > 2:
        return f"every {_ordinal(step)} {noun}", f", from {noun} {first} on" if first else ""
    if count == size - 1 and size > 3:
        return f"every {noun} but {_position(int(np.flatnonzero(~flags)[0]), size, noun)}", ""
    if count <= _MOST_LISTED:
        return f"{noun}s {', '.join(map(str, marked[:-1]))} and {last}{of}", ""
    return f"{count} of {size} {noun}s", ""


def map_pattern(places: Mask) -> Pattern | None:
    """Format the marked places of a map, shape (rows, columns) or (values,), or return None if they have no name."""
    if places.ndim < 2:
        return Pattern(Shape.OTHER, positions_in_words(places, "value")) if places.any() else None
    if not places.any():
        return None
    rows, columns = np.asarray(places.any(1)), np.asarray(places.any(0))
    if np.array_equal(places, np.outer(rows, columns)):
        return _crossing(rows, columns)
    rows, columns = np.asarray(~places.all(1)), np.asarray(~places.all(0))
    if np.array_equal(~places, np.outer(rows, columns)):
        return _all_but_crossing(rows, columns)
    return None


def _crossing(rows: Mask, columns: Mask) -> Pattern:
    """Format the places in all marked rows that are also in marked columns."""
    margin = _margin(rows)
    if margin and margin == _margin(columns):
        return Pattern(Shape.INTERIOR, "the interior", f", {margin} places from each edge" if margin > 1 else "")
    if rows.all() or columns.all():
        flags, noun = (columns, COLUMN) if rows.all() else (rows, ROW)
        shape = Shape.GRID if _step(flags) else _edge(flags) or Shape.BLOCK
        return Pattern(shape, *_positions(flags, noun))
    if _step(rows) and _step(columns):
        return _grid(rows, columns)
    if _ends(rows) and _ends(columns):
        return Pattern(Shape.BLOCK, "the corners")
    return Pattern(Shape.BLOCK, _crossings_in_words(rows, columns))


def _all_but_crossing(rows: Mask, columns: Mask) -> Pattern:
    """Format all places but those in marked rows that are also in marked columns."""
    margin = _margin(rows)
    if margin and margin == _margin(columns) and min(rows.sum(), columns.sum()) >= margin:  # not nearly the whole map
        return Pattern(Shape.BORDER, "the border", f", {margin} places wide" if margin > 1 else "")
    edges = _edge(~rows), _edge(~columns)
    if edges[0] is not None and edges[1] is not None:
        shape = edges[0] if edges[0] is edges[1] else Shape.OTHER
        return Pattern(shape, _edges_in_words(~rows, ~columns))
    if _step(rows) and _step(columns):
        grid = _grid(rows, columns)
        return Pattern(Shape.ALL_BUT_GRID, f"all but {grid.words}", grid.rider)
    if _ends(rows) and _ends(columns):
        return Pattern(Shape.ALL_BUT_CORNERS, "all but the corners")
    return Pattern(Shape.OTHER, f"all but {_crossings_in_words(rows, columns)}")


def _grid(rows: Mask, columns: Mask) -> Pattern:
    """Format the crossings of evenly spaced rows with evenly spaced columns."""
    if _step(rows) != _step(columns):
        return Pattern(Shape.GRID, _crossings_in_words(rows, columns))
    first = int(rows.argmax()), int(columns.argmax())
    rider = f", from row {first[0]} and column {first[1]} on" if any(first) else ""
    return Pattern(Shape.GRID, f"the crossings of every {_ordinal(_step(rows))} row and column", rider)


def _crossings_in_words(rows: Mask, columns: Mask) -> str:
    if rows.sum() == columns.sum() == 1:
        return f"the place in {positions_in_words(rows, ROW)} and {positions_in_words(columns, COLUMN)}"
    return f"the crossings of {positions_in_words(rows, ROW)} with {positions_in_words(columns, COLUMN)}"


def _edges_in_words(rows: Mask, columns: Mask) -> str:
    """Format the rows and columns along one edge each: "the last row and column"."""
    row_words, column_words = positions_in_words(rows, ROW), positions_in_words(columns, COLUMN)
    same_edge = _edge(rows) is _edge(columns) and rows.sum() == columns.sum()
    return f"{row_words} and {column_words.split()[-1] if same_edge else column_words}"


def _margin(flags: Mask) -> int:
    """Count the unmarked positions at each end, if it is the same number and everything between is marked."""
    marked = np.flatnonzero(flags)
    first, last = int(marked[0]), int(marked[-1])
    return first if last - first + 1 == marked.size and first == flags.size - 1 - last else 0


def _edge(flags: Mask) -> Shape | None:
    """Return whether the marked positions lie along one end, leaving some unmarked."""
    marked = np.flatnonzero(flags)
    if not marked.size or marked.size == flags.size or marked[-1] - marked[0] != marked.size - 1:
        return None
    if marked[-1] == flags.size - 1:
        return Shape.FAR_EDGE
    return Shape.NEAR_EDGE if marked[0] == 0 else None


def _ends(flags: Mask) -> bool:
    """Return whether the first and the last position are marked, and none between."""
    return flags.size > 2 and bool(flags[0] and flags[-1]) and not flags[1:-1].any()


def _step(flags: Mask) -> int:
    """Measure the distance of marked positions that are evenly spaced over the whole axis; 0 if they are not.

    The two ends alone are no spacing.
    """
    marked = np.flatnonzero(flags)
    if marked.size < 2 or _ends(flags):
        return 0
    step = int(marked[1] - marked[0])
    even = np.arange(int(marked[0]) % step, flags.size, step)
    return step if step > 1 and np.array_equal(marked, even) else 0


def _box_in_words(places: Mask, map_words: str) -> str:
    """Format the rows and columns that hold all marked places, or nothing if those are all there are."""
    spans = []
    for flags, noun in ((np.asarray(places.any(1)), ROW), (np.asarray(places.any(0)), COLUMN)):
        span = np.logical_or.accumulate(flags) & np.logical_or.accumulate(flags[::-1])[::-1]  # from first to last
        if not span.all():
            spans.append(positions_in_words(span, noun))
    return Pattern(Shape.OTHER, ", in ".join(spans)).of(map_words) if spans else ""


def _only(phrase: str) -> str:
    return phrase if phrase.startswith(("every", "all")) else f"only {phrase}"


def _position(index: int, size: int, noun: str) -> str:
    if noun in {ROW, COLUMN} and index in {0, size - 1}:
        return f"the {'first' if index == 0 else 'last'} {noun}"
    return f"{noun} {index}" if noun in {ROW, COLUMN} else f"{noun} {index} of {size}"


def _ordinal(step: int) -> str:
    return _ORDINALS.get(step, f"{step}th")
