"""One number of an answer, which tells most mistakes apart without comparing all of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from grader.authoring.tolerances import tolerance_for
from grader.model.observation import Value
from grader.model.values import Path, leaf_at


@dataclass(frozen=True, slots=True)
class Probe:
    """The number that mistakes change most in an array: whoever has another has not made them."""

    path: Path
    shape: tuple[int, ...]
    index: int
    number: float
    tolerance: float

    @classmethod
    def of(cls, path: Path, mistaken: Value, right: Value) -> Probe | None:
        """Choose the number; None where the place has no arrays of real numbers that differ by any."""
        if not (isinstance(mistaken, np.ndarray) and isinstance(right, np.ndarray)):
            return None
        if mistaken.shape != right.shape or {mistaken.dtype.kind, right.dtype.kind} != {"f"}:
            return None
        with np.errstate(all="ignore"):
            off = np.abs(mistaken.astype(float) - right).ravel()
        off[~np.isfinite(off)] = 0
        index = int(off.argmax()) if off.size else 0
        if not off.size or not off[index]:
            return None
        number, (rtol, atol) = float(mistaken.flat[index]), tolerance_for(mistaken)
        return cls(path, mistaken.shape, index, number, 2 * (atol + rtol * abs(number)))  # twice: it only refuses

    def is_missed_by(self, given: Value) -> bool:
        """Return whether another number stands there, in an array of the same shape."""
        leaf = leaf_at(given, self.path)
        if not isinstance(leaf, np.ndarray) or leaf.shape != self.shape or leaf.dtype.kind != "f":
            return False
        return not abs(float(leaf.flat[self.index]) - self.number) < self.tolerance
