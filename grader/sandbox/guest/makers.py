"""Which function of a submission made each array of an answer: the one that gave it the values that it has in the end.

Asked for once an answer is wrong, so that who looks for the fault knows where to begin.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager
from types import FrameType
from typing import Any, Final

import numpy as np

from grader.model.observation import Value
from grader.model.values import leaves
from grader.sandbox.guest.returns import returns_noted

MOST_RETURNS: Final = 1 << 12  # that are looked at in one call
MOST_BYTES: Final = 1 << 20  # of an array whose values are compared
MOST_ITEMS: Final = 64  # of a list, a dict or an object that are looked through
DEPTH: Final = 3

Place = tuple[str, int, str]
"""A file, the line of a definition, and its name."""


class Makers:
    """What arrays the functions of a tree leave behind: in what they return, and in the object that they belong to.

    Args:
        sources: The paths of the tree.
        own: Those of the course: drivers and provided files.
    """

    def __init__(self, sources: Collection[str], own: Collection[str]) -> None:
        self._theirs = frozenset(sources) - frozenset(own)
        self._made: dict[tuple[int, int], tuple[bytes, Place, object]] = {}
        self._looked_at = 0

    def watched(self) -> AbstractContextManager[None]:
        """Note what is made inside the block."""
        return returns_noted(self._theirs, self._note)

    def of(self, value: Value) -> list[list[object]]:
        """List for each leaf of a value, in the order of its keys and items, who made it; nothing where unknown."""
        return [list(self._maker(leaf)) for _, leaf in leaves(value)]

    def _maker(self, leaf: object) -> Place | tuple[()]:
        array = _as_array(leaf)
        if array is None:
            return ()
        known = self._made.get(_memory(array))
        if known is not None and known[0] == array.tobytes():
            return known[1]
        # A driver may hand back a copy: then the last one that left these values.
        alike = [place for held, place, _ in self._made.values() if held == array.tobytes()]
        return alike[-1] if alike and _tells_much(array) else ()

    def _note(self, frame: FrameType, value: object) -> None:
        code = frame.f_code
        if code.co_name.startswith("<"):  # a lambda or a comprehension is no place to look for
            return
        self._looked_at += 1
        if self._looked_at > MOST_RETURNS:
            return
        place = code.co_filename, code.co_firstlineno, code.co_name
        owner = frame.f_locals.get("self") if code.co_argcount else None
        try:
            held = object.__getattribute__(owner, "__dict__")
        except AttributeError:
            held = {}
        for leaf in (*_found_in(value, DEPTH), *_found_in(held, DEPTH)):
            array = _as_array(leaf)
            if array is None or array.nbytes > MOST_BYTES:
                continue
            memory, values = _memory(array), array.tobytes()
            if (known := self._made.get(memory)) is None or known[0] != values:
                self._made[memory] = values, place, array  # kept alive, so that its memory is nobody else's


def _found_in(value: object, depth: int) -> Iterator[object]:
    kind = type(value)
    if kind is dict and depth:
        for item in [*value.values()][:MOST_ITEMS]:  # type: ignore[attr-defined]  # it is a dict
            yield from _found_in(item, depth - 1)
    elif kind in {list, tuple} and depth:
        for item in value[:MOST_ITEMS]:  # type: ignore[index]  # it is a list or a tuple
            yield from _found_in(item, depth - 1)
    else:
        yield value


def _as_array(leaf: object) -> np.ndarray | None:
    """Return an array or a tensor as an array on the same memory; None for anything else, subclasses among it."""
    torch: Any = sys.modules.get("torch")
    if torch is not None and type(leaf) in {torch.Tensor, torch.nn.Parameter}:
        try:
            leaf = leaf.detach().numpy()  # type: ignore[attr-defined]  # it is a tensor
        except (RuntimeError, TypeError):
            return None
    if type(leaf) in {float, np.float64, np.float32}:
        return np.array(leaf)
    return leaf if type(leaf) is np.ndarray and leaf.dtype != object else None


def _tells_much(array: np.ndarray) -> bool:
    """Return whether two arrays with these values are hardly equal by chance."""
    return array.size > 1 or (array.dtype.kind == "f" and not float(array.reshape(-1)[0]).is_integer())


def _memory(array: np.ndarray) -> tuple[int, int]:
    return array.__array_interface__["data"][0], array.nbytes
