"""Reasons that say which values are wrong, or were never computed at all."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from grader.diagnosis.evidence import LEAST_BITS, Evidence
from grader.diagnosis.region import Shape, maps_in_words, with_maps_last
from grader.wording.messages import numeral

_LEAST_ALIKE: Final = 4  # values that must be alike before "all" says something
_OVERLAP: Final = "do overlapping windows add up?"
_STRIDE: Final = "is the stride used in every step, and do overlapping windows add up?"
_PATTERNS: Final = {
    Shape.BORDER: ("wrong only on", "is the padding right?"),
    Shape.FAR_EDGE: ("wrong only in", "how far does the last window reach?"),
    Shape.NEAR_EDGE: ("wrong only in", "where does the first window start?"),
    Shape.INTERIOR: ("wrong only in", _OVERLAP),
    Shape.ALL_BUT_CORNERS: ("right only at", _OVERLAP),  # only one window sees a corner
    Shape.GRID: ("wrong only at", _STRIDE),
    Shape.ALL_BUT_GRID: ("right only at", _STRIDE),
}
_LEAST_SERIES_BITS: Final = 7.0  # one mistake makes a whole series wrong from where it first acts


def all_zero(evidence: Evidence) -> str | None:
    """Recognise an array that was never filled."""
    if evidence.got.any() or np.count_nonzero(evidence.expected) < _LEAST_ALIKE:
        return None
    if evidence.information_bits(evidence.expected) < LEAST_BITS:
        return None
    return f"{evidence.name} is 0 everywhere: is it ever filled, or added to?"


def all_the_same(evidence: Evidence) -> str | None:
    """Recognise one number in every place."""
    first, got = evidence.got.flat[0], evidence.got
    if got.size < _LEAST_ALIKE or not first or not np.isfinite(first) or not (got == first).all():
        return None
    if evidence.information_bits(evidence.expected) < LEAST_BITS:
        return None
    return f"every value of {evidence.name} is {numeral(first)}: does it depend on the input?"


def left_unfilled(evidence: Evidence) -> str | None:
    """Recognise that all wrong values are one number, as where a loop never came by."""
    wrong = evidence.wrong
    if wrong is None or wrong.all() or int(wrong.sum()) < _LEAST_ALIKE:
        return None
    first = evidence.got[evidence.probes[0]]
    if any(evidence.got[place] != first for place in evidence.probes):
        return None
    if not np.isfinite(first) or not (evidence.got[wrong] == first).all():
        return None
    if min(evidence.information_bits(evidence.expected[part]) for part in (wrong, ~wrong)) < LEAST_BITS:
        return None
    return f"all wrong values of {evidence.name} are {numeral(first)}: what writes them, if anything does?"


def one_apart(evidence: Evidence) -> str | None:
    """Recognise that one channel or sample alone is right, or wrong; in other arrays, one position of those axes."""
    wrong, name = evidence.wrong, evidence.name
    if wrong is None or wrong.ndim < 2 or wrong.all():
        return None
    lead = [axis for axis in range(wrong.ndim) if axis not in evidence.map_axes]
    for axis in reversed(lead) if wrong.ndim == 4 else (1, 0):
        along = np.asarray(wrong.any(axis=tuple(other for other in range(wrong.ndim) if other != axis), keepdims=True))
        flags, noun = along.ravel(), evidence.nouns[axis]
        right = int((~flags).sum())
        if flags.size < 2 or 1 not in (right, flags.size - right) or not evidence.is_beyond_chance(wrong, along):
            continue
        if right > 1:
            return f"only {noun} {int(flags.argmax())} of {flags.size} of {name} is wrong"
        apart = int(flags.argmin())
        asks = {0: ": does a loop end too early?", flags.size - 1: ": is each result overwritten by the next?"}
        return f"only {noun} {apart} of {flags.size} of {name} is right{asks.get(apart, '')}"
    return None


def right_at_first_only(evidence: Evidence) -> str | None:
    """Recognise a series that is right at first and wrong ever after."""
    wrong = evidence.wrong
    if wrong is None or wrong.ndim != 1 or not wrong.any():
        return None
    right = int(wrong.argmax())
    enough = math.log2(math.comb(wrong.size, right)) >= _LEAST_SERIES_BITS
    if not wrong[right:].all() or not enough or evidence.information_bits(evidence.expected[:right]) < LEAST_BITS:
        return None
    return f"only the first {right} of {wrong.size} values of {evidence.name} are right: what is new after them?"


def in_a_pattern(evidence: Evidence) -> str | None:
    """Recognise a border, an edge, a grid or the like in the places of the maps that are wrong, or right."""
    wrong, places, pattern = evidence.wrong, evidence.places, evidence.pattern
    if wrong is None or wrong.ndim < 2 or places is None or pattern is None or pattern.shape not in _PATTERNS:
        return None
    if evidence.region is None or not evidence.is_beyond_chance(wrong, evidence.region):
        return None
    where, asks = _PATTERNS[pattern.shape]
    words = pattern.of(maps_in_words(with_maps_last(wrong, evidence.nouns))).removeprefix("all but ")
    return f"{evidence.name} is {where} {words}: {asks}"
