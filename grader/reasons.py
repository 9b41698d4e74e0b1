"""Why an array is wrong, as far as its values alone can tell, in sentences for the student.

A reason is a function of the evidence: a sentence that is exactly true of the values and that chance does not explain
(see `evidence`), or None. What follows the colon is a question, never a claim.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations, permutations, product
from typing import Final, TypeAlias

import numpy as np

from grader.compare import Array, Mask, numeral
from grader.evidence import LEAST_BITS, Evidence, close, explained, gather, same_values, surprising, telling
from grader.factors import Origin, origins, simple
from grader.model import Value
from grader.region import (
    COLUMN,
    ROW,
    Layout,
    Pattern,
    Shape,
    axis_nouns,
    flags_along,
    map_axes,
    map_pattern,
    map_places,
    maps_in_words,
)

Reason: TypeAlias = Callable[[Evidence], str | None]

MOST_SENTENCES: Final = 2

_BIAS: Final = re.compile(r"b|bias(es)?\d*|b\d+", re.IGNORECASE)
_LEAST_ALIKE: Final = 4  # values that must be alike before "all" says something
_LEAST_CUT_OFF: Final = 12  # values whose sign decides that they are wrong: one bit each
_MOST_AXES: Final = 4  # beyond, the orders of axes are too many to try
_LEAST_LENGTH: Final = 3  # of an axis along which values may have moved
_MOST_PRODUCTS: Final = 1_000_000  # multiplications spent on checking one sum of products


def reasons(
    got: Array,
    expected: Array,
    *,
    name: str,
    inputs: Mapping[str, Value] | None = None,
    outputs: Value = None,
    previous: Value = None,
    wrong: Mask | None = None,
    layout: Layout = "NCHW",
) -> tuple[str, ...]:
    """Say why one array is wrong, most specific first.

    Args:
        got: What the submission gave.
        expected: What it should have given; shape and dtype may differ from `got`.
        name: What the array is called in messages, as `differences` names it.
        inputs: What the driver was called with.
        outputs: The whole value that is expected of this call, to find outputs that were exchanged.
        previous: The whole value, given or expected, of the call before.
        wrong: Which values are wrong, if by another tolerance than the table's.
        layout: Where the channels of four-axis arrays are.

    Returns:
        At most two sentences; none where nothing explains the values.
    """
    if "U" in (got.dtype.kind, expected.dtype.kind) or not got.size or not expected.size:
        return ()
    with np.errstate(all="ignore"):
        evidence = gather(
            got, expected, name=name, inputs=inputs or {}, outputs=outputs, previous=previous, wrong=wrong, layout=layout
        )
        if evidence.wrong is not None and not evidence.wrong.any():
            return _said([dtype_alone], evidence)
        found = [sentence for group in REASONS for sentence in _said(group, evidence)]
        return tuple(found[:MOST_SENTENCES]) or _said(LAST_RESORTS, evidence)


def _said(group: list[Reason], evidence: Evidence) -> tuple[str, ...]:
    """Return the first sentence of a group; its reasons are different words for one finding."""
    return next(((sentence,) for reason in group if (sentence := reason(evidence)) is not None), ())


# Where the values come from


def input_returned(evidence: Evidence) -> str | None:
    """Recognise an input handed back as the result."""
    for given, values in evidence.inputs.items():
        if explained(evidence, values):
            return f"{evidence.name} is the input {given}, unchanged: is the computed value returned?"
    return None


def outputs_exchanged(evidence: Evidence) -> str | None:
    """Recognise the values expected of another output."""
    for other, values in evidence.outputs.items():
        if explained(evidence, values):
            return f"{evidence.name} holds the values expected of {other}: are the two exchanged?"
    return None


def stale(evidence: Evidence) -> str | None:
    """Recognise the result of the call before."""
    if any(explained(evidence, values) for values in evidence.previous):
        return f"{evidence.name} is the {_bare(evidence)} of the previous call: is it computed again from the new input?"
    return None


def added_to_previous(evidence: Evidence) -> str | None:
    """Recognise a result that was added to the one of the call before."""
    for values in evidence.previous:
        if values.shape == evidence.expected.shape and explained(evidence, evidence.expected + values):
            return (
                f"{_is_the_expected(evidence)} plus that of the previous call: is it set anew in each call, "
                "or added to what is there?"
            )
    return None


# What was done to the expected values


def sign_reversed(evidence: Evidence) -> str | None:
    """Recognise minus the expected values, from two that are not zero on."""
    if np.count_nonzero(evidence.expected) > 1 and explained(evidence, -evidence.expected):
        return f"{evidence.name} is minus the expected {_bare(evidence)}: is a sign the wrong way round?"
    return None


def scaled(evidence: Evidence) -> str | None:
    """Recognise a constant factor, and where its size may come from."""
    if evidence.wrong is None:
        return None
    largest = np.unravel_index(int(np.abs(evidence.expected).argmax()), evidence.expected.shape)
    with np.errstate(all="ignore"):
        factor = evidence.got[largest] / evidence.expected[largest]
    if np.iscomplexobj(factor) or not np.isfinite(factor) or abs(abs(factor) - 1) < 1e-6 or abs(factor) < 1e-12:
        return None
    known = [origin for origin in origins(evidence) if origin.is_factor(float(factor), evidence.tolerance.rtol)]
    if known:
        factor = np.sign(factor) * known[0].factor
    if evidence.got.size == 1:
        # One number agrees with many factors: only a known one counts, met far closer than the tolerance asks.
        got, expected = float(evidence.got.flat[0]), float(evidence.expected.flat[0])
        tight = abs(got - factor * expected) <= evidence.tolerance.rtol / 50 * abs(got)
        return _factor_in_words(evidence, float(factor), known) if known and tight and not simple(expected) else None
    return _factor_in_words(evidence, float(factor), known) if explained(evidence, factor * evidence.expected) else None


def _factor_in_words(evidence: Evidence, factor: float, known: list[Origin]) -> str:
    start = f"{evidence.name} is {'minus ' if factor < 0 else ''}the expected {_bare(evidence)}"
    size = abs(factor)
    divided = size < 1 and (known[0].divides if known else abs(1 / size - round(1 / size)) < 1e-6)
    operation = f"divided by {numeral(1 / size)}" if divided else f"times {numeral(size)}"
    source = f", {' and '.join(origin.words for origin in known[:2])}" if known else ""
    if known and not known[0].counts:
        question = "is it applied once too often, or left out?"
    elif divided:
        question = "is the mean taken where the sum is asked?" if known else "is a division one too many?"
    elif size == 2:
        question = f"is it added twice{', or the sum taken where the mean is asked' if known else ''}?"
    else:
        question = "is the sum taken where the mean is asked?" if known else "is a factor left out, or one too many?"
    return f"{start} {operation}{source}: {question}"


def summed_in_part(evidence: Evidence) -> str | None:
    """Recognise, in a sum over an input or over a product of two, the share of the first or last sample alone."""
    for words, share in _shares(evidence):
        if explained(evidence, share):
            first = "first" in words
            question = "does the loop end too early?" if first else "is it overwritten where it should add up?"
            return f"{evidence.name} is the share of {words} alone: {question}"
    return None


def _shares(evidence: Evidence) -> Iterator[tuple[str, Array]]:
    expected = evidence.expected
    for given, values in evidence.inputs.items():
        nouns = axis_nouns(given, values.ndim, evidence.layout)
        for axes in _summed_axes(values.shape, expected.shape):
            if not close(evidence, values.sum(axes), expected):
                continue
            for axis in axes:
                rest = tuple(other - (other > axis) for other in axes if other != axis)
                for end, word in ((0, "first"), (-1, "last")):
                    yield f"the {word} {nouns[axis]} of {given}", values.take(end, axis).sum(rest)
    if expected.ndim != 2:
        return
    tables = {given: values.reshape(len(values), -1) for given, values in evidence.inputs.items() if values.ndim > 1}
    for (one, left), (other, right) in permutations(tables.items(), 2):
        if (left.shape[1], right.shape[1]) != expected.shape or len(left) != len(right) or len(left) < 2:
            continue
        if left.shape[0] * expected.size <= _MOST_PRODUCTS and close(evidence, left.T @ right, expected):
            for end, word in ((0, "first"), (-1, "last")):
                yield f"the {word} sample of {one} and {other}", np.outer(left[end], right[end])


def _summed_axes(shape: tuple[int, ...], left: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """List the sets of axes whose sum leaves this shape."""
    if len(left) < len(shape) <= _MOST_AXES:
        for axes in combinations(range(len(shape)), len(shape) - len(left)):
            if left == tuple(size for axis, size in enumerate(shape) if axis not in axes) and left != (1,):
                yield axes


def bias_missing(evidence: Evidence) -> str | None:
    """Recognise a result without its bias, or with the bias added twice."""
    if evidence.wrong is None:
        return None
    for given, values in evidence.inputs.items():
        if values.ndim > 1 or _BIAS.fullmatch(given.rpartition(".")[2]) is None:
            continue
        for axis, size in enumerate(evidence.expected.shape):
            if size != values.size:
                continue
            bias = values.reshape([size if other == axis else 1 for other in range(evidence.expected.ndim)])
            if explained(evidence, evidence.expected - bias):
                return f"{_is_the_expected(evidence)} without {given}: is it added?"
            if explained(evidence, evidence.expected + bias):
                return f"{_is_the_expected(evidence)} plus {given} once more: is it added twice?"
    return None


def offset(evidence: Evidence) -> str | None:
    """Recognise one number added everywhere, or one for each channel, row or column."""
    if evidence.wrong is None or not np.isfinite(evidence.got).all():
        return None
    off = evidence.got - evidence.expected
    if off.size >= _LEAST_ALIKE and explained(evidence, evidence.expected + off.flat[0]):
        return f"{_is_the_expected(evidence)} plus {numeral(off.flat[0])} in every place: is a constant added or left out?"
    for axis in range(off.ndim if off.ndim > 1 else 0):
        own = off[tuple(slice(None) if other == axis else slice(0, 1) for other in range(off.ndim))]
        if off.size < _LEAST_ALIKE * own.size or own.size < 2 or not np.abs(own).min() > 0:
            continue
        if explained(evidence, evidence.expected + own):
            noun, first = evidence.nouns[axis], numeral(own.flat[0])
            return f"each {noun} of {evidence.name} is off by one number of its own, {first} in {noun} 0: {_OFFSET_ASKS}"
    return None


_OFFSET_ASKS: Final = "is something that they share, such as a bias, left out?"


def input_added(evidence: Evidence) -> str | None:
    """Recognise a multiple of an input in what is off."""
    if evidence.wrong is None:
        return None
    off = evidence.got - evidence.expected
    for given, values in evidence.inputs.items():
        if values.shape != off.shape or np.iscomplexobj(off) or np.iscomplexobj(values):
            continue
        largest = np.unravel_index(int(np.abs(values).argmax()), off.shape)
        factor = float(off[largest] / values[largest])
        named = {number: word for word, number in evidence.numbers.items() if abs(number) > 0}
        known = next((number for number in (1.0, *named) if abs(abs(factor) - abs(number)) <= 1e-6 * abs(number)), None)
        factor = factor if known is None else float(np.copysign(known, factor))
        if not abs(factor) > 0 or telling(evidence, values) < LEAST_BITS:
            continue
        if explained(evidence, evidence.expected + factor * values):
            multiple = "" if known == 1 else f"{named.get(known or 0.0, numeral(abs(factor)))} times "
            if factor < 0:
                return f"{_is_the_expected(evidence)} minus {multiple}{given}: is {given} left out, or subtracted?"
            return f"{_is_the_expected(evidence)} plus {multiple}{given}: is {given} added where it should not be?"
    return None


def rectified(evidence: Evidence) -> str | None:
    """Recognise a ReLU or an absolute value too much, or a ReLU left out."""
    got, expected, wrong = evidence.got, evidence.expected, evidence.wrong
    if wrong is None or np.iscomplexobj(got) or np.iscomplexobj(expected):
        return None
    if explained(evidence, np.abs(expected)):
        return f"{_is_the_expected(evidence)} without its signs: is an absolute value or a square root of a square taken?"
    if int(wrong.sum()) < _LEAST_CUT_OFF or telling(evidence, expected[~wrong]) < LEAST_BITS:
        return None
    if not got[wrong].any() and same_values(evidence, got, np.maximum(expected, 0)):
        return f"{_is_the_expected(evidence)} with 0 for every negative value: is a ReLU applied once too often?"
    if not expected[wrong].any() and same_values(evidence, np.maximum(got, 0), expected):
        return f"{evidence.name} has negative values where 0 is expected, and is right elsewhere: is the ReLU applied?"
    return None


def truncated(evidence: Evidence) -> str | None:
    """Recognise numbers that lost their fractions."""
    whole = np.trunc(evidence.expected) if np.isrealobj(evidence.expected) else evidence.expected
    if evidence.wrong is not None and np.array_equal(evidence.got, whole):
        cut = evidence.got[evidence.wrong]
        if cut.size >= _LEAST_ALIKE and np.unique(np.abs(cut)).size > 2:
            return f"{_is_the_expected(evidence)} without the fractions: is an array of integers filled with it?"
    return None


def dtype_alone(evidence: Evidence) -> str | None:
    """Recognise the right values in the wrong dtype."""
    here, there = evidence.dtypes
    if here == there or evidence.wrong is None or evidence.wrong.any():
        return None
    return f"the values of {evidence.name} are right, only their dtype is not: where do they become {here}?"


# Where the expected values went


def axes_reordered(evidence: Evidence) -> str | None:
    """Recognise a transposition, in the shape that it gives."""
    expected = evidence.expected
    for order in _orders(expected.ndim):
        if explained(evidence, expected.transpose(order)):
            return f"{_is_the_expected(evidence)} {_order_in_words(evidence, order)}: is a transpose left out or one too many?"
    return None


def laid_out_otherwise(evidence: Evidence) -> str | None:
    """Recognise values read in one order of axes and laid out in another."""
    expected, got = evidence.expected, evidence.got
    if got.size != expected.size:
        return None
    if got.shape != expected.shape and explained(evidence, expected.reshape(got.shape)):
        return (
            f"{evidence.name} holds the expected values in their order, in shape {got.shape} for {expected.shape}: "
            "is only a reshape left out?"
        )
    here = got.ravel()[evidence.probes]
    for order in _orders(expected.ndim):
        turned = expected.transpose(order)
        there = turned[np.unravel_index(evidence.probes, turned.shape)]
        if close(evidence, here, there) and explained(evidence, turned.reshape(got.shape)):
            return (
                f"{_is_the_expected(evidence)} {_order_in_words(evidence, order)}, then laid out as {got.shape}: "
                "is reshape used where transpose is meant?"
            )
    return None


def _orders(axes: int) -> Iterator[tuple[int, ...]]:
    """List the orders of axes but the present one."""
    return (order for order in permutations(range(axes)) if order != tuple(range(axes))) if axes <= _MOST_AXES else iter(())


def _order_in_words(evidence: Evidence, order: tuple[int, ...]) -> str:
    moved = [evidence.nouns[axis] for axis, source in enumerate(order) if axis != source]
    if len(moved) == 2:
        return f"with {moved[0]}s and {moved[1]}s exchanged"
    return f"with its axes in the order {', '.join(evidence.nouns[axis] for axis in order)}"


def reversed_order(evidence: Evidence) -> str | None:
    """Recognise rows, columns or both in reverse order, as of a kernel that was turned round."""
    expected = evidence.expected
    axes = [axis for axis in range(expected.ndim) if expected.shape[axis] > 1]
    in_map = tuple(axis for axis in map_axes(evidence.nouns) if axis in axes)
    subsets = [subset for count in (1, 2) for subset in combinations(axes, count)]
    for subset in sorted(subsets, key=lambda subset: subset != in_map):
        if explained(evidence, np.flip(expected, subset)):
            turned = " and ".join(f"{evidence.nouns[axis]}s" for axis in subset)
            question = "is the kernel flipped?" if subset == in_map and len(subset) == 2 else "does an index count down?"
            return f"{_is_the_expected(evidence)} with its {turned} in reverse order: {question}"
    return None


_WAYS: Final = {(ROW, 1): "one row down", (ROW, -1): "one row up"} | {
    (COLUMN, 1): "one column to the right",
    (COLUMN, -1): "one column to the left",
}


def shifted(evidence: Evidence) -> str | None:
    """Recognise values that stand one place from where they are expected."""
    got, expected, wrong = evidence.got, evidence.expected, evidence.wrong
    if wrong is None:
        return None
    for axis, step in product(range(got.ndim), (1, -1)):
        if got.shape[axis] < _LEAST_LENGTH:
            continue
        ahead = tuple(slice(1, None) if other == axis else slice(None) for other in range(got.ndim))
        behind = tuple(slice(None, -1) if other == axis else slice(None) for other in range(got.ndim))
        here, there = (ahead, behind) if step == 1 else (behind, ahead)
        if not _moved(evidence, axis, step) or not close(evidence, got[here], expected[there]):
            continue
        if telling(evidence, got[here][wrong[here]]) >= LEAST_BITS:
            noun = evidence.nouns[axis]
            way = _WAYS.get((noun, step), f"one {'place' if noun == 'value' else noun} {'later' if step > 0 else 'earlier'}")
            return f"the values of {evidence.name} stand {way} than expected: does an index start one off?"
    return None


def _moved(evidence: Evidence, axis: int, step: int) -> bool:
    """Tell by a few places whether the values may have moved one step along an axis."""
    places = np.unravel_index(evidence.probes, evidence.got.shape)
    source = places[axis] - step
    kept = (source >= 0) & (source < evidence.got.shape[axis])
    here = tuple(place[kept] for place in places)
    there = (*here[:axis], source[kept], *here[axis + 1 :])
    return close(evidence, evidence.got[here], evidence.expected[there])


def normalised_elsewhere(evidence: Evidence) -> str | None:
    """Recognise probabilities that sum to one along another axis than the expected ones."""
    got, expected = evidence.got, evidence.expected
    if evidence.wrong is None or np.iscomplexobj(got) or got.min() < 0 or telling(evidence, got) < LEAST_BITS:
        return None
    axes = [axis for axis in range(got.ndim) if got.shape[axis] > 1]
    wanted = [axis for axis in axes if _sums_to_one(expected, axis)]
    found = [axis for axis in axes if _sums_to_one(got, axis)]
    if len(wanted) != 1 or wanted[0] in found or expected.min() < 0:
        return None
    asked = f"{evidence.nouns[wanted[0]]}s"
    if len(found) == 1:
        along = f"{evidence.nouns[found[0]]}s"
        return f"{evidence.name} sums to one over its {along}, expected over its {asked}: along which axis is the softmax?"
    if len(axes) > 1 and abs(got.sum() - 1) < 1e-6:
        return f"all of {evidence.name} together sums to one, expected over its {asked}: along which axis is the softmax?"
    return None


def _sums_to_one(values: Array, axis: int) -> bool:
    return bool((np.abs(values.sum(axis) - 1) < 1e-6).all())


# Values that were never computed


def all_zero(evidence: Evidence) -> str | None:
    """Recognise an array that was never filled."""
    if evidence.got.size < 2 or evidence.got.any() or np.count_nonzero(evidence.expected) < 2:
        return None
    return f"{evidence.name} is 0 everywhere: is it ever filled, or added to?"


def all_the_same(evidence: Evidence) -> str | None:
    """Recognise one number in every place."""
    first, got = evidence.got.flat[0], evidence.got
    if got.size < _LEAST_ALIKE or not np.isfinite(first) or not (got == first).all():
        return None
    if telling(evidence, evidence.expected) < LEAST_BITS:
        return None
    return f"every value of {evidence.name} is {numeral(first)}: does it depend on the input?"


def left_unfilled(evidence: Evidence) -> str | None:
    """Recognise that all wrong values are one number, as where a loop never came by."""
    wrong = evidence.wrong
    if wrong is None or wrong.all() or int(wrong.sum()) < _LEAST_ALIKE:
        return None
    values = evidence.got[wrong]
    if not np.isfinite(values[0]) or not (values == values[0]).all():
        return None
    if min(telling(evidence, evidence.expected[part]) for part in (wrong, ~wrong)) < LEAST_BITS:
        return None
    return f"all wrong values of {evidence.name} are {numeral(values[0])}: are they ever written?"


# Where the wrong values are


def sample_apart(evidence: Evidence) -> str | None:
    """Recognise that one sample alone is right, or wrong; the first axis of any array counts."""
    return _one_apart(evidence, 0)


def channel_apart(evidence: Evidence) -> str | None:
    """Recognise that one channel alone is right, or wrong; in a table, one column."""
    axis = next((axis for axis, noun in enumerate(evidence.nouns) if "channel" in noun), 1)
    return _one_apart(evidence, axis) if evidence.expected.ndim in (2, 4) else None


def _one_apart(evidence: Evidence, axis: int) -> str | None:
    wrong, name = evidence.wrong, evidence.name
    if wrong is None or wrong.ndim < 2 or wrong.shape[axis] < 2:
        return None
    flags, noun = flags_along(wrong, axis), evidence.nouns[axis]
    region = np.zeros(wrong.shape, dtype=np.bool_)
    region[tuple(flags if other == axis else slice(None) for other in range(wrong.ndim))] = True
    if 1 not in (flags.sum(), flags.size - flags.sum()) or not surprising(evidence, wrong, region):
        return None
    if flags.size - flags.sum() == 1:
        apart, last = int(flags.argmin()), flags.size - 1
        question = {0: ": is the loop over them left early?", last: ": is each result overwritten by the next?"}
        return f"only {noun} {apart} of {flags.size} of {name} is right{question.get(apart, '')}"
    return f"only {noun} {int(flags.argmax())} of {flags.size} of {name} is wrong"


def border_only(evidence: Evidence) -> str | None:
    """Recognise a wrong border around an interior that is right."""
    return _wrong_on(evidence, Shape.BORDER, "is the padding right?")


def interior_only(evidence: Evidence) -> str | None:
    """Recognise a wrong interior within a border that is right."""
    return _wrong_on(evidence, Shape.INTERIOR, "do overlapping windows add up?")


def far_edge_only(evidence: Evidence) -> str | None:
    """Recognise wrong last rows and columns."""
    return _wrong_on(evidence, Shape.FAR_EDGE, "how far does the last window reach?")


def near_edge_only(evidence: Evidence) -> str | None:
    """Recognise wrong first rows and columns."""
    return _wrong_on(evidence, Shape.NEAR_EDGE, "where does the first window start?")


def stride_pattern(evidence: Evidence) -> str | None:
    """Recognise values that are wrong, or right, at evenly spaced places only."""
    asks = "is the stride used at every step?"
    return _wrong_on(evidence, Shape.GRID, asks) or _wrong_on(evidence, Shape.ALL_BUT_GRID, asks)


def _wrong_on(evidence: Evidence, shape: Shape, question: str) -> str | None:
    wrong, nouns = evidence.wrong, evidence.nouns
    if wrong is None or wrong.ndim < 2:
        return None
    places = map_places(wrong, nouns)
    pattern = map_pattern(places)
    if pattern is None or pattern.shape is not shape:
        return None
    if not surprising(evidence, wrong, _everywhere(places, wrong.shape, map_axes(nouns))):
        return None
    return f"{evidence.name} is wrong only on {_wrong_places(pattern, wrong, nouns)}: {question}"


def _wrong_places(pattern: Pattern, wrong: Mask, nouns: tuple[str, ...]) -> str:
    return pattern.of(maps_in_words(wrong, nouns))


def _everywhere(places: Mask, shape: tuple[int, ...], axes: tuple[int, ...]) -> Mask:
    """Repeat the places of one map in all maps of an array."""
    sizes = [size if axis in axes else 1 for axis, size in enumerate(shape)]
    return np.asarray(np.broadcast_to(places.reshape(sizes), shape))


# When nothing else is found


def shuffled(evidence: Evidence) -> str | None:
    """Recognise the expected values in some other order."""
    got, expected = evidence.got.ravel(), evidence.expected.ravel()
    if got.size != expected.size or np.iscomplexobj(got) or abs(got.sum() - expected.sum()) > 1e-3 * np.abs(got).sum():
        return None
    told = got if evidence.wrong is None else got[evidence.wrong.ravel()]
    if not close(evidence, np.sort(got), np.sort(expected)) or telling(evidence, told) < LEAST_BITS:
        return None
    return f"{evidence.name} holds the expected values in another order: which index runs fastest?"


def _bare(evidence: Evidence) -> str:
    return evidence.name.removeprefix("the ")


def _is_the_expected(evidence: Evidence) -> str:
    return f"{evidence.name} is the expected {_bare(evidence)}"


REASONS: Final[list[list[Reason]]] = [
    [input_returned, outputs_exchanged, stale, added_to_previous],
    [
        all_zero,
        all_the_same,
        sign_reversed,
        summed_in_part,
        scaled,
        bias_missing,
        axes_reordered,
        reversed_order,
        laid_out_otherwise,
        shifted,
        truncated,
        rectified,
        offset,
        input_added,
        normalised_elsewhere,
        left_unfilled,
    ],
    [
        border_only,
        far_edge_only,
        near_edge_only,
        interior_only,
        stride_pattern,
        channel_apart,
        sample_apart,
    ],
]
"""In each group the first that holds speaks; groups go from the specific to the general."""

LAST_RESORTS: Final[list[Reason]] = [shuffled]
