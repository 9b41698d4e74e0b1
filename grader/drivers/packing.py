"""Values on their way between a test and a submission, and what a call wrote into its arguments.

What is sent has lists and dicts alone, and tests may tell them from tuples and sets; they may also look at an argument
after the call.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from functools import partial
from itertools import islice
from types import ModuleType
from typing import Any, Final

from grader.drivers.functions import packed_function, stands_for_one, unpacked_function

TUPLE: Final = "()"
SET: Final = "{}"
COMPLEX: Final = "1j"
ITERATOR: Final = "iter"
ITEMS: Final = "{:}"
SCALAR: Final = "[()]"
"""The keys of dicts that stand for what cannot be sent as it is."""
MOST_ITEMS: Final = 100_000  # of an iterator, which may have no end


def packed(value: Any, *, runs: bool = False) -> Any:  # noqa: ANN401  # any tree
    """Return a tree in which a dict stands for what cannot be sent as it is.

    That is each tuple, set, range, generator, complex number and dict with other keys than texts; on its way to the
    worker, `runs`, each function as well.
    """
    inside = partial(packed, runs=runs)
    match value:
        case tuple():
            return {TUPLE: [*map(inside, value)]}
        case list():
            return [*map(inside, value)]
        case set() | frozenset():
            return {SET: [*map(inside, sorted(value, key=repr))]}
        case complex():
            return {COMPLEX: [value.real, value.imag]}
        case range() | Iterator():
            return {ITERATOR: [*map(inside, islice(value, MOST_ITEMS))], "again": isinstance(value, range)}
        case dict():
            if all(isinstance(key, str) for key in value):
                return {key: inside(item) for key, item in value.items()}
            return {ITEMS: [[inside(key), inside(item)] for key, item in value.items()]}
    if hasattr(value, "dtype") and hasattr(value, "tobytes") and not hasattr(value, "__setitem__"):
        return {SCALAR: value}  # of numpy, which is a float to a test where it is float64
    if runs and (callable(value) or isinstance(value, ModuleType)):
        stands = packed_function(value, inside)
        return value if stands is None else stands
    return value


def unpacked(value: Any, *, runs: bool = False) -> Any:  # noqa: ANN401  # any tree
    """Return a tree as it was before `packed`; with its functions where it comes from the judge, `runs`."""
    inside = partial(unpacked, runs=runs)
    if isinstance(value, list | tuple):
        return [*map(inside, value)]
    if not isinstance(value, dict):
        return value.copy() if runs and hasattr(value, "tobytes") else value  # a call may write into it
    if runs and stands_for_one(value):
        return unpacked_function(value, inside)
    match value:
        case {"()": [*items], **rest} if not rest:
            return tuple(map(inside, items))
        case {"{}": [*items], **rest} if not rest:
            return {_hashable(inside(item)) for item in items}
        case {"1j": [int() | float() as real, int() | float() as imaginary], **rest} if not rest:
            return complex(real, imaginary)
        case {"[()]": scalar, **rest} if not rest and getattr(scalar, "shape", None) == ():
            return scalar[()]
        case {"iter": [*items], "again": bool() as again}:
            return [*map(inside, items)] if again else iter([*map(inside, items)])
        case {"{:}": [*items], **rest} if not rest and all(isinstance(one, list) and len(one) == 2 for one in items):
            return {_hashable(inside(key)): inside(item) for key, item in items}
    return {key: inside(item) for key, item in value.items()}


def _hashable(value: Any) -> Any:  # noqa: ANN401  # what a submission may have sent for a key
    return value if isinstance(value, Hashable) else repr(value)


def written_into(before: Any, after: Any) -> Any:  # noqa: ANN401  # packed arguments
    """Return what a call made of its arguments where it changed any, packed; None where it changed none.

    Args:
        before: The arguments as they were sent.
        after: The same, as the call left them.
    """
    after = packed(after, runs=True)
    return None if alike(before, after) else after


def alike(left: Any, right: Any) -> bool:  # noqa: ANN401  # packed trees
    """Return whether two packed trees stand for the same values, bit by bit; functions are taken for unchanged."""
    if callable(right) or (isinstance(left, dict) and stands_for_one(left)):
        return True
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(alike(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(alike, left, right))
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
