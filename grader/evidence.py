"""What a reason may be drawn from, and the two guards that every reason passes.

A reason holds only if a candidate made from the expected values, the inputs or a previous call *is* what the
submission gave, and if that could hardly be chance: values that repeat, or that are whole numbers, tell little.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from grader.compare import TOLERANCES, Array, Mask, Tolerance, leaves, tolerance_for, wrong_values
from grader.model import Value
from grader.region import Layout, axis_nouns

LEAST_BITS: Final = 24.0
"""How surprising agreement must be. With the some 100 candidates tried, chance speaks once in 100,000 wrong arrays."""

LEAST_PLACE_BITS: Final = 16.0
"""The same for the places that are wrong: a random mask has less structure to be mistaken for a reason."""

_EXACT: Final = Tolerance(1e-9, 0.0)  # for integers: what float64 loses in a factor
_MOST_SAMPLED: Final = 512  # values looked at to judge how much they tell
_PROBES: Final = 12  # places compared before the whole array is
_SIMPLE_STEP: Final = 64  # multiples of 1/64 count as simple numbers, which tell as much as their frequency
_LARGEST_SIMPLE: Final = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """One wrong array with everything that may explain it.

    `got` and `expected` are float64 or complex128 and have at least one axis; `wrong` is None where shapes differ.
    `probes` are flat places, wrong ones where there are any, at which a candidate is tried first.
    """

    name: str
    got: Array
    expected: Array
    wrong: Mask | None
    dtypes: tuple[str, str]
    tolerance: Tolerance
    inputs: Mapping[str, Array]
    numbers: Mapping[str, float]
    outputs: Mapping[str, Array]
    previous: tuple[Array, ...]
    layout: Layout
    probes: Array

    @property
    def nouns(self) -> tuple[str, ...]:
        """Say what one step along each axis of the expected array is."""
        return axis_nouns(self.name, self.expected.ndim, self.layout)


def gather(
    got: Array,
    expected: Array,
    *,
    name: str,
    inputs: Mapping[str, Value],
    outputs: Value,
    previous: Value,
    wrong: Mask | None,
    layout: Layout,
) -> Evidence:
    """Bring arrays of any dtype into the form that reasons work on."""
    same_shape = got.shape == expected.shape
    mask = wrong if wrong is not None or not same_shape else _mask(got, expected)
    wide_got, wide_expected = widened(got), widened(expected)
    tolerance = tolerance_for(got, expected) if {got.dtype.type, expected.dtype.type} & set(TOLERANCES) else _EXACT
    scale = float(np.abs(wide_got[np.isfinite(wide_got)]).max(initial=0.0))
    places = np.flatnonzero(mask) if mask is not None and mask.any() else np.arange(got.size)
    given = _numeric_leaves(dict(inputs))
    return Evidence(
        name=name,
        got=wide_got,
        expected=wide_expected,
        wrong=None if mask is None else np.atleast_1d(mask),
        dtypes=(got.dtype.name, expected.dtype.name),
        tolerance=Tolerance(tolerance.rtol, min(tolerance.atol, tolerance.rtol * scale)),
        inputs={key: widened(leaf) for key, leaf in given.items() if leaf.size > 1},
        numbers={key: float(leaf) for key, leaf in given.items() if not leaf.ndim and leaf.dtype.kind in "iuf"},
        outputs={key: widened(leaf) for key, leaf in _numeric_leaves(outputs).items() if key != name},
        previous=tuple(widened(leaf) for key, leaf in _numeric_leaves(previous).items() if key == name),
        layout=layout,
        probes=places[np.linspace(0, places.size - 1, min(_PROBES, places.size)).astype(np.intp)],
    )


def widened(array: Array) -> Array:
    """Return an array in the widest dtype of its kind, with at least one axis."""
    return np.atleast_1d(array.astype(np.complex128 if array.dtype.kind == "c" else np.float64))


def explained(evidence: Evidence, candidate: Array) -> bool:
    """Tell whether `got` is this candidate, and it cannot be by chance.

    Where shapes agree, the values that are right anyway do not count as agreement.
    """
    if candidate.shape != evidence.got.shape or not same_values(evidence, evidence.got, candidate):
        return False
    wrong = evidence.wrong
    return telling(evidence, candidate if wrong is None else candidate[wrong]) >= LEAST_BITS


def same_values(evidence: Evidence, left: Array, right: Array) -> bool:
    """Compare two arrays of the shape of `got` within the tolerance of the evidence: first a few places, then all."""
    places = np.unravel_index(evidence.probes, left.shape)
    return _close(evidence, left[places], right[places]) and _close(evidence, left, right)


def _close(evidence: Evidence, left: Array, right: Array) -> bool:
    rtol, atol = evidence.tolerance
    return bool((np.abs(left - right) <= atol + rtol * np.abs(right)).all())


def close(evidence: Evidence, left: Array, right: Array) -> bool:
    """Compare two arrays of one shape, any shape, within the tolerance of the evidence."""
    return left.shape == right.shape and _close(evidence, left, right)


def telling(evidence: Evidence, values: Array) -> float:
    """Estimate in bits how unlikely it is to meet these values by chance.

    A number that is not simple counts by the tolerance it was met to, once however often it occurs; a simple one by
    how rare it is among the values.
    """
    rtol = max(evidence.tolerance.rtol, 1e-7)
    sizes = np.abs(values.ravel()[:: 1 + values.size // _MOST_SAMPLED])
    sizes = sizes[np.isfinite(sizes)]
    scale = float(sizes.max(initial=0.0))
    if not scale:
        return 0.0
    _, first, counts = np.unique(np.rint(sizes / (4 * rtol * scale)), return_index=True, return_counts=True)
    distinct = sizes[first]
    simple = (distinct < _LARGEST_SIMPLE) & (np.rint(distinct * _SIMPLE_STEP) == distinct * _SIMPLE_STEP)
    generic = -math.log2(2 * rtol) * int((~simple).sum())
    return generic + float((counts[simple] * np.log2(sizes.size / counts[simple])).sum())


def surprising(evidence: Evidence, wrong: Mask, region: Mask) -> bool:
    """Tell whether it is no chance that all wrong values lie in a region and all values outside it are right."""
    size, inside, count = wrong.size, int(region.sum()), int(wrong.sum())
    if not 0 < count <= inside < size:
        return False
    log_chance = (_log_falling(inside, count) - _log_falling(size, count)) / math.log(2)
    return -log_chance >= LEAST_PLACE_BITS and telling(evidence, evidence.expected[~region]) >= LEAST_BITS


def _log_falling(total: int, count: int) -> float:
    """Return the logarithm of total · (total − 1) · … with `count` factors."""
    return math.lgamma(total + 1) - math.lgamma(total - count + 1)


def _mask(got: Array, expected: Array) -> Mask:
    """Mark what is wrong, or nothing; dtypes may differ."""
    wrong = wrong_values(got, expected)
    return np.zeros(got.shape, dtype=np.bool_) if wrong is None else wrong


def _numeric_leaves(value: Value) -> dict[str, Array]:
    return {name: leaf for name, leaf in leaves(value) if leaf.dtype.kind in "biufc"}
