"""The sentences that say how a value differs: subject is got, expected wanted (extent or place)."""

from __future__ import annotations

import math
import re
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from grader.wording.text import counted, is_plural

THE_RESULT: Final = "the result"
"""What a value without a name of its own is called."""

_KINDS: Final = {"b": "a bool", "i": "an integer", "u": "an integer", "f": "a float", "c": "a complex number"}
_LONGEST_STRING: Final = 60  # characters of a string or a key in a message
_SIMPLE_ENTRY: Final = re.compile(r"[\w(),.+*/^-]{1,24}", re.ASCII)
_MOST_PLACES: Final = 3  # at which an entry of a table stands
_MOST_NAMES: Final = 4  # outputs named after the first one
_DIGITS: Final = 4  # what a wrong answer tells of hidden inputs through a message stays far from the tolerance
_MOST_DIGITS: Final = 17  # these tell any two float64 numbers apart


def value_differs(
    name: str, got: npt.NDArray[Any], expected: npt.NDArray[Any], index: tuple[int, ...], count: int
) -> str:
    """Format how one value differs, and how many of its array do."""
    here, there = numerals(got[index], expected[index])
    extended = extent(count, got.size, "values") if got.size > 1 else ""
    return f"{place_in_words(name, index)} is {here}, expected {there}{extended}"


def place_differs(name: str, index: tuple[int, ...], count: int, size: int) -> str:
    """Format which value is wrong, and how many are, without showing any."""
    extended = _some(count, size, "values") if size > 1 else ""
    return f"{place_in_words(name, index)} is not the expected value{extended}"


def extent(count: int, size: int, nouns: str) -> str:
    """Format how many values of an array differ, or that all do."""
    if count == size:
        return f" (all {count} {nouns} differ)"
    return _some(count, size, nouns)


def _some(count: int, size: int, nouns: str) -> str:
    return f" ({count} of {size} {nouns} {'differs' if count == 1 else 'differ'})"


def entry_differs(name: str, got: npt.NDArray[Any], expected: npt.NDArray[Any], index: tuple[int, ...]) -> str:
    """Format where one entry of a table of texts stands, and where it should.

    The entry is the one expected at this place, unless that is what fills most of the table.
    """
    texts, counts = np.unique(expected, return_counts=True)
    filling = str(texts[counts.argmax()])
    here, there = str(got[index]), str(expected[index])
    entry = here if there == filling else there
    seen, wanted = (_places_in_words(table, entry) for table in (got, expected))
    count = int((got != expected).sum())
    extended = _some(count, got.size, "entries")
    shown = entry if _SIMPLE_ENTRY.fullmatch(entry) else _quoted(entry)
    return f"{shown} stands {seen} of {name}, expected {wanted}{extended}".replace("nowhere of", "nowhere in")


def _places_in_words(table: npt.NDArray[Any], entry: str) -> str:
    """Format in which rows and columns of a table an entry stands."""
    places = [f"at row {row}, column {column}" for row, column in np.argwhere(table == entry)]
    if len(places) > _MOST_PLACES:
        return f"at {len(places)} places"
    return " and ".join(places) or "nowhere"


def values_not_finite(name: str, word: str, count: int, size: int, first: tuple[int, ...]) -> str:
    """Format how many values are NaN or infinite where none should be."""
    values = f"{word} value{'' if count == 1 else 's'}"
    return f"{name} {_has(name)} {count} {values} of {size}, expected none (first at {place_in_words(name, first)})"


def _has(name: str) -> str:
    return "have" if is_plural(name) else "has"


def _is(name: str) -> str:
    return "are" if is_plural(name) else "is"


def shapes_differ(name: str, got: npt.NDArray[Any], expected: npt.NDArray[Any]) -> str:
    """Format how two shapes differ; no axes at all is a number by itself."""
    if not expected.ndim:
        return f"{name} {_has(name)} shape {got.shape}, expected {_number(expected)} by itself"
    if not got.ndim:
        return f"{name} is {_number(got)} by itself, expected an array of shape {expected.shape}"
    if not got.size:
        return f"{name} {_is(name)} empty: shape {got.shape}, expected {expected.shape}"
    return f"{name} {_has(name)} shape {got.shape}, expected {expected.shape}"


def dtypes_differ(name: str, got: npt.NDArray[Any], expected: npt.NDArray[Any]) -> str:
    """Format how two dtypes differ; numbers by themselves differ in kind only."""
    if not got.ndim:
        return f"{name} is {_number(got)}, expected {_number(expected)}"
    return f"{name} is {got.dtype.name}, expected {expected.dtype.name}"


def strings_differ(name: str, got: str, expected: str) -> str:
    """Format how two strings differ, from where they begin to if they are long."""
    here, there = _quoted(got), _quoted(expected)
    if here != there:
        return f"{name} is {here}, expected {there}"
    pairs = zip(got, expected, strict=False)
    place = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(got), len(expected)))
    return f"{name} is {_quoted(got[place:])} from character {place} on, expected {_quoted(expected[place:])}"


def entry_missing(name: str, expected: object) -> str:
    """Format the sentence that an entry of a dict is not there."""
    return f"{name} is missing, expected {described(expected)}"


def entry_unasked(name: str, got: object) -> str:
    """Format the sentence that there is an entry that nobody asked for."""
    return f"{name} is {described(got)}, expected no such entry"


def others_in_words(names: list[str]) -> str:
    """Format what else is wrong."""
    if not names:
        return ""
    shown = names
    if len(names) > _MOST_NAMES:
        shown = [*names[: _MOST_NAMES - 1], f"{len(names) - _MOST_NAMES + 1} others"]
    listed = " and ".join(part for part in (", ".join(shown[:-1]), shown[-1]) if part)
    return f"; {listed} {'is' if len(names) == 1 else 'are'} wrong too"


def entry_in_words(name: str, key: object) -> str:
    """Write an entry as the student would: `dw`, `grads.dw`; the result's own entries go by their keys alone."""
    if isinstance(key, str) and key.isidentifier() and len(key) <= _LONGEST_STRING:
        return key if name == THE_RESULT else f"{name}.{key}"
    return f"{name.removeprefix('the ')}[{_quoted(str(key))}]"


def place_in_words(name: str, index: tuple[int | str, ...]) -> str:
    """Write a place as the student would index it: `dw[3, 0]`."""
    return f"{name.removeprefix('the ')}[{', '.join(map(str, index))}]" if index else name


def described(value: object) -> str:
    """Format the type of a value, with the extent that tells two of a type apart."""
    kind = type(value)
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return f"an integer of {value.bit_length()} bits"
    if type(value) is np.ndarray:
        if value.dtype.kind not in {*_KINDS, "U"}:
            return f"an array of {value.dtype.name}"
        return f"an array of shape {value.shape}" if value.ndim else _number(value)
    if kind in {bool, int, float, complex} or isinstance(value, np.generic):
        return _number(np.asarray(value))
    if type(value) is list or type(value) is tuple:
        return f"a {kind.__name__} of {counted(len(value), 'item')}"
    plain = {type(None): "None", str: "a string", dict: "a dict"}
    return plain.get(kind, f"of type {kind.__name__}")


def _number(array: npt.NDArray[Any]) -> str:
    """Format the kind of a single number."""
    return _KINDS.get(array.dtype.kind, "text")


def numerals(got: object, expected: object, digits: int = _DIGITS) -> tuple[str, str]:
    """Write two numbers in so many significant digits, or in as many more as it takes to tell them apart."""
    here, there = _plain(got), _plain(expected)
    for enough in range(digits, _MOST_DIGITS):
        pair = numeral(here, enough), numeral(there, enough)
        if pair[0] != pair[1] or here == there:
            return pair
    return numeral(here, _MOST_DIGITS), numeral(there, _MOST_DIGITS)


def numeral(value: object, digits: int = _DIGITS) -> str:
    """Write one number in at most so many significant digits; integers in full."""
    value = _plain(value)
    if isinstance(value, complex):
        imaginary = numeral(value.imag, digits)
        return f"{numeral(value.real, digits)}{'' if imaginary.startswith('-') else '+'}{imaginary}j"
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        # Adding zero makes -0.0 read as 0; with all its digits a number is written as Python does.
        return f"{value + 0.0:.{digits}g}" if digits < _MOST_DIGITS else repr(value + 0.0)
    return _quoted(value) if isinstance(value, str) else str(value)


def _quoted(text: str) -> str:
    """Quote a string so that it can neither control a terminal nor fill a page."""
    short = text if len(text) <= _LONGEST_STRING else f"{text[:_LONGEST_STRING]}…"
    return repr(short)


def _plain(value: object) -> object:
    """Return an array element as a Python number or string."""
    plain: object = value.item() if isinstance(value, (np.generic, np.ndarray)) else value
    return float(plain) if isinstance(plain, np.longdouble) else plain
