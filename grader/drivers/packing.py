"""Tuples on their way between a test and a submission, and what a call wrote into its arguments.

What is sent has lists alone, and tests may tell them from tuples; they may also look at an argument after the call.
"""

from __future__ import annotations

from functools import partial
from types import ModuleType
from typing import Any, Final

from grader.drivers.functions import packed_function, stands_for_one, unpacked_function

TUPLE: Final = "()"
"""The key of a dict that stands for a tuple."""


def packed(value: Any) -> Any:  # noqa: ANN401  # any tree
    """Return a tree in which a dict of one key stands for each tuple."""
    if isinstance(value, tuple):
        return {TUPLE: [packed(item) for item in value]}
    if isinstance(value, list):
        return [packed(item) for item in value]
    if isinstance(value, dict):
        return {key: packed(item) for key, item in value.items()}
    if callable(value) or isinstance(value, ModuleType):
        stands = packed_function(value, packed)
        return value if stands is None else stands
    return value


def unpacked(value: Any, *, runs: bool = False) -> Any:  # noqa: ANN401  # any tree
    """Return a tree with its tuples again; with its functions too where it comes from the judge, `runs`."""
    if isinstance(value, dict):
        if value.keys() == {TUPLE} and isinstance(value[TUPLE], list):
            return tuple(unpacked(item, runs=runs) for item in value[TUPLE])
        if runs and stands_for_one(value):
            return unpacked_function(value, partial(unpacked, runs=True))
        return {key: unpacked(item, runs=runs) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [unpacked(item, runs=runs) for item in value]
    return value


def written_into(before: Any, after: Any) -> Any:  # noqa: ANN401  # packed arguments
    """Return what a call made of its arguments where it changed any, packed; None where it changed none.

    Args:
        before: The arguments as they were sent.
        after: The same, as the call left them.
    """
    after = packed(after)
    return None if _alike(before, after) else after


def _alike(left: Any, right: Any) -> bool:  # noqa: ANN401  # packed trees
    if callable(right) or (isinstance(left, dict) and stands_for_one(left)):
        return True
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_alike(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_alike, left, right))
    if hasattr(left, "tobytes") and hasattr(right, "tobytes"):
        same_form = (left.shape, left.dtype) == (right.shape, right.dtype)
        return bool(same_form and left.tobytes() == right.tobytes())
    return type(left) is type(right) and bool(left == right or left != left)  # noqa: PLR0124  # NaN


def write_back(argument: Any, value: Any) -> None:  # noqa: ANN401  # any tree, and what it became
    """Make a list, dict or array of a test what a call made of it, and of what is in it; anything else stays."""
    if isinstance(argument, list) and isinstance(value, list):
        if len(argument) == len(value):
            for place, item in enumerate(value):
                argument[place] = _written(argument[place], item)
        else:
            argument[:] = value
    elif isinstance(argument, dict) and isinstance(value, dict):
        kept = {key: _written(argument[key], item) if key in argument else item for key, item in value.items()}
        argument.clear()
        argument.update(kept)
    elif isinstance(argument, tuple) and isinstance(value, tuple) and len(argument) == len(value):
        for one, other in zip(argument, value, strict=True):
            write_back(one, other)
    elif hasattr(argument, "tobytes") and getattr(value, "shape", None) == getattr(argument, "shape", ()) != ():
        argument[...] = value


def _written(argument: Any, value: Any) -> Any:  # noqa: ANN401  # see above
    """Return an item as it is afterwards: itself, written into, where it is of the same kind."""
    is_mutable = isinstance(argument, list | dict | tuple) or getattr(argument, "shape", ()) != ()
    if is_mutable and type(argument) is type(value) and getattr(argument, "shape", 0) == getattr(value, "shape", 0):
        write_back(argument, value)
        return argument
    return value
