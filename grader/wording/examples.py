"""The words of an example: inputs, what an answer is there and what is right, each written in full."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from grader.wording.messages import numeral

DIGITS: Final = 6  # of a number, or as many more as tell two apart
MOST_DIGITS: Final = 17
MOST_TOLD: Final = 64  # numbers of an array; of a larger one, which an answer may be, the shape is told
MOST_TEXT: Final = 60  # characters of a text among the inputs

Array = npt.NDArray[Any]


def inputs_in_words(inputs: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Name the inputs of a call and write each in full; what stands in a dict goes by its own key."""
    found = [*_named((), inputs)]
    last = Counter(way[-1] for way, _ in found)
    return tuple((way[-1] if last[way[-1]] == 1 else ".".join(way), in_words(value)) for way, value in found)


def in_words(value: object, digits: int = DIGITS) -> str:
    """Write a value as Python would, numbers without a point where they are whole."""
    if isinstance(value, np.ndarray | np.generic):
        if value.dtype.kind not in "biufc":
            return "text"
        if value.size > MOST_TOLD:
            return f"an array of shape {value.shape}"
        return in_words(value.tolist(), digits) if value.size else f"an empty array of shape {value.shape}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(in_words(item, digits) for item in value)}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {in_words(item, digits)}' for key, item in value.items())}}}"
    if isinstance(value, str):
        return repr(value[:MOST_TEXT])
    return numeral(value, digits) if isinstance(value, float | complex) else str(value)


def pair_in_words(got: Array, expected: Array) -> tuple[str, str]:
    """Write two arrays in as many digits as it takes to tell them apart."""
    for digits in range(DIGITS, MOST_DIGITS + 1):
        here, there = in_words(got, digits), in_words(expected, digits)
        if here != there:
            return here, there
    return f"{here} ({got.dtype.name})", f"{there} ({expected.dtype.name})"


def equations(named: Sequence[tuple[str, str]]) -> str:
    """Join names and values: `x = [[1, 2]], weight = [[1]]`."""
    return ", ".join(f"{name} = {value}" for name, value in named)


def _named(way: tuple[str, ...], value: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, item in value.items():
        here = (*way, str(key))
        if isinstance(item, Mapping) and item:
            yield from _named(here, item)
        else:
            yield here, item
