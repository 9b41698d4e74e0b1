"""Numbers that a sum, a mean or a rate may have left in a result: counts from shapes, and the numbers given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from grader.compare import Array
from grader.evidence import Evidence
from grader.region import COLUMN, ROW, axis_nouns

_SMALLEST_TOLD_APART = 1e-6
_DENOMINATORS = np.arange(1, 257)  # a number that is a fraction of one of these is simple


@dataclass(frozen=True, slots=True)
class Origin:
    """A number with a meaning, in words that are true of it; `factor` is the number or one over it.

    `counts` tells a count of things, which turns means into sums, from a number that was given.
    """

    factor: float
    words: str
    counts: bool
    divides: bool

    def is_factor(self, factor: float, rtol: float) -> bool:
        """Tell whether a measured factor, of either sign, is this one."""
        return abs(abs(factor) - self.factor) <= max(rtol, _SMALLEST_TOLD_APART) * self.factor


def origins(evidence: Evidence) -> list[Origin]:
    """List the numbers that may turn up as factors, the likeliest first, one or zero never."""
    found: dict[tuple[float, str], Origin] = {}
    for number, words, counts in _numbers(evidence):
        if number > 0 and abs(number - 1) > _SMALLEST_TOLD_APART:
            found.setdefault((number, words), Origin(number, words, counts, divides=False))
            found.setdefault((1 / number, words), Origin(1 / number, words, counts, divides=True))
    return list(found.values())


def simple(number: float) -> bool:
    """Tell whether a number is a fraction with a small denominator, such as an accuracy: many factors relate those."""
    multiples = number * _DENOMINATORS
    return bool((np.abs(multiples - np.rint(multiples)) <= _SMALLEST_TOLD_APART / 1000 * np.abs(multiples)).any())


def _numbers(evidence: Evidence) -> list[tuple[float, str, bool]]:
    arrays = [(name, values) for name, values in evidence.inputs.items() if values.ndim > 1]
    labels = [(name, values) for name, values in evidence.inputs.items() if values.ndim == 1]
    counted = [item for name, values in (*arrays, *labels) for item in _counts(evidence, name, values)]
    given = [item for name, number in evidence.numbers.items() for item in _given(name, number)]
    return [*counted, *given]


def _counts(evidence: Evidence, name: str, values: Array) -> list[tuple[float, str, bool]]:
    """Count what an input holds: its samples, channels, places, and their products."""
    nouns = axis_nouns(name, values.ndim, evidence.layout)
    sizes = dict(zip(nouns, values.shape, strict=True))
    found = [(float(size), f"the number of {noun}s of {name}", True) for noun, size in sizes.items() if size > 1]
    if len(sizes) == len(nouns) == 4:
        place = sizes[ROW] * sizes[COLUMN]
        outer, inner = (size for noun, size in sizes.items() if noun not in {ROW, COLUMN})
        outer_noun, inner_noun = (noun for noun in nouns if noun not in {ROW, COLUMN})
        found += [
            (float(place), f"the number of places in a map of {name}", True),
            (float(outer * inner), f"the number of maps of {name}", True),
            (float(inner * place), f"the number of values in a {outer_noun} of {name}", True),
            (float(outer * place), f"the number of values in a {inner_noun} of {name}", True),
        ]
    if values.ndim > 1:
        found.append((float(values.size), f"the number of values of {name}", True))
    return found


def _given(name: str, number: float) -> list[tuple[float, str, bool]]:
    """Name a number that was given, its square, and what it leaves of one."""
    found = [(abs(number), name, False), (number * number, f"the square of {name}", False)]
    return [*found, (1 - number, f"one minus {name}", False)] if 0 < number < 1 else found
