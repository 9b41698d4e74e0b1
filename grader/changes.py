"""Reasons that say what was done to the expected values: a sign, a factor, a bias, a sum cut short."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import combinations, permutations
from typing import Final

import numpy as np

from grader.compare import Array, numeral
from grader.evidence import (
    LEAST_BITS,
    LEAST_PLACE_BITS,
    Evidence,
    close,
    explained,
    is_the_expected,
    same_values,
    telling,
)
from grader.factors import Origin, origins, simple
from grader.region import axis_nouns, flags_along

_BIAS: Final = re.compile(r"(b|bias(es)?)\d*", re.IGNORECASE)
_LEAST_ALIKE: Final = 4  # values that must be alike before "all" says something
_LEAST_CUT_OFF: Final = 12  # values whose sign decides that they are wrong: one bit each
_MOST_AXES: Final = 4  # of an input that may have been summed
_MOST_PRODUCTS: Final = 1_000_000  # multiplications spent on checking one sum of products
_SAME_FACTOR: Final = 1e-6  # relative


def sign_reversed(evidence: Evidence) -> str | None:
    """Recognise minus the expected values, from two that are not zero on."""
    if np.count_nonzero(evidence.expected) > 1 and explained(evidence, -evidence.expected):
        return f"{evidence.name} is minus the expected {evidence.bare_name}: is a sign the wrong way round?"
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
    start = f"{evidence.name} is {'minus ' if factor < 0 else ''}the expected {evidence.bare_name}"
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
                return f"{is_the_expected(evidence)} without {given}: is it added?"
            if explained(evidence, evidence.expected + bias):
                return f"{is_the_expected(evidence)} plus {given} once more: is it added twice?"
    return None


def offset(evidence: Evidence) -> str | None:
    """Recognise one number added everywhere, or one for each channel, row or column."""
    if evidence.wrong is None or not np.isfinite(evidence.got).all():
        return None
    off = evidence.got - evidence.expected
    if off.size >= _LEAST_ALIKE and explained(evidence, evidence.expected + off.flat[0]):
        return f"{is_the_expected(evidence)} plus {numeral(off.flat[0])} in every place: is a constant added or left out?"
    for axis in range(off.ndim if off.ndim > 1 else 0):
        own = off[tuple(slice(None) if other == axis else slice(0, 1) for other in range(off.ndim))]
        if off.size < _LEAST_ALIKE * own.size or own.size < 2 or not np.abs(own).min() > 0:
            continue
        if explained(evidence, evidence.expected + own):
            noun, first = evidence.nouns[axis], numeral(own.flat[0])
            return f"each {noun} of {evidence.name} is off by one number of its own, {first} in {noun} 0: {_OFFSET_ASKS}"
    return None


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
                return f"{is_the_expected(evidence)} minus {multiple}{given}: is {given} left out, or subtracted?"
            return f"{is_the_expected(evidence)} plus {multiple}{given}: is {given} added where it should not be?"
    return None


def rectified(evidence: Evidence) -> str | None:
    """Recognise a ReLU or an absolute value too much, or a ReLU left out."""
    got, expected, wrong = evidence.got, evidence.expected, evidence.wrong
    if wrong is None or np.iscomplexobj(got) or np.iscomplexobj(expected):
        return None
    if explained(evidence, np.abs(expected)):
        return f"{is_the_expected(evidence)} without its signs: is an absolute value or a square root of a square taken?"
    if int(wrong.sum()) < _LEAST_CUT_OFF or telling(evidence, expected[~wrong]) < LEAST_BITS:
        return None
    if not got[wrong].any() and same_values(evidence, got, np.maximum(expected, 0)):
        return f"{is_the_expected(evidence)} with 0 for every negative value: is a ReLU applied once too often?"
    if not expected[wrong].any() and same_values(evidence, np.maximum(got, 0), expected):
        return f"{evidence.name} has negative values where 0 is expected, and is right elsewhere: is the ReLU applied?"
    return None


def truncated(evidence: Evidence) -> str | None:
    """Recognise numbers that lost their fractions."""
    whole = np.trunc(evidence.expected) if np.isrealobj(evidence.expected) else evidence.expected
    if evidence.wrong is not None and np.array_equal(evidence.got, whole):
        cut = evidence.got[evidence.wrong]
        if cut.size >= _LEAST_ALIKE and np.unique(np.abs(cut)).size > 2:
            return f"{is_the_expected(evidence)} without the fractions: is an array of integers filled with it?"
    return None


def dtype_alone(evidence: Evidence) -> str | None:
    """Recognise the right values in the wrong dtype."""
    here, there = evidence.dtypes
    if here == there or evidence.wrong is None or evidence.wrong.any():
        return None
    return f"the values of {evidence.name} are right, only their dtype is not: where do they become {here}?"
