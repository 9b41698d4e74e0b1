"""Which values are compared as arrays: numbers, lists of numbers and tables of texts are, beside arrays themselves."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from grader.model import Value

Array: TypeAlias = npt.NDArray[Any]

NUMERIC: Final = "biufc"  # dtype kinds with arithmetic
COMPARABLE: Final = NUMERIC + "U"


def as_array(value: object) -> Array | None:
    """Return an array or a number as an array; anything else, subclasses included, as None."""
    if type(value) is np.ndarray:
        return value if value.dtype.kind in COMPARABLE else None
    kind = type(value)
    if kind is float or kind is int or kind is bool or kind is complex:
        array = np.asarray(value)
        return array if array.dtype.kind in NUMERIC else None  # an integer beyond 64 bits becomes an object
    if isinstance(value, np.generic) and kind is value.dtype.type and value.dtype.kind in NUMERIC:
        return np.asarray(value)
    return None


def as_series(values: list[Value] | tuple[Value, ...]) -> Array | None:
    """Return a list of plain numbers of one type, such as a history of losses, as an array, else None."""
    kinds = {type(value) for value in values}
    if len(values) > 1 and kinds in ({float}, {int}, {bool}):
        array = np.asarray(values)
        return array if array.dtype.kind in NUMERIC else None
    return None


def as_table(value: object, longest: int | None = None) -> Array | None:
    """Return rows of texts, as many in each, as an array, else None; what is longer than `longest` is cut behind it."""
    if (type(value) is not list and type(value) is not tuple) or not value:
        return None
    rows = [row for row in value if (type(row) is list or type(row) is tuple) and row]
    if len(rows) < len(value) or len({len(row) for row in rows}) > 1:
        return None
    if not all(type(entry) is str for row in rows for entry in row):
        return None
    # One more than the longest that is expected is enough to differ from it. An array keeps no NUL at an end.
    until = None if longest is None else longest + 1
    return np.array([[entry[:until].replace("\0", "\ufffd") for entry in row] for row in rows])
