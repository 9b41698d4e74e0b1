"""Numbers that a sum, a mean or a rate may have left in a result: counts from shapes, and the numbers given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from grader.authoring.array_forms import Array
from grader.diagnosis.evidence import Evidence
from grader.diagnosis.region import COLUMN, ROW, axis_nouns

SAME: Final = 1e-6  # relative: two numbers closer than this are one
_SIMPLE: Final = 1e-9  # relative: what rounding takes a simple number from its fraction
_LENGTH: Final = re.compile(r"k|.*(kernel|size|width).*", re.IGNORECASE)  # what areas are made of
_DENOMINATORS: Final = np.arange(1, 257)


@dataclass(frozen=True, slots=True)
class FactorSource:
    """A number with a meaning, in words that are true of it; `factor` is the number, or one over it if it divides.

    `counts` tells a count of things, by which a sum is more than a mean, from a number that was given.
    """

    factor: float
    words: str
    counts: bool
    divides: bool

    def is_factor(self, factor: float, rtol: float) -> bool:
        """Return whether a measured factor, of either sign, is this one."""
        return abs(abs(factor) - self.factor) <= max(rtol, SAME) * self.factor


def factor_sources(evidence: Evidence) -> list[FactorSource]:
    """List the numbers that may turn up as factors, the likeliest first; one and zero never do.

    A count that several inputs have is listed for the first of them.
    """
    numbers = [count for name, values in evidence.inputs.items() for count in _counts(evidence, name, values)]
    numbers += [given for name, number in evidence.numbers.items() for given in _given(name, number)]
    numbers.sort(key=lambda number: _LIKELIEST.index(number[1]))
    found: dict[tuple[float, str], FactorSource] = {}
    for number, kind, words, counts in numbers:
        if number > 0 and abs(number - 1) > SAME:
            found.setdefault((number, kind), FactorSource(number, words, counts, divides=False))
            found.setdefault((1 / number, kind), FactorSource(1 / number, words, counts, divides=True))
    return list(found.values())


def simple(number: float) -> bool:
    """Return whether a number is a fraction of a small number, such as an accuracy: many factors relate those."""
    multiples = number * _DENOMINATORS
    return bool((np.abs(multiples - np.rint(multiples)) <= _SIMPLE * np.abs(multiples)).any())


_LIKELIEST: Final = (
    *("sample", "row", "channel", "place", "map", "filter", "input channel", "column", "slice", "value", "given"),
    *("square", "rest"),
)
"""Of what a sum or a mean is most often taken; of two numbers of one size the first is told first."""

_Number = tuple[float, str, str, bool]  # the number, of what kind it is, words that are true of it, whether it counts


def _counts(evidence: Evidence, name: str, values: Array) -> Iterator[_Number]:
    """Count what an input holds: samples, channels, places, and their products."""
    nouns = axis_nouns(name, values.ndim, evidence.layout)
    if values.ndim == 4:
        sizes = dict(zip(nouns, values.shape, strict=True))
        outer, inner = (noun for noun in nouns if noun not in {ROW, COLUMN})
        place = sizes[ROW] * sizes[COLUMN]
        yield sizes[outer], outer, f"the number of {outer}s{'' if outer == 'sample' else f' of {name}'}", True
        yield sizes[inner], inner, f"the number of {inner}s of {name}", True
        yield place, "place", f"the number of places in a map of {name}", True
        yield sizes[outer] * sizes[inner], "map", f"the number of maps of {name}", True
        yield sizes[inner] * place, outer, f"the number of values in a {outer} of {name}", True
        yield sizes[outer] * place, inner, f"the number of values in a {inner} of {name}", True
    else:
        for noun, size in zip(nouns, values.shape, strict=True):
            yield size, noun.rpartition(" ")[2], f"the number of {noun}s of {name}", True
    if values.ndim > 1:
        yield values.size, "value", f"the number of values of {name}", True


def _given(name: str, number: float) -> Iterator[_Number]:
    """Format a number that was given, its square if that is an area, and what it leaves of one."""
    yield abs(number), "given", f"the input {name}", False
    if _LENGTH.fullmatch(name.rpartition(".")[2]):
        yield number * number, "square", f"the square of {name}", False
    if 0 < number < 1:
        yield 1 - number, "rest", f"one minus {name}", False
