"""Reasons that say where the expected values went: transposed, reversed, shifted, normalised along another axis."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, permutations, product
from typing import Final

import numpy as np

from grader.authoring.array_forms import Array
from grader.diagnosis.evidence import LEAST_BITS, Evidence
from grader.diagnosis.region import COLUMN, ROW

_MOST_AXES: Final = 4  # beyond, the orders of axes are too many to try
_LEAST_LENGTH: Final = 3  # of an axis along which values may have moved
_SUM: Final = 1e-6  # how far from one a sum of probabilities may be, in float32 too
_WAYS: Final = {
    (ROW, 1): "one row down",
    (ROW, -1): "one row up",
    (COLUMN, 1): "one column to the right",
    (COLUMN, -1): "one column to the left",
    ("value", 1): "one place later",
    ("value", -1): "one place earlier",
}


def axes_reordered(evidence: Evidence) -> str | None:
    """Recognise a transposition, in the shape that it gives."""
    for order in _orders(evidence.expected.ndim) if evidence.rearranged else ():
        if evidence.explained(evidence.expected.transpose(order)):
            how = _order_in_words(evidence, order)
            return f"{evidence.is_the_expected} with {how}: is a transpose left out, or one too many?"
    return None


def laid_out_otherwise(evidence: Evidence) -> str | None:
    """Recognise values read in one order of axes and laid out in another, or in their order but another shape."""
    expected, got = evidence.expected, evidence.got
    if got.size != expected.size or not evidence.rearranged:
        return None
    if got.shape != expected.shape and evidence.explained(expected.reshape(got.shape)):
        return f"the values of {evidence.name} are right and in order, only their shape is not: is a reshape left out?"
    flat = [int(np.ravel_multi_index(place, got.shape)) for place in evidence.probes]
    here = [got[place] for place in evidence.probes]
    for order in _orders(expected.ndim):
        turned = expected.transpose(order)
        there = (turned[np.unravel_index(place, turned.shape)] for place in flat)
        # Reshaping copies the array: it is done only where a few places agree.
        if all(map(evidence.near, here, there)) and evidence.explained(turned.reshape(got.shape)):
            how = f"{_order_in_words(evidence, order)}, then reshaped to {got.shape}"
            return f"{evidence.is_the_expected} with {how}: is reshape used where transpose is meant?"
    return None


def _orders(axes: int) -> Iterator[tuple[int, ...]]:
    """List the orders of axes but the present one."""
    if axes <= _MOST_AXES:
        yield from (order for order in permutations(range(axes)) if order != tuple(range(axes)))


def _order_in_words(evidence: Evidence, order: tuple[int, ...]) -> str:
    moved = [evidence.nouns[axis] for axis, source in enumerate(order) if axis != source]
    if len(moved) == 2:
        return f"{moved[0]}s and {moved[1]}s exchanged"
    return f"its axes in the order {', '.join(evidence.nouns[axis] for axis in order)}"


def cut_or_extended(evidence: Evidence) -> str | None:
    """Recognise expected values that lack rows and columns at one end or both, or have more of them there."""
    got, expected, nouns = evidence.got, evidence.expected, evidence.nouns
    if got.ndim != expected.ndim or got.shape == expected.shape:
        return None
    fewer = got.size < expected.size
    large, small = (expected, got) if fewer else (got, expected)
    excess = [more - fewer for more, fewer in zip(large.shape, small.shape, strict=True)]
    if min(excess) < 0:
        return None
    for where, shares in (("last", 0), ("first", 1), ("outermost", 0.5)):
        starts = [int(more * shares) for more in excess]
        part = large[tuple(slice(start, start + size) for start, size in zip(starts, small.shape, strict=True))]
        if (where == "outermost" and any(more % 2 for more in excess)) or not evidence.close(part, small):
            continue
        if evidence.information_bits(small) < LEAST_BITS:
            return None
        counts = [(more, noun) for more, noun in zip(excess, nouns, strict=True) if more]
        ends = " and ".join(noun if more == 1 else f"{more} {noun}s" for more, noun in counts)
        if fewer:
            return f"{evidence.is_the_expected} without its {where} {ends}: what becomes of them?"
        return f"{evidence.name} without its {where} {ends} is the expected {evidence.bare_name}: how many are asked?"
    return None


def reversed_order(evidence: Evidence) -> str | None:
    """Recognise rows, columns or both in reverse order, as of a kernel that was turned round."""
    expected = evidence.expected
    if not evidence.rearranged:
        return None
    axes = [axis for axis in range(expected.ndim) if expected.shape[axis] > 1]
    in_map = tuple(axis for axis in axes if axis in evidence.map_axes)
    choices = [choice for count in (1, 2) for choice in combinations(axes, count)]
    for choice in sorted(choices, key=lambda choice: choice != in_map):
        if evidence.explained(np.flip(expected, choice)):
            nouns = " and ".join(f"{evidence.nouns[axis]}s" for axis in choice)
            both = len(choice) == 2 and choice == in_map
            asks = "is the kernel turned round?" if both else "does an index count the other way?"
            return f"{evidence.is_the_expected} with its {nouns} in reverse order: {asks}"
    return None


def shifted(evidence: Evidence) -> str | None:
    """Recognise values that stand one place from where they are expected."""
    got, expected, wrong = evidence.got, evidence.expected, evidence.wrong
    if wrong is None:
        return None
    for axis, step in product(range(got.ndim), (1, -1)):
        if got.shape[axis] < _LEAST_LENGTH or not _may_have_moved(evidence, axis, step):
            continue
        ahead = tuple(slice(1, None) if other == axis else slice(None) for other in range(got.ndim))
        behind = tuple(slice(None, -1) if other == axis else slice(None) for other in range(got.ndim))
        here, there = (ahead, behind) if step == 1 else (behind, ahead)
        if not evidence.close(got[here], expected[there]):
            continue
        off = wrong[here]
        if evidence.agreement_bits(expected[there][off], expected[here][off]) >= LEAST_BITS:
            noun = evidence.nouns[axis]
            way = _WAYS.get((noun, step), f"one {noun} {'later' if step == 1 else 'earlier'}")
            return f"the values of {evidence.name} stand {way} than expected: does an index start one off?"
    return None


def _may_have_moved(evidence: Evidence, axis: int, step: int) -> bool:
    """Return, by a few places, whether the values may have moved one step along an axis."""
    for place in evidence.probes:
        source = place[axis] - step
        if 0 <= source < evidence.got.shape[axis]:
            there = (*place[:axis], source, *place[axis + 1 :])
            if not evidence.near(evidence.got[place], evidence.expected[there]):
                return False
    return True


def normalised_elsewhere(evidence: Evidence) -> str | None:
    """Recognise probabilities that sum to one along another axis than the expected ones."""
    got, expected = evidence.got, evidence.expected
    if evidence.wrong is None or not evidence.real or got.min() < 0 or expected.min() < 0:
        return None
    axes = [axis for axis in range(got.ndim) if got.shape[axis] > 1]
    wanted = [axis for axis in axes if _sums_to_one(expected, axis)]
    found = [axis for axis in axes if _sums_to_one(got, axis)]
    if len(wanted) != 1 or wanted[0] in found or evidence.information_bits(got) < LEAST_BITS:
        return None
    over = f"expected over its {evidence.nouns[wanted[0]]}s: along which axis is the softmax taken?"
    if len(found) == 1:
        return f"{evidence.name} sums to one over its {evidence.nouns[found[0]]}s, {over}"
    if len(axes) > 1 and abs(got.sum() - 1) < _SUM:
        return f"{evidence.name} sums to one over all its values, {over}"
    return None


def _sums_to_one(values: Array, axis: int) -> bool:
    return bool((np.abs(values.sum(axis) - 1) < _SUM).all())


def shuffled(evidence: Evidence) -> str | None:
    """Recognise the expected values in some other order."""
    got, expected = evidence.got.ravel(), evidence.expected.ravel()
    if got.size != expected.size or not evidence.real or not evidence.rearranged:
        return None
    allowed = (evidence.tolerance.rtol + 1e-12) * np.abs(expected).sum()
    told = got if evidence.wrong is None else got[evidence.wrong.ravel()]
    # The sum is looked at first: sorting is dear, and unrelated values seldom have the same sum.
    if abs(got.sum() - expected.sum()) > allowed:
        return None
    # Labels and masks hold the same values in any order.
    if evidence.information_bits(told, count_simple=False) < LEAST_BITS:
        return None
    if not evidence.close(np.sort(got), np.sort(expected)):
        return None
    return f"{evidence.name} holds the expected values in another order: do they go where they belong?"
