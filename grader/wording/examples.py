"""The words of an example: inputs, what an answer is there and what is right, each written in full."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from grader.wording.example_calls import Written, as_on_a_board
from grader.wording.messages import numeral

DIGITS: Final = 6  # of a number, or as many more as tell two apart
MOST_DIGITS: Final = 17
MOST_TOLD: Final = 64  # numbers of an array; of a larger one, which an answer may be, the shape is told
MATRIX: Final = 2  # axes
MOST_TEXT: Final = 60  # characters of a text among the inputs

Array = npt.NDArray[Any]


def inputs_in_words(
    inputs: Mapping[str, Any], asked: Mapping[str, str] = MappingProxyType({}), drivers: str = "", driver: str = ""
) -> tuple[tuple[str, str], ...]:
    """Name the inputs of a call and write each in full; what stands in a dict goes by its own key.

    `asked`, `drivers` and `driver` say how the course calls what they describe, as for `as_on_a_board`.
    """
    found = [*_named((), as_on_a_board(inputs, asked, drivers, driver, in_words))]
    last = Counter(way[-1] for way, _ in found)
    return tuple((way[-1] if last[way[-1]] == 1 else ".".join(way), in_words(value)) for way, value in found)


def in_words(value: object, digits: int = DIGITS, *, is_whole: bool = False) -> str:
    """Write a value as Python would, numbers without a point where they are whole.

    An array of more than two axes is written without those of size 1 around the others, unless its shape is to be
    seen as a whole: what is computed by hand is a matrix.
    """
    if isinstance(value, Written):
        return value.text
    if isinstance(value, np.ndarray | np.generic):
        if value.dtype.kind not in "biufc":
            return "text"
        if value.size > MOST_TOLD:
            return f"an array of shape {value.shape}"
        if not value.size:
            return "[]" if value.ndim == 1 else f"an empty array of shape {value.shape}"
        shown = np.asarray(value) if is_whole else _on_a_board(np.asarray(value))[0]
        return in_words(shown.tolist(), digits)
    if isinstance(value, list | tuple):
        return f"[{', '.join(in_words(item, digits) for item in value)}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {in_words(item, digits)}' for key, item in value.items())}}}"
    if isinstance(value, str):
        return repr(value[:MOST_TEXT])
    return numeral(value, digits) if isinstance(value, float | complex) else str(value)


def pair_in_words(got: Array, expected: Array) -> tuple[str, str]:
    """Write two arrays in as many digits as it takes to tell them apart."""
    if got.size and expected.size:
        got, expected = _on_a_board(got, expected)
    for digits in range(DIGITS, MOST_DIGITS + 1):
        here, there = (in_words(one, digits, is_whole=True) for one in (got, expected))
        if here != there:
            return here, there
    return f"{here} ({got.dtype.name})", f"{there} ({expected.dtype.name})"


def equations(named: Sequence[tuple[str, str]]) -> str:
    """Join names and values: `x = [[1, 2]], weight = [[1]]`; a value without a name stands by itself."""
    return ", ".join(f"{name} = {value}" if name else value for name, value in named)


def _on_a_board(*arrays: Array) -> tuple[Array, ...]:
    """Take away axes of size 1 that all arrays have at the beginning, then at the end, down to a matrix."""
    while all(array.ndim > MATRIX and array.shape[0] == 1 for array in arrays):
        arrays = tuple(array[0] for array in arrays)
    while all(array.ndim > MATRIX and array.shape[-1] == 1 for array in arrays):
        arrays = tuple(array[..., 0] for array in arrays)
    return arrays


def _named(way: tuple[str, ...], value: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, item in value.items():
        here = (*way, str(key))
        if isinstance(item, Mapping) and item:
            yield from _named(here, item)
        else:
            yield here, item
