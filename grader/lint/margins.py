"""How far the tolerance of a check is from what right code needs and from what mistakes give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from grader.authoring.tolerances import tolerance_for
from grader.model.observation import Value
from grader.model.values import leaf_at, leaves


@dataclass(slots=True)
class Margin:
    """How far a check's tolerance is from both sides, in units of the tolerance."""

    largest_correct: float = 0.0
    smallest_mistake: float = float("inf")


def excess(got: Value, expected: Value) -> float:
    """Return the largest error in units of the default tolerance; infinite where form or shape differ."""
    largest = 0.0
    for path, leaf in leaves(expected):
        other = leaf_at(got, path)
        if not isinstance(leaf, np.ndarray) or leaf.dtype.kind not in "fc":
            continue
        if not isinstance(other, np.ndarray) or other.shape != leaf.shape:
            return np.inf
        rtol, atol = tolerance_for(leaf)
        with np.errstate(invalid="ignore"):
            ratio = np.abs(other - leaf) / (atol + rtol * np.abs(leaf))
        largest = max(largest, float(np.nanmax(ratio, initial=0.0)))
    return largest


def margin_problems(margins: Mapping[str, Margin]) -> Iterator[str]:
    """Find checks whose tolerance is near to what correct code needs, or to what a mistake reaches."""
    for name, margin in margins.items():
        if margin.largest_correct > 1 / 10:
            reached = f"{margin.largest_correct:.2g} of the tolerance"
            yield f"{name}: a correct solution comes to {reached}, expected under 0.1"
        if margin.smallest_mistake < 10:  # one order of magnitude on either side
            yield f"{name}: a mistake is only {margin.smallest_mistake:.2g} tolerances away, expected at least 10"
