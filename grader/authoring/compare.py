"""Whether a value is the expected one and, where it is not, the sentence that says so.

One policy serves hidden tests and known mistakes: exact structure and shape, the same dtype (integers and single
numbers by kind only), NaN and infinity only where they are expected, values within one table of tolerances.
Lists and tuples are the same thing here: a driver, not a student, chooses between them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from grader.authoring.array_forms import NUMERIC, Array, as_array, as_series, as_table
from grader.authoring.tolerances import EXACT, Tolerance, tolerance_asked
from grader.model.observation import Value
from grader.wording import messages
from grader.wording.messages import THE_RESULT, described, entry_in_words, place_in_words
from grader.wording.text import counted, is_plural

Mask: TypeAlias = npt.NDArray[np.bool_]

SMALL_BYTES: Final = 1 << 16  # of arrays that are compared byte by byte before they are number by number
_KIND_WORDS: Final = MappingProxyType(
    {"f": "floats", "i": "integers", "u": "unsigned integers", "b": "bools", "c": "complex numbers", "U": "texts"}
)
_LONGEST_ENTRY: Final = 60  # characters of an entry of a table, unless a longer one is expected

Region: TypeAlias = "int | slice | tuple[int | slice, ...]"
"""What indexes the part of an array that is judged."""


class DifferenceKind(StrEnum):
    """In what a value is not the expected one. NAN covers infinities too."""

    STRUCTURE = "structure"
    TYPE = "type"
    SHAPE = "shape"
    DTYPE = "dtype"
    NAN = "nan"
    VALUE = "value"


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """One array, number or entry that is not the expected one.

    `got` and `expected` are arrays where both sides are arrays, numbers or lists of numbers; `wrong` marks the wrong
    values and is there when shape and dtype are right. Where `secret` is set, no value may be shown. `place` is the
    first wrong one of the `count` values that are judged wrong, each by more than `tolerance`. An entry that nobody
    asked for has a name that the submission chose.
    """

    name: str
    kind: DifferenceKind
    say: Callable[[], str]
    got: Array | None = None
    expected: Array | None = None
    wrong: Mask | None = None
    secret: bool = False
    place: tuple[int, ...] = ()
    count: int = 0
    tolerance: Tolerance = EXACT
    is_unasked: bool = False

    @property
    def message(self) -> str:
        """Format the sentence, which costs nothing where nobody asks for it."""
        return self.say()


class Mismatch(AssertionError):  # noqa: N818 - it is a verdict, not an error
    """A value is not the expected one; reads as its first difference, and what else a test has seen."""

    def __init__(self, differences: tuple[Difference, ...], seen: str = "") -> None:
        super().__init__(differences, seen)
        self.differences = differences
        self.seen = seen

    def __str__(self) -> str:
        first, *others = self.differences
        text = first.message + messages.others_in_words([other.name for other in others])
        return f"{text}; {self.seen}" if self.seen else text


def assert_matches(
    got: Value,
    expected: Value,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    within: Region | None = None,
    secret: bool = False,
    seen: str = "",
) -> None:
    """Raise `Mismatch` unless `got` is the expected value.

    Args:
        got: The submission's.
        expected: The reference's.
        rtol: Instead of the table's.
        atol: Instead of the table's.
        within: Judge by this part alone of an array or table of texts, and show all of it.
        secret: Tell and show where values are wrong, and none of them: for right values that are hidden inputs.
        seen: What the sentence ends with, where a test knows more than the values show.

    Raises:
        Mismatch: something differs; it carries every difference.
        ValueError: a tolerance is negative or not finite, which is the course's to repair.
        TypeError: `expected` holds something that cannot be compared, which is the course's to repair.
    """
    __tracebackhide__ = True
    for name, given in (("rtol", rtol), ("atol", atol)):
        if given is not None and not 0 <= given < math.inf:
            raise ValueError(f"{name} is {given}, expected at least 0 and finite")
    found = differences(got, expected, rtol=rtol, atol=atol, within=within, secret=secret)
    if found:
        raise Mismatch(found, seen)


def assert_matches_either(got: Value, *expected: Value, rtol: float | None = None, atol: float | None = None) -> None:
    """Raise the `Mismatch` with the first of several right values unless `got` is one of them."""
    __tracebackhide__ = True
    if not any(equal(got, one, rtol=rtol, atol=atol) for one in expected):
        assert_matches(got, expected[0], rtol=rtol, atol=atol)


def assert_shape(
    got: Value, shape: tuple[int | None, ...], *, kind: str = "f", name: str = THE_RESULT
) -> npt.NDArray[Any]:
    """Raise `Mismatch` unless `got` is an array of this shape, before anything is computed with it; return it.

    An array of shape (N, 1) minus one of shape (N,) has N * N values, and N is chosen by whoever answers.

    Args:
        got: The submission's.
        shape: The extent of each axis; None takes any, so that it bounds nothing.
        kind: Letters of numpy's kinds of dtype that may come: f, i, u, b, c, U.
        name: What a sentence calls it.

    Raises:
        Mismatch: it is no array, has another shape or another kind of dtype.
    """
    __tracebackhide__ = True
    array = as_array(got)
    extents = ["any" if extent is None else str(extent) for extent in shape]
    wanted = f"({extents[0]},)" if len(extents) == 1 else f"({', '.join(extents)})"  # as numpy writes a shape
    if array is None:
        fault, sentence = DifferenceKind.TYPE, f"{name} is {described(got)}, expected an array of shape {wanted}"
    elif array.ndim != len(shape) or any(want not in (None, one) for one, want in zip(array.shape, shape, strict=True)):
        has = "have" if is_plural(name) else "has"
        fault, sentence = DifferenceKind.SHAPE, f"{name} {has} shape {array.shape}, expected {wanted}"
    elif array.dtype.kind not in kind:
        words = " or ".join(_KIND_WORDS[letter] for letter in kind)
        fault, sentence = DifferenceKind.DTYPE, f"{name} is {array.dtype.name}, expected {words}"
    else:
        return array
    raise Mismatch((Difference(name, fault, lambda: sentence, array),))


def differences(
    got: Value,
    expected: Value,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    name: str = THE_RESULT,
    within: Region | None = None,
    secret: bool = False,
) -> tuple[Difference, ...]:
    """List what differs, one difference for each array, number or entry, in the order of `expected`.

    Entries of a dict without a name of its own are called by their keys alone: `dw`, `grads[2].dw`.
    """
    return tuple(_findings(name, got, expected, _Asked(rtol, atol, within, secret)))


def equal(got: Value, other: Value, *, rtol: float | None = None, atol: float | None = None) -> bool:
    """Return whether two values are the same under the policy of `assert_matches`, at no cost for wording."""
    return next(_findings(THE_RESULT, got, other, _Asked(rtol, atol)), None) is None


def named_arrays(value: Value, name: str = THE_RESULT) -> Iterator[tuple[str, Array]]:
    """List the arrays, numbers and lists of numbers of a value, under the names that `differences` gives them."""
    array = as_array(value)
    if array is not None:
        yield name, array
    elif type(value) is dict:
        for key, item in value.items():
            yield from named_arrays(item, entry_in_words(name, key))
    elif type(value) is list or type(value) is tuple:
        series = as_series(value)
        if series is not None:
            yield name, series
            return
        for position, item in enumerate(value):
            yield from named_arrays(item, place_in_words(name, (position,)))


def wrong_values(got: Array, expected: Array, *, rtol: float | None = None, atol: float | None = None) -> Mask | None:
    """Mark the values that are not within tolerance, or return None when all are; the shapes are the same.

    The comparison is strict so that an infinite error is never within an infinite limit.
    """
    if expected.dtype.kind not in "fc":
        wrong = np.asarray(got != expected)
        return wrong if wrong.any() else None
    if got.nbytes <= SMALL_BYTES and got.dtype == expected.dtype and got.tobytes() == expected.tobytes():
        return None  # as most are, and known at a tenth of the cost
    rtol, atol = tolerance_asked(expected, rtol, atol)
    if np.float16 in (got.dtype.type, expected.dtype.type):
        got, expected = (  # half floats cannot hold the limit
            array.astype(np.float32) if array.dtype == np.float16 else array for array in (got, expected)
        )
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
    if got.dtype.kind not in NUMERIC:
        return np.where(got != expected, np.inf, 0.0)
    wide = np.complex128 if "c" in (got.dtype.kind, expected.dtype.kind) else np.float64
    with np.errstate(all="ignore"):
        error = np.abs(np.asarray(got, wide) - np.asarray(expected, wide))
    return np.where(np.isnan(error), np.inf, error)


class _Asked(NamedTuple):
    """What the caller asked for in place of the table."""

    rtol: float | None
    atol: float | None
    within: Region | None = None
    secret: bool = False


def _findings(name: str, got: Value, expected: Value, asked: _Asked) -> Iterator[Difference]:
    wanted = as_array(expected)
    if wanted is not None:
        found = as_array(got)
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
            yield Difference(name, DifferenceKind.VALUE, partial(messages.strings_differ, name, got, expected))
    elif expected is None:
        if got is not None:
            yield _wrong_type(name, got, expected)
    else:
        raise TypeError(f"{name} is expected to be {described(expected)}, which cannot be compared")


def _dict_findings(name: str, got: Value, expected: dict[str, Value], asked: _Asked) -> Iterator[Difference]:
    if type(got) is not dict:
        yield _wrong_type(name, got, expected)
        return
    for key, wanted in expected.items():
        entry = entry_in_words(name, key)
        if key in got:
            yield from _findings(entry, got[key], wanted, asked)
        else:
            yield Difference(entry, DifferenceKind.STRUCTURE, partial(messages.entry_missing, entry, wanted))
    for key in got:
        if key not in expected:
            entry = entry_in_words(name, key)
            say = partial(messages.entry_unasked, entry, got[key])
            yield Difference(entry, DifferenceKind.STRUCTURE, say, is_unasked=True)


def _list_findings(
    name: str, got: Value, expected: list[Value] | tuple[Value, ...], asked: _Asked
) -> Iterator[Difference]:
    if type(got) is not list and type(got) is not tuple:
        yield _wrong_type(name, got, expected)
        return
    table = as_table(expected)
    answered = None if table is None else as_table(got, max(_LONGEST_ENTRY, table.dtype.itemsize // 4))
    if table is not None and answered is not None:
        yield from _array_findings(name, answered, table, asked)
        return
    if len(got) != len(expected):
        counts = f"{name} has {counted(len(got), 'item')}, expected {len(expected)}"
        yield Difference(name, DifferenceKind.STRUCTURE, lambda: counts)
        return
    found, wanted = as_series(got), as_series(expected)
    if found is not None and wanted is not None and found.dtype == wanted.dtype:
        yield from _array_findings(name, found, wanted, asked)
        return
    for position, (here, there) in enumerate(zip(got, expected, strict=True)):
        yield from _findings(place_in_words(name, (position,)), here, there, asked)


def _array_findings(name: str, got: Array, expected: Array, asked: _Asked) -> Iterator[Difference]:
    if got.shape != expected.shape:
        say = partial(messages.shapes_differ, name, got, expected)
        yield Difference(name, DifferenceKind.SHAPE, say, got, expected)
    elif not _same_dtype(got, expected):
        say = partial(messages.dtypes_differ, name, got, expected)
        yield Difference(name, DifferenceKind.DTYPE, say, got, expected)
    else:
        wrong = wrong_values(got, expected, rtol=asked.rtol, atol=asked.atol)
        judged = wrong if wrong is None else wrong & _inside(wrong.shape, asked.within)
        if wrong is None or judged is None or not judged.any():
            return
        kind, place, count = DifferenceKind.VALUE, _first_place(judged), int(judged.sum())
        if asked.secret:
            say = partial(messages.place_differs, name, place, count, judged.size)
        elif expected.dtype.kind == "U" and expected.ndim == 2:
            say = partial(messages.entry_differs, name, got, expected, place)
        elif _same_finiteness(got, expected):
            say = partial(_values_differ, name, got, expected, judged)
        else:
            kind, say = DifferenceKind.NAN, partial(_not_finite, name, got, expected, judged)
        tolerance = tolerance_asked(expected, asked.rtol, asked.atol)
        yield Difference(name, kind, say, got, expected, wrong, asked.secret, place, count, tolerance)


def _inside(shape: tuple[int, ...], within: Region | None) -> Mask:
    """Mark the part of an array that is judged."""
    inside = np.full(shape, within is None)
    if within is not None:
        inside[within] = True
    return inside


def _same_dtype(got: Array, expected: Array) -> bool:
    if got.dtype.type is expected.dtype.type:
        return True
    here, there = got.dtype.kind.replace("u", "i"), expected.dtype.kind.replace("u", "i")
    return here == there and (got.ndim == 0 or here not in "fc")


def _same_finiteness(got: Array, expected: Array) -> bool:
    """Return whether NaN, inf and -inf are where they are expected."""
    if expected.dtype.kind not in "fc":
        return True
    odd = ~(np.isfinite(got) & np.isfinite(expected))
    return not odd.any() or bool(np.array_equal(got[odd], expected[odd], equal_nan=True))


def _wrong_type(name: str, got: Value, expected: Value) -> Difference:
    return Difference(name, DifferenceKind.TYPE, lambda: f"{name} is {described(got)}, expected {described(expected)}")


def _values_differ(name: str, got: Array, expected: Array, wrong: Mask) -> str:
    return messages.value_differs(name, got, expected, worst_place(got, expected, wrong), int(wrong.sum()))


def _not_finite(name: str, got: Array, expected: Array, wrong: Mask) -> str:
    for odd, word in ((np.isnan, "NaN"), (np.isinf, "infinite")):
        found = odd(got)
        if found.any() and got.size > 1 and not odd(expected).any():
            return messages.values_not_finite(name, word, int(found.sum()), got.size, _first_place(found))
    odd_places = wrong & ~(np.isfinite(got) & np.isfinite(expected))
    return messages.value_differs(name, got, expected, _first_place(odd_places), int(wrong.sum()))


def _first_place(marked: Mask) -> tuple[int, ...]:
    return tuple(int(i) for i in np.argwhere(marked)[0])
