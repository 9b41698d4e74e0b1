"""The arrays of the cases that were judged, which no example may hold, and what else inputs are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from grader.model.observation import Value
from grader.model.values import Path, leaves


class HiddenArrays:
    """The arrays of hidden cases, which no example may hold: what they are given, and what is right there."""

    def __init__(self) -> None:
        self._inputs: set[tuple[str, tuple[int, ...], bytes]] = set()
        self._expected: set[tuple[str, tuple[int, ...], bytes]] = set()
        self.expects_empty = False
        self.empty: set[Path] = set()  # where an input is an array without numbers

    def add_inputs(self, inputs: Mapping[str, Value]) -> None:
        """Remember what a call of a hidden case is given."""
        self._inputs.update(map(_key, arrays_in(inputs)))
        self.empty.update(empty_in(inputs))

    def add_expected(self, value: Value) -> None:
        """Remember what is right in a hidden case."""
        self.expects_empty |= any(isinstance(leaf, np.ndarray) and not leaf.size for _, leaf in leaves(value))
        self._expected.update(_key(np.asarray(leaf)) for _, leaf in leaves(value) if _is_numeric(leaf))

    def has_inputs(self, arrays: Iterable[np.ndarray]) -> bool:
        """Return whether one of several arrays is a hidden one; a single number may be anything's."""
        return any(array.size > 1 and _key(array) in self._inputs for array in arrays)

    def has_expected(self, arrays: Iterable[np.ndarray]) -> bool:
        """Return whether one of several values is right in a hidden case."""
        return any(_key(np.asarray(array)) in self._expected for array in arrays)


def _key(array: np.ndarray) -> tuple[str, tuple[int, ...], bytes]:
    return array.dtype.str, array.shape, array.tobytes()


def _is_numeric(leaf: Value) -> bool:
    return isinstance(leaf, float) or (isinstance(leaf, np.ndarray) and leaf.dtype.kind in "fciub")


def arrays_in(inputs: Mapping[str, Value]) -> list[np.ndarray]:
    """List the arrays of a call."""
    return [leaf for _, leaf in leaves(dict(inputs)) if isinstance(leaf, np.ndarray)]


def empty_in(inputs: Mapping[str, Value]) -> set[Path]:
    """List where the arrays of a call have no numbers."""
    return {way for way, leaf in leaves(dict(inputs)) if isinstance(leaf, np.ndarray) and not leaf.size}


def count_numbers(inputs: Mapping[str, Value]) -> int:
    """Count the numbers of the arrays of a call."""
    return sum(array.size for array in arrays_in(inputs))


def whole_numbers(inputs: Mapping[str, Value]) -> set[int]:
    """List the whole numbers outside arrays: sizes and options."""
    return {leaf for _, leaf in leaves(dict(inputs)) if type(leaf) is int}
