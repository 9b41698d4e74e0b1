"""Whether a value is the expected one and, where it is not, the sentence that says so.

One policy serves hidden tests and known mistakes: exact structure and shape, the same dtype (integers and single
numbers by kind only), NaN and infinity only where they are expected, values within one table of tolerances.
Lists and tuples are the same thing here: a driver, not a student, chooses between them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from grader.model import Value

Array: TypeAlias = npt.NDArray[Any]
Mask: TypeAlias = npt.NDArray[np.bool_]

THE_RESULT = "the result"  # what a value without a name of its own is called

_NUMERIC = "biufc"  # dtype kinds with arithmetic
_COMPARABLE = _NUMERIC + "U"
_KIND_IN_WORDS = {"b": "a bool", "i": "an integer", "u": "an integer", "f": "a float", "c": "a complex number"}
_LONGEST_STRING = 60  # characters of a string quoted in a message
_MOST_NAMES = 4  # outputs named after the first one


class Kind(StrEnum):
    """In what a value is not the expected one. NAN covers infinities too."""

    STRUCTURE = "structure"
    TYPE = "type"
    SHAPE = "shape"
    DTYPE = "dtype"
    NAN = "nan"
    VALUE = "value"


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


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """One array, number or entry that is not the expected one.

    `got` and `expected` are arrays where both sides are arrays, numbers or lists of numbers; `wrong` marks the wrong
    values and is there when shape and dtype are right.
    """

    name: str
    message: str
    kind: Kind
    got: Array | None = None
    expected: Array | None = None
    wrong: Mask | None = None


class Mismatch(AssertionError):  # noqa: N818 - it is a verdict, not an error
    """A value is not the expected one; reads as its first difference."""

    def __init__(self, differences: tuple[Difference, ...]) -> None:
        super().__init__(differences)
        self.differences = differences

    def __str__(self) -> str:
        first, *others = self.differences
        return first.message + _others_in_words([other.name for other in others])


def assert_matches(got: Value, expected: Value, *, rtol: float | None = None, atol: float | None = None) -> None:
    """Raise `Mismatch` unless `got` is the expected value.

    Raises:
        Mismatch: something differs; it carries every difference.
        TypeError: `expected` holds something that cannot be compared, which is the course's to repair.
    """
    __tracebackhide__ = True
    found = differences(got, expected, rtol=rtol, atol=atol)
    if found:
        raise Mismatch(found)


def differences(
    got: Value, expected: Value, *, rtol: float | None = None, atol: float | None = None, name: str = THE_RESULT
) -> tuple[Difference, ...]:
    """List what differs, one difference for each array, number or entry, in the order of `expected`.

    Entries of a dict without a name of its own are called by their keys alone: `dw`, `grads[2].dw`.
    """
    return tuple(_difference(finding) for finding in _findings(name, got, expected, _Asked(rtol, atol)))


def equal(got: Value, other: Value, *, rtol: float | None = None, atol: float | None = None) -> bool:
    """Tell whether two values are the same under the policy of `assert_matches`, at no cost for wording."""
    return next(_findings(THE_RESULT, got, other, _Asked(rtol, atol)), None) is None


def leaves(value: Value, name: str = THE_RESULT) -> Iterator[tuple[str, Array]]:
    """List the arrays, numbers and lists of numbers of a value, under the names that `differences` gives them."""
    array = _as_array(value)
    if array is not None:
        yield name, array
    elif type(value) is dict:
        for key, item in value.items():
            yield from leaves(item, _entry(name, key))
    elif type(value) is list or type(value) is tuple:
        series = _as_series(value)
        if series is not None:
            yield name, series
            return
        for position, item in enumerate(value):
            yield from leaves(item, place_in_words(name, (position,)))


def tolerance_for(got: Array, expected: Array) -> Tolerance:
    """Look up the tolerance of the coarser of two dtypes."""
    tolerance = TOLERANCES.get(expected.dtype.type, EXACT)
    if got.dtype.type is expected.dtype.type:
        return tolerance
    return max(tolerance, TOLERANCES.get(got.dtype.type, EXACT))


def wrong_values(got: Array, expected: Array, *, rtol: float | None = None, atol: float | None = None) -> Mask | None:
    """Mark the values that are not within tolerance, or return None when all are; the shapes are the same.

    The comparison is strict so that an infinite error is never within an infinite limit.
    """
    if expected.dtype.kind not in "fc":
        wrong = np.asarray(got != expected)
        return wrong if wrong.any() else None
    tolerance = tolerance_for(got, expected)
    if np.float16 in (got.dtype.type, expected.dtype.type):
        got, expected = got.astype(np.float32), expected.astype(np.float32)  # half floats cannot hold the limit
    rtol = tolerance.rtol if rtol is None else rtol
    atol = tolerance.atol if atol is None else atol
    with np.errstate(all="ignore"):
        right = np.abs(got - expected) < atol + rtol * np.abs(expected)
    if right.all():
        return None
    right = right | (got == expected) | (np.isnan(got) & np.isnan(expected))
    return None if right.all() else np.asarray(~right)


def worst_place(got: Array, expected: Array, wrong: Mask) -> tuple[int, ...]:
    """Find the wrong value that is furthest off; one that is not finite counts as furthest."""
    error = np.where(wrong, absolute_error(got, expected), -1.0)
    return tuple(int(i) for i in np.unravel_index(int(error.argmax()), error.shape))


def absolute_error(got: Array, expected: Array) -> npt.NDArray[np.float64]:
    """Measure how far each value is off, infinitely where one side alone is not finite or both are text."""
    if got.dtype.kind not in _NUMERIC:
        return np.where(got != expected, np.inf, 0.0)
    wide = np.complex128 if "c" in (got.dtype.kind, expected.dtype.kind) else np.float64
    with np.errstate(all="ignore"):
        error = np.abs(np.asarray(got, wide) - np.asarray(expected, wide))
    return np.where(np.isnan(error), np.inf, error)


def place_in_words(name: str, index: tuple[int, ...]) -> str:
    """Write a place as the student would index it: `dw[3, 0]`."""
    return f"{name.removeprefix('the ')}[{', '.join(map(str, index))}]" if index else name


def numerals(got: object, expected: object, digits: int = 6) -> tuple[str, str]:
    """Write two numbers in so many significant digits, or in as many more as it takes to tell them apart."""
    here, there = _plain(got), _plain(expected)
    for enough in range(digits, 17):
        pair = numeral(here, enough), numeral(there, enough)
        if pair[0] != pair[1] or here == there:
            return pair
    return numeral(here, 17), numeral(there, 17)


def numeral(value: object, digits: int = 6) -> str:
    """Write one number in at most so many significant digits; integers in full."""
    value = _plain(value)
    if isinstance(value, complex):
        imaginary = numeral(value.imag, digits)
        return f"{numeral(value.real, digits)}{'' if imaginary.startswith('-') else '+'}{imaginary}j"
    if isinstance(value, float):
        # Adding zero makes -0.0 read as 0.
        return "NaN" if math.isnan(value) else f"{value + 0.0:.{digits}g}"
    return _quoted(value) if isinstance(value, str) else str(value)


class _Asked(NamedTuple):
    """What the caller asked for in place of the table."""

    rtol: float | None
    atol: float | None


class _Finding(NamedTuple):
    """A difference whose sentence is not written yet."""

    name: str
    kind: Kind
    say: Callable[[], str]
    got: Array | None = None
    expected: Array | None = None
    wrong: Mask | None = None


def _difference(finding: _Finding) -> Difference:
    name, kind, say, got, expected, wrong = finding
    return Difference(name=name, message=say(), kind=kind, got=got, expected=expected, wrong=wrong)


def _findings(name: str, got: Value, expected: Value, asked: _Asked) -> Iterator[_Finding]:
    wanted = _as_array(expected)
    if wanted is not None:
        found = _as_array(got)
        if found is None:
            yield _wrong_type(name, got, expected)
        else:
            yield from _array_findings(name, found, wanted, asked)
    elif type(expected) is dict:
        yield from _dict_findings(name, got, expected, asked)
    elif type(expected) is list or type(expected) is tuple:
        yield from _list_findings(name, got, expected, asked)
    elif type(expected) is str:
        if type(got) is not str:
            yield _wrong_type(name, got, expected)
        elif got != expected:
            yield _Finding(name, Kind.VALUE, partial(_strings_differ, name, got, expected))
    elif expected is None:
        if got is not None:
            yield _wrong_type(name, got, expected)
    else:
        raise TypeError(f"{name} is expected to be {_described(expected)}, which cannot be compared")


def _dict_findings(name: str, got: Value, expected: dict[str, Value], asked: _Asked) -> Iterator[_Finding]:
    if type(got) is not dict:
        yield _wrong_type(name, got, expected)
        return
    for key, wanted in expected.items():
        entry = _entry(name, key)
        if key in got:
            yield from _findings(entry, got[key], wanted, asked)
        else:
            yield _Finding(entry, Kind.STRUCTURE, partial(_missing, entry, wanted))
    for key in got:
        if key not in expected:
            entry = _entry(name, key)
            yield _Finding(entry, Kind.STRUCTURE, partial(_unasked, entry, got[key]))


def _list_findings(
    name: str, got: Value, expected: list[Value] | tuple[Value, ...], asked: _Asked
) -> Iterator[_Finding]:
    if type(got) is not list and type(got) is not tuple:
        yield _wrong_type(name, got, expected)
        return
    if len(got) != len(expected):
        counts = f"{name} has {_items(len(got))}, expected {len(expected)}"
        yield _Finding(name, Kind.STRUCTURE, lambda: counts)
        return
    found, wanted = _as_series(got), _as_series(expected)
    if found is not None and wanted is not None and found.dtype == wanted.dtype:
        yield from _array_findings(name, found, wanted, asked)
        return
    for position, (here, there) in enumerate(zip(got, expected, strict=True)):
        yield from _findings(place_in_words(name, (position,)), here, there, asked)


def _array_findings(name: str, got: Array, expected: Array, asked: _Asked) -> Iterator[_Finding]:
    if got.shape != expected.shape:
        yield _Finding(name, Kind.SHAPE, partial(_shapes_differ, name, got, expected), got, expected)
    elif not _same_dtype(got, expected):
        yield _Finding(name, Kind.DTYPE, partial(_dtypes_differ, name, got, expected), got, expected)
    else:
        wrong = wrong_values(got, expected, rtol=asked.rtol, atol=asked.atol)
        if wrong is None:
            return
        if _same_finiteness(got, expected):
            kind, say = Kind.VALUE, partial(_values_differ, name, got, expected, wrong)
        else:
            kind, say = Kind.NAN, partial(_not_finite, name, got, expected, wrong)
        yield _Finding(name, kind, say, got, expected, wrong)


def _as_array(value: object) -> Array | None:
    """Return an array or a number as an array; anything else, subclasses included, as None."""
    if type(value) is np.ndarray:
        return value if value.dtype.kind in _COMPARABLE else None
    kind = type(value)
    if kind is float or kind is int or kind is bool or kind is complex:
        array = np.asarray(value)
        return array if array.dtype.kind in _NUMERIC else None  # an integer beyond 64 bits becomes an object
    if isinstance(value, np.generic) and kind is value.dtype.type and value.dtype.kind in _NUMERIC:
        return np.asarray(value)
    return None


def _as_series(values: list[Value] | tuple[Value, ...]) -> Array | None:
    """Return a list of plain numbers of one type, such as a history of losses, as an array, else None."""
    kinds = {type(value) for value in values}
    if len(values) > 1 and kinds in ({float}, {int}, {bool}):
        array = np.asarray(values)
        return array if array.dtype.kind in _NUMERIC else None
    return None


def _same_dtype(got: Array, expected: Array) -> bool:
    if got.dtype.type is expected.dtype.type:
        return True
    here, there = got.dtype.kind.replace("u", "i"), expected.dtype.kind.replace("u", "i")
    return here == there and (got.ndim == 0 or here not in "fc")


def _same_finiteness(got: Array, expected: Array) -> bool:
    """Tell whether NaN, inf and -inf are where they are expected."""
    if expected.dtype.kind not in "fc":
        return True
    odd = ~(np.isfinite(got) & np.isfinite(expected))
    return not odd.any() or bool(np.array_equal(got[odd], expected[odd], equal_nan=True))


def _entry(name: str, key: object) -> str:
    if isinstance(key, str) and key.isidentifier():
        return key if name == THE_RESULT else f"{name}.{key}"
    return f"{name.removeprefix('the ')}[{_quoted(str(key))}]"


def _wrong_type(name: str, got: Value, expected: Value) -> _Finding:
    return _Finding(name, Kind.TYPE, lambda: f"{name} is {_described(got)}, expected {_described(expected)}")


def _missing(name: str, expected: Value) -> str:
    return f"{name} is missing, expected {_described(expected)}"


def _unasked(name: str, got: Value) -> str:
    return f"{name} is {_described(got)}, expected no such entry"


def _described(value: object) -> str:
    """Name the type of a value, with the extent that tells two of a type apart."""
    kind = type(value)
    if isinstance(value, int) and value.bit_length() > 64:
        return f"an integer of {value.bit_length()} bits"
    array = _as_array(value)
    if array is not None:
        return f"an array of shape {array.shape}" if array.ndim else _number(array)
    if type(value) is np.ndarray:
        return f"an array of {value.dtype.name}"
    if type(value) is list or type(value) is tuple:
        return f"a {kind.__name__} of {_items(len(value))}"
    plain = {type(None): "None", str: "a string", dict: "a dict"}
    return plain.get(kind, f"of type {kind.__name__}")


def _number(array: Array) -> str:
    """Name the kind of a single number."""
    return _KIND_IN_WORDS.get(array.dtype.kind, "text")


def _items(count: int) -> str:
    return f"{count} item{'' if count == 1 else 's'}"


def _shapes_differ(name: str, got: Array, expected: Array) -> str:
    if not expected.ndim:
        return f"{name} has shape {got.shape}, expected {_number(expected)} by itself"
    if not got.ndim:
        return f"{name} is {_number(got)} by itself, expected an array of shape {expected.shape}"
    if not got.size:
        return f"{name} is empty: shape {got.shape}, expected {expected.shape}"
    return f"{name} has shape {got.shape}, expected {expected.shape}"


def _dtypes_differ(name: str, got: Array, expected: Array) -> str:
    if not got.ndim:
        return f"{name} is {_number(got)}, expected {_number(expected)}"
    return f"{name} is {got.dtype.name}, expected {expected.dtype.name}"


def _values_differ(name: str, got: Array, expected: Array, wrong: Mask) -> str:
    index = worst_place(got, expected, wrong)
    here, there = numerals(got[index], expected[index])
    count, size = int(wrong.sum()), wrong.size
    if size == 1:
        extent = ""
    elif count == size:
        extent = f" (all {size} values differ)"
    else:
        extent = f" ({count} of {size} values {'differs' if count == 1 else 'differ'})"
    return f"{place_in_words(name, index)} is {here}, expected {there}{extent}"


def _not_finite(name: str, got: Array, expected: Array, wrong: Mask) -> str:
    for found, wanted, word in (
        (np.isnan(got), np.isnan(expected), "NaN"),
        (np.isinf(got), np.isinf(expected), "infinite"),
    ):
        count = int(found.sum())
        if count and got.size > 1 and not wanted.any():
            index = tuple(int(i) for i in np.argwhere(found)[0])
            values = f"{word} value{'' if count == 1 else 's'}"
            return f"{name} has {count} {values} of {got.size}, expected none (first at {place_in_words(name, index)})"
    odd = wrong & ~(np.isfinite(got) & np.isfinite(expected))
    index = tuple(int(i) for i in np.argwhere(odd)[0])
    extent = f" ({int(wrong.sum())} of {wrong.size} values differ)" if wrong.sum() > 1 else ""
    here, there = numerals(got[index], expected[index])
    return f"{place_in_words(name, index)} is {here}, expected {there}{extent}"


def _strings_differ(name: str, got: str, expected: str) -> str:
    here, there = _quoted(got), _quoted(expected)
    if here != there:
        return f"{name} is {here}, expected {there}"
    pairs = zip(got, expected, strict=False)
    place = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(got), len(expected)))
    return f"{name} is {_quoted(got[place:])} from character {place} on, expected {_quoted(expected[place:])}"


def _quoted(text: str) -> str:
    """Quote a string so that it can neither control a terminal nor fill a page."""
    short = text if len(text) <= _LONGEST_STRING else f"{text[:_LONGEST_STRING]}…"
    return repr(short)


def _others_in_words(names: list[str]) -> str:
    if not names:
        return ""
    shown = names
    if len(names) > _MOST_NAMES:
        shown = [*names[: _MOST_NAMES - 1], f"{len(names) - _MOST_NAMES + 1} others"]
    listed = " and ".join(part for part in (", ".join(shown[:-1]), shown[-1]) if part)
    return f"; {listed} {'is' if len(names) == 1 else 'are'} wrong too"


def _plain(value: object) -> object:
    """Return an array element as a Python number or string."""
    plain: object = value.item() if isinstance(value, (np.generic, np.ndarray)) else value
    return float(plain) if isinstance(plain, np.longdouble) else plain
