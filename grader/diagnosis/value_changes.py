"""Reasons that say what was done to the expected values: a sign, a factor, a bias, a sum cut short."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations, permutations
from typing import Final

import numpy as np

from grader.authoring.array_forms import Array
from grader.diagnosis.evidence import LEAST_BITS, LEAST_PLACE_BITS, Evidence
from grader.diagnosis.factors import SAME, FactorSource, factor_sources, simple
from grader.diagnosis.region import axis_nouns, flags_along

_BIAS: Final = re.compile(r"(b|bias(es)?)\d*", re.IGNORECASE)
_LEAST_ALIKE: Final = 4  # values that must be off alike before "each" says something
_LEAST_CUT_OFF: Final = 12  # values whose sign decides that they are wrong: one bit each
_MOST_AXES: Final = 4  # of an input that may have been summed
_MOST_PRODUCTS: Final = 1_000_000  # multiplications spent on checking one sum of products
_MOST_NUMBERS: Final = 8  # of those given, tried in pairs


def sign_reversed(evidence: Evidence) -> str | None:
    """Recognise minus the expected values, from two that are not zero on."""
    if np.count_nonzero(evidence.expected) > 1 and evidence.explained(-evidence.expected):
        return f"{evidence.name} is minus the expected {evidence.bare_name}: is a sign the wrong way round?"
    return None


def scaled(evidence: Evidence) -> str | None:
    """Recognise a constant factor, and which number of the inputs it may come from."""
    if evidence.wrong is None or not evidence.real:
        return None
    largest = np.unravel_index(int(np.abs(evidence.expected).argmax()), evidence.expected.shape)
    factor = float(evidence.got[largest] / evidence.expected[largest])
    if not np.isfinite(factor) or not factor or abs(abs(factor) - 1) < SAME:
        return None
    known = [source for source in factor_sources(evidence) if source.is_factor(factor, evidence.tolerance.rtol)]
    if evidence.got.size == 1:
        # One number agrees with many factors: only a known one counts.
        if not known or not _one_number_agrees(evidence, abs(factor), known[0].factor):
            return None
    elif not evidence.explained(factor * evidence.expected, free=0 if known else 1):
        return None
    return _factor_in_words(evidence, factor, known)


def _one_number_agrees(evidence: Evidence, left: float, right: float) -> bool:
    """Return whether two numbers agree far closer than the tolerance asks, where a single value is all there is.

    A value such as an accuracy, a fraction of a small number, is related to others by many factors and tells nothing.
    """
    close_enough = abs(left - right) <= evidence.tolerance.rtol / 50 * abs(right)
    return close_enough and not simple(float(evidence.expected.flat[0]))


def _factor_in_words(evidence: Evidence, factor: float, known: list[FactorSource]) -> str:
    start = f"{evidence.name} is {'minus ' if factor < 0 else ''}the expected {evidence.bare_name}"
    source = f", {' or '.join(source.words for source in known[:2])}" if known else ""
    size = known[0].factor if known else abs(factor)
    whole = abs(1 / size - round(1 / size)) < SAME / size
    divided = known[0].divides if known else size < 1 and whole
    operation = (
        f"divided by {evidence.numeral(1 / size, 'a number')}"
        if divided
        else f"times {evidence.numeral(size, 'a number')}"
    )
    if known and not known[0].counts:
        question = "is it applied once too often, or left out?"
    elif divided:
        question = "is the mean taken where the sum is asked?" if known else "is a division one too many?"
    elif abs(size - 2) < SAME:
        question = f"is it added twice{', or the sum taken where the mean is asked' if known else ''}?"
    else:
        question = "is the sum taken where the mean is asked?" if known else "is a factor left out, or one too many?"
    return f"{start} {operation}{source}: {question}"


def summed_in_part(evidence: Evidence) -> str | None:
    """Recognise, in a sum over an input or over a product of two, the share of the first or last sample alone."""
    for end, owner, share in _shares(evidence):
        if evidence.explained(share):
            asks = "does the loop end too early?" if end == "first" else "is it overwritten where it should add up?"
            return f"{evidence.name} is the share of the {end} {owner} alone: {asks}"
    return None


def sum_left_out(evidence: Evidence) -> str | None:
    """Recognise values that have yet to be summed, or averaged, over some of their axes."""
    got, expected = evidence.got, evidence.expected
    if not evidence.real or (expected.size > 1 and evidence.information_bits(expected) < LEAST_BITS):
        return None
    for axes in _summed_axes(got.shape, evidence.shape):
        for word, total in (("sum", np.atleast_1d(got.sum(axes))), ("mean", np.atleast_1d(got.mean(axes)))):
            if got.size == expected.size or not evidence.close(total, expected):
                continue
            if expected.size == 1 and not _one_number_agrees(evidence, float(total[0]), float(expected[0])):
                continue
            over = f"{'axis' if len(axes) == 1 else 'axes'} {' and '.join(map(str, axes))}"
            return f"the {word} of {evidence.name} over {over} is the expected {evidence.bare_name}: is it still to do?"
    return None


def _shares(evidence: Evidence) -> Iterator[tuple[str, str, Array]]:
    """List the shares of the first and the last, wherever the expected values are the sum of such shares."""
    expected = evidence.expected
    for given, values in evidence.inputs.items():
        nouns = axis_nouns(given, values.ndim, evidence.layout)
        for axes in _summed_axes(values.shape, evidence.shape):
            if not evidence.close(np.atleast_1d(values.sum(axes)), expected):
                continue
            for axis in axes:
                rest = tuple(other - (other > axis) for other in axes if other != axis)
                for end, place in (("first", 0), ("last", -1)):
                    yield end, f"{nouns[axis]} of {given}", np.atleast_1d(values.take(place, axis).sum(rest))
    if expected.ndim != 2:
        return
    tables = {given: values.reshape(len(values), -1) for given, values in evidence.inputs.items() if values.ndim > 1}
    for (one, left), (other, right) in permutations(tables.items(), 2):
        if (left.shape[1], right.shape[1]) != expected.shape or len(left) != len(right) or len(left) < 2:
            continue
        if left.shape[0] * expected.size <= _MOST_PRODUCTS and evidence.close(left.T @ right, expected):
            for end, place in (("first", 0), ("last", -1)):
                yield end, f"row of {one} and {other}", np.outer(left[place], right[place])


def _summed_axes(shape: tuple[int, ...], left: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """List the sets of axes whose sum leaves this shape."""
    if len(left) < len(shape) <= _MOST_AXES:
        for axes in combinations(range(len(shape)), len(shape) - len(left)):
            if left == tuple(size for axis, size in enumerate(shape) if axis not in axes):
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
            if evidence.explained(evidence.expected - bias):
                return f"{evidence.is_the_expected} without {given}: is it added?"
            if evidence.explained(evidence.expected + bias):
                return f"{evidence.is_the_expected} plus {given} once more: is it added twice?"
    return None


def offset(evidence: Evidence) -> str | None:
    """Recognise one number added everywhere, or one for each channel, row or column."""
    wrong, expected = evidence.wrong, evidence.expected
    if wrong is None or wrong.size < _LEAST_ALIKE:
        return None
    off = evidence.got - expected
    first = off.flat[0]
    alike = all(evidence.near(evidence.got[place], expected[place] + first) for place in evidence.probes)
    if alike and evidence.explained(expected + first, free=1):
        number = evidence.numeral(first, "one number")
        return f"{evidence.is_the_expected} plus {number} everywhere: is a constant left out or added?"
    for axis in range(off.ndim if off.ndim > 1 else 0):
        own = off[tuple(slice(None) if other == axis else slice(0, 1) for other in range(off.ndim))]
        if own.size < 2 or off.size < _LEAST_ALIKE * own.size or not flags_along(wrong, axis).all():
            continue
        if evidence.explained(expected + own, free=own.size):
            noun, asks = evidence.nouns[axis], "is something that they share, such as a bias, left out?"
            example = evidence.numeral(first, "")
            number = f"one number of its own{f', {example} in {noun} 0' if example else ''}"
            return f"each {noun} of {evidence.name} is off by {number}: {asks}"
    return None


def input_added(evidence: Evidence) -> str | None:
    """Recognise a multiple of an input in what is off."""
    if evidence.wrong is None or not evidence.real:
        return None
    off = evidence.got - evidence.expected
    for given, values in evidence.inputs.items():
        if values.shape != off.shape or not np.isrealobj(values):
            continue
        largest = np.unravel_index(int(np.abs(values).argmax()), off.shape)
        factor = float(off[largest] / values[largest])
        if not factor or not all(
            evidence.near(evidence.got[place], evidence.expected[place] + factor * values[place])
            for place in evidence.probes
        ):
            continue
        if (
            evidence.explained(evidence.expected + factor * values, free=1)
            and evidence.information_bits(values) >= LEAST_BITS
        ):
            sign, asks = ("minus", "left out, or subtracted") if factor < 0 else ("plus", "added once too often")
            multiple = _multiple(abs(factor), evidence)
            question = f"how much of {given} belongs in it?" if multiple else f"is {given} {asks}?"
            return f"{evidence.is_the_expected} {sign} {multiple}{given}: {question}"
    return None


def _multiple(factor: float, evidence: Evidence) -> str:
    """Write a factor before a name: as a number that was given, twice that or two of them multiplied, if it is one."""
    if abs(factor - 1) < SAME:
        return ""
    given = list(evidence.numbers.items())[:_MOST_NUMBERS]
    known = [(number, name) for name, number in given]
    known += [(2 * number, f"twice {name}") for name, number in given]
    known += [(one * two, f"{first} times {second}") for (first, one), (second, two) in combinations(given, 2)]
    named = (words for number, words in known if abs(factor - number) <= SAME * factor)
    return f"{next(named, evidence.numeral(factor, 'a number'))} times "


def rectified(evidence: Evidence) -> str | None:
    """Recognise a ReLU or an absolute value too much, or a ReLU left out."""
    got, expected, wrong = evidence.got, evidence.expected, evidence.wrong
    if wrong is None or not evidence.real:
        return None
    if evidence.explained(np.abs(expected)):
        return f"{evidence.is_the_expected} without its signs: is the sign lost in a square or an absolute value?"
    if any(got[place] and expected[place] for place in evidence.probes):
        return None
    if int(wrong.sum()) < _LEAST_CUT_OFF or evidence.information_bits(expected[~wrong]) < LEAST_BITS:
        return None
    if not got[wrong].any() and evidence.same_values(got, np.maximum(expected, 0)):
        return f"{evidence.is_the_expected} with 0 for every negative value: is a ReLU applied once too often?"
    if not expected[wrong].any() and evidence.same_values(np.maximum(got, 0), expected):
        return f"{evidence.name} has negative values where 0 is expected, and is right elsewhere: is the ReLU applied?"
    return None


def truncated(evidence: Evidence) -> str | None:
    """Recognise numbers that lost their fractions."""
    if evidence.wrong is None or not evidence.real or not np.array_equal(evidence.got, np.trunc(evidence.expected)):
        return None
    if evidence.information_bits(evidence.got[evidence.wrong]) < LEAST_PLACE_BITS:
        return None
    return f"{evidence.is_the_expected} without the fractions: is an array of integers filled with it?"


def dtype_alone(evidence: Evidence) -> str | None:
    """Recognise the right values in the wrong dtype."""
    here, there = evidence.dtypes
    if here == there or evidence.wrong is None or evidence.wrong.any():
        return None
    return f"the values of {evidence.name} are right, only their dtype is not: where do they become {here}?"
