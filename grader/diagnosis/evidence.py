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

from grader.authoring.array_forms import Array
from grader.authoring.compare import Mask, named_arrays, wrong_values
from grader.authoring.tolerances import TOLERANCES, Tolerance, tolerance_for
from grader.diagnosis.region import (
    Pattern,
    axis_nouns,
    map_axes,
    map_pattern,
    map_places,
    with_maps_last,
)
from grader.model.assignment import ImageLayout
from grader.model.observation import Value
from grader.subjects.hidden_differences import told_expected
from grader.wording.messages import numeral

LEAST_BITS: Final = 24.0
"""How surprising agreement must be: with the some 100 candidates tried, chance speaks once in 100,000 wrong arrays."""

LEAST_PLACE_BITS: Final = 16.0
"""The same for the places that are wrong: there are fewer kinds of region than of candidates."""

_EXACT: Final = Tolerance(1e-9, 0.0)  # for integers: what float64 loses in a factor
_MOST_SAMPLED: Final = 512  # values looked at to judge how much they tell
_PROBES: Final = 4  # places compared before the whole array is
_SIMPLE_STEP: Final = 64  # multiples of 1/64 count as simple numbers, which tell as much as their frequency
_SMALL: Final = frozenset(map(str, range(1, 101)))  # written out
_LARGEST_SIMPLE: Final = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """One wrong array with everything that may explain it.

    `got` and `expected` are float64 or complex128 and have at least one axis; `shape` is what was asked, () for a
    number by itself. `wrong` is None where shapes differ.
    `places` are those of a map at which any map is wrong, `pattern` is their name if they have one and are not all.
    `probes` are a few places of `got`, wrong ones where there are any, at which a candidate is tried first;
    `rearranged` is false if what stands there is nowhere among the expected values.
    """

    name: str
    got: Array
    expected: Array
    shape: tuple[int, ...]
    wrong: Mask | None
    places: Mask | None
    pattern: Pattern | None
    dtypes: tuple[str, str]
    tolerance: Tolerance
    inputs: Mapping[str, Array]
    numbers: Mapping[str, float]
    outputs: Mapping[str, Array]
    previous: tuple[Array, ...]
    nouns: tuple[str, ...]
    probes: tuple[tuple[int, ...], ...]
    rearranged: bool
    is_public: bool = True
    layout: ImageLayout = ImageLayout.CHANNELS_FIRST

    @property
    def map_axes(self) -> tuple[int, ...]:
        """Return the axes that rows and columns of a map are counted along."""
        return map_axes(self.nouns)

    @property
    def region(self) -> Mask | None:
        """Return `places` in a form that broadcasts against the array."""
        if self.places is None or self.wrong is None or self.wrong.ndim < 2:
            return self.places
        kept = (size if axis in self.map_axes else 1 for axis, size in enumerate(self.wrong.shape))
        return self.places.reshape(*kept)

    @property
    def bare_name(self) -> str:
        """Format the array as it reads after "the expected"."""
        return self.name.removeprefix("the ")

    @property
    def real(self) -> bool:
        """Return whether the values can be ordered."""
        return np.isrealobj(self.got) and np.isrealobj(self.expected)

    @property
    def is_the_expected(self) -> str:
        """Begin the sentence that compares the array with what it should be."""
        return f"{self.name} is the expected {self.bare_name}"

    def explained(self, candidate: Array, free: int = 0) -> bool:
        """Return whether `got` is this candidate, and it cannot be by chance.

        Where shapes agree, the values that are right anyway do not count as agreement; nor do as many values as the
        candidate has numbers of its own that were measured on `got`.
        """
        if candidate.shape != self.got.shape or not self.same_values(self.got, candidate):
            return False
        wrong = self.wrong
        if wrong is None:
            return self.information_bits(candidate) >= LEAST_BITS + free * self._bits_of_a_number
        return self.agreement_bits(candidate[wrong], self.expected[wrong], free) >= LEAST_BITS

    def numeral(self, number: complex, otherwise: str) -> str:
        """Write a number that was measured on the expected values.

        In a check that is not public it is told as coarsely as those are, or not at all: then `otherwise` stands there.
        Whole numbers that are small tell what was done and no value.
        """
        text = numeral(number)
        if self.is_public or text.removeprefix("-") in _SMALL:
            return text
        size = float(np.abs(self.expected).max(initial=0.0, where=np.isfinite(self.expected)))
        told, _ = told_expected(number, Tolerance(0.0, self.tolerance.atol + self.tolerance.rtol * size))
        return f"about {told}" if told else otherwise

    def agreement_bits(self, candidate: Array, expected: Array, free: int = 0) -> float:
        """Estimate in bits what it tells that the wrong values are a candidate's.

        A candidate hardly further from the expected values than the tolerance is met by any small error.
        """
        rtol, atol = self.tolerance
        away = np.abs(candidate - expected) / (2 * atol + 2 * rtol * np.abs(candidate))
        away = away[np.isfinite(away)]
        if not away.size:
            return 0.0
        each = min(self._bits_of_a_number, math.log2(max(float(np.median(away)), 1.0)))
        return self.information_bits(candidate, each) - free * each

    def same_values(self, left: Array, right: Array) -> bool:
        """Compare two arrays of the shape of `got` within the tolerance: first a few places, then all."""
        return all(self.near(left[place], right[place]) for place in self.probes) and self.close(left, right)

    def near(self, left: complex, right: complex) -> bool:
        """Compare two numbers within the tolerance of the evidence."""
        rtol, atol = self.tolerance
        return abs(left - right) <= atol + rtol * abs(right)

    def close(self, left: Array, right: Array) -> bool:
        """Compare two arrays of any shape within the tolerance of the evidence."""
        if left.shape != right.shape:
            return False
        rtol, atol = self.tolerance
        return bool((np.abs(left - right) <= atol + rtol * np.abs(right)).all())

    def information_bits(self, values: Array, each: float | None = None, *, count_simple: bool = True) -> float:
        """Estimate in bits how unlikely it is to meet these values by chance.

        A number that is not simple counts by the tolerance it was met to, or by `each`, once however often it occurs; a
        simple one, such as a label, by how rare it is among the values, or not at all.
        """
        sizes = np.abs(values.ravel()[:: 1 + values.size // _MOST_SAMPLED])
        sizes = sizes[np.isfinite(sizes)]
        scale = float(sizes.max(initial=0.0))
        if not scale:
            return 0.0
        step = 4 * self._rtol * scale
        _, first, counts = np.unique(np.rint(sizes / step), return_index=True, return_counts=True)
        distinct = sizes[first]
        simple = (distinct < _LARGEST_SIMPLE) & (np.rint(distinct * _SIMPLE_STEP) == distinct * _SIMPLE_STEP)
        generic = (self._bits_of_a_number if each is None else each) * int((~simple).sum())
        if not count_simple:
            return generic
        return generic + float((counts[simple] * np.log2(sizes.size / counts[simple])).sum())

    def is_beyond_chance(self, wrong: Mask, region: Mask) -> bool:
        """Return whether it is no chance that all wrong values lie in a region and all values outside it are right.

        The region repeats along axes of length one, and along those that it lacks in front.
        """
        region = np.broadcast_to(region, wrong.shape)
        size, inside, count = wrong.size, int(region.sum()), int(wrong.sum())
        if not 0 < count <= inside < size:
            return False
        chance = (_log_falling(inside, count) - _log_falling(size, count)) / math.log(2)
        return -chance >= LEAST_PLACE_BITS and self.information_bits(self.expected[~region]) >= LEAST_BITS

    @property
    def _rtol(self) -> float:
        return max(self.tolerance.rtol, 1e-7)

    @property
    def _bits_of_a_number(self) -> float:
        """Return what agreement in one number tells that is not simple."""
        return -math.log2(2 * self._rtol)


def gather(
    got: Array,
    expected: Array,
    *,
    name: str,
    inputs: Mapping[str, Value],
    outputs: Value = None,
    previous: Value = None,
    wrong: Mask | None = None,
    is_public: bool = True,
    layout: ImageLayout = ImageLayout.CHANNELS_FIRST,
) -> Evidence:
    """Bring arrays of any dtype into the form that reasons work on."""
    mask = None
    if got.shape == expected.shape:
        found = wrong_values(got, expected) if wrong is None else wrong
        mask = np.zeros_like(np.atleast_1d(got), dtype=np.bool_) if found is None else np.atleast_1d(found)
    wide_got, wide_expected = widened(got), widened(expected)
    nouns = axis_nouns(name, wide_expected.ndim, layout)
    places = None
    if mask is not None and mask.any() and not mask.all():
        places = map_places(with_maps_last(mask, nouns))
    given = _numeric_leaves(dict(inputs))
    tolerance, probes = _tolerance(got, expected), _probes(wide_got.shape, mask)
    return Evidence(
        name=name,
        got=wide_got,
        expected=wide_expected,
        shape=expected.shape,
        wrong=mask,
        places=places,
        pattern=None if places is None or places.all() else map_pattern(places),
        dtypes=(got.dtype.name, expected.dtype.name),
        tolerance=tolerance,
        inputs={key: widened(leaf) for key, leaf in given.items() if leaf.size > 1},
        numbers={key: float(leaf) for key, leaf in given.items() if not leaf.ndim and leaf.dtype.kind in "iuf"},
        outputs={key: widened(leaf) for key, leaf in _numeric_leaves(outputs).items() if key != name},
        previous=tuple(widened(leaf) for key, leaf in _numeric_leaves(previous).items() if key == name),
        nouns=nouns,
        probes=probes,
        rearranged=got.shape != expected.shape or _occur(wide_got, wide_expected, probes, tolerance),
        is_public=is_public,
        layout=layout,
    )


def widened(array: Array) -> Array:
    """Return an array in the widest dtype of its kind, with at least one axis."""
    return np.atleast_1d(array.astype(np.complex128 if array.dtype.kind == "c" else np.float64, copy=False))


def _log_falling(total: int, count: int) -> float:
    """Return the logarithm of total · (total - 1) · … with `count` factors."""
    return math.lgamma(total + 1) - math.lgamma(total - count + 1)


def _tolerance(got: Array, expected: Array) -> Tolerance:
    """Take the table's tolerance, made finer where all values are small: a claim must not hold because they are."""
    by_its_dtype = next((array for array in (expected, got) if array.dtype.type in TOLERANCES), None)
    rtol, atol = _EXACT if by_its_dtype is None else tolerance_for(by_its_dtype)
    largest = float(np.abs(got[np.isfinite(got)]).max(initial=0))
    return Tolerance(rtol, min(atol, rtol * largest))


def _probes(shape: tuple[int, ...], wrong: Mask | None) -> tuple[tuple[int, ...], ...]:
    """Choose a few places spread over an array, among the wrong ones where there are any."""
    suspects = np.flatnonzero(wrong) if wrong is not None and wrong.any() else np.arange(math.prod(shape))
    chosen = suspects[np.arange(min(_PROBES, suspects.size)) * (suspects.size - 1) // max(1, _PROBES - 1)]
    return tuple(zip(*(axis.tolist() for axis in np.unravel_index(chosen, shape)), strict=True))


def _occur(got: Array, expected: Array, probes: tuple[tuple[int, ...], ...], tolerance: Tolerance) -> bool:
    """Return whether the values at a few places are all found somewhere among the expected ones."""
    values = (got[place] for place in probes)
    return all((np.abs(expected - value) <= tolerance.atol + tolerance.rtol * abs(value) * 2).any() for value in values)


def _numeric_leaves(value: Value) -> dict[str, Array]:
    return {name: leaf for name, leaf in named_arrays(value) if leaf.dtype.kind in "biufc"}
