"""Reasons that say where values are wrong, and which were never computed at all."""

from __future__ import annotations

from typing import Final

import numpy as np

from grader.compare import numeral
from grader.evidence import LEAST_BITS, Evidence, surprising, telling
from grader.region import Shape, flags_along, map_axes, map_places, maps_in_words

_LEAST_ALIKE: Final = 4  # values that must be alike before "all" says something


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
