"""By how much a value may be off: one table for hidden tests and known mistakes, by the expected dtype."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from grader.authoring.array_forms import Array


class Tolerance(NamedTuple):
    """A value is right when it is off by less than `atol + rtol * |expected|`, or not at all."""

    rtol: float
    atol: float


EXACT = Tolerance(0.0, 0.0)

TOLERANCES: Mapping[type[np.generic], Tolerance] = MappingProxyType(
    {
        np.float16: Tolerance(1e-2, 1e-3),
        np.float32: Tolerance(1e-4, 1e-5),
        np.float64: Tolerance(1e-7, 1e-9),
        np.longdouble: Tolerance(1e-7, 1e-9),
        np.complex64: Tolerance(1e-4, 1e-5),
        np.complex128: Tolerance(1e-7, 1e-9),
    }
)
"""Integers, bools and strings are not in the table: they are compared exactly, whatever a caller asks for."""


def tolerance_for(expected: Array) -> Tolerance:
    """Look up the tolerance of the expected dtype: whoever answers does not choose by what it is compared."""
    return TOLERANCES.get(expected.dtype.type, EXACT)


def tolerance_asked(expected: Array, rtol: float | None, atol: float | None) -> Tolerance:
    """Return the tolerance that values are compared within: the table's, but for what the caller asked for."""
    if expected.dtype.kind not in "fc":
        return EXACT
    tolerance = tolerance_for(expected)
    return Tolerance(tolerance.rtol if rtol is None else rtol, tolerance.atol if atol is None else atol)
