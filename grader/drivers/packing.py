"""Values on their way between a test and a submission, and what a call wrote into its arguments.

What is sent has lists and dicts alone, and tests may tell them from tuples and sets; they may also look at an argument
after the call.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Hashable, Iterator
from functools import partial
from itertools import islice
from math import prod
from types import ModuleType
from typing import Any, Final

import numpy as np

from grader.drivers.functions import packed_function, stands_for_one, unpacked_function

TUPLE: Final = "()"
SET: Final = "{}"
COMPLEX: Final = "1j"
ITERATOR: Final = "iter"
ITEMS: Final = "{:}"
SCALAR: Final = "[()]"
LONG: Final = "0x"
ELLIPSIS: Final = "..."
TENSOR: Final = "tensor"
ITEMS_OF_ARRAY: Final = "[,]"
OWN: Final = "own()"
"""The keys of dicts that stand for what cannot be sent as it is."""
MOST_ITEMS: Final = 15_000  # of an iterator; of one that goes on the first are sent, since it may have no end
FIRST_ITEMS: Final = 1_000
BITS: Final = 63  # of a whole number that is sent as it is
MOST_DIGITS: Final = 10_000


class Own:
    """What stands for functions, classes and objects of the submission in arguments, for one call in the worker.

    Args:
        load: Returns what a target of the submission is.
    """

    def __init__(self, load: Callable[[str], Any]) -> None:
        self._load = load
        self._given: list[tuple[Any, Any]] = []  # what was made, and what stood for it

    def made(self, value: dict[str, Any]) -> Any:  # noqa: ANN401  # anything of the submission
        """Return what a dict stands for: a name of the submission, or an object, made and taken through its steps."""
        target, *of_object = value[OWN]
        found = self._load(target) if not of_object else replayed(self, target, *of_object)[0]
        self._given.append((found, value))
        return found

    def stands_for(self, value: Any) -> Any:  # noqa: ANN401  # any value
        """Return what stood for a value that was made here, else None."""
        return next((stood for found, stood in self._given if found is value), None)

    def load(self, target: str) -> Any:  # noqa: ANN401  # anything of the submission
        """Return what a target of the submission is."""
        return self._load(target)


def replayed(own: Own, target: str, init: list[Any], steps: list[Any]) -> tuple[Any, Any]:
    """Make an object and do steps to it; return it, and what the last of them gave.

    A step that raises is passed over where others follow: the test went on after an error that it expected.

    Args:
        own: What arguments of steps may stand for.
        target: The class.
        init: What it is made with: positional and keyword arguments, packed.
        steps: Each its kind ("set", "call" or "read"), a name, and packed arguments of both sorts.
    """
    made = own.load(target)(*unpacked(init[0], runs=True, own=own), **unpacked(init[1], runs=True, own=own))
    last = None
    for number, (kind, name, args, kwargs) in enumerate(steps, start=1):
        given = unpacked(args, runs=True, own=own)
        try:
            if kind == "set":
                setattr(made, name, given[0])
            else:
                last = getattr(made, name)
                last = last(*given, **unpacked(kwargs, runs=True, own=own)) if kind == "call" else last
        except NotImplementedError:
            raise
        except Exception:
            if number == len(steps):
                raise
    return made, last


def packed(value: Any, *, runs: bool = False, own: Own | None = None) -> Any:  # noqa: ANN401  # any tree
    """Return a tree in which a dict stands for what cannot be sent as it is.

    That is each tuple, set, range, generator, complex number and dict with other keys than texts; on its way to the
    worker, `runs`, each function as well, and what a test has of the submission itself.
    """
    stood = own.stands_for(value) if own is not None else None
    if stood is None and runs:
        stands = getattr(type(value), "stands_for_own", None)  # of the judge's side, in `grader.authoring.imported`
        stood = stands(value) if stands is not None else None
    if stood is not None:
        return stood
    inside = partial(packed, runs=runs, own=own)
    match value:
        case tuple():
            return {TUPLE: [*map(inside, value)]}
        case list():
            return [*map(inside, value)]
        case set() | frozenset():
            return {SET: [*map(inside, sorted(value, key=repr))]}
        case int() if value.bit_length() > BITS:
            return {LONG: hex(value)}
        case _ if value is ...:
            return {ELLIPSIS: []}
        case complex():
            return {COMPLEX: [value.real, value.imag]}
        case range() | Iterator():
            items = [*islice(value, MOST_ITEMS + 1)]
            items = items if len(items) <= MOST_ITEMS else items[:FIRST_ITEMS]
            return {ITERATOR: [*map(inside, items)], "again": isinstance(value, range)}
        case dict():
            if all(isinstance(key, str) for key in value):
                return {key: inside(item) for key, item in value.items()}
            return {ITEMS: [[inside(key), inside(item)] for key, item in value.items()]}
    if hasattr(value, "dtype") and (found := _packed_array(value, inside)) is not None:
        return found
    if hasattr(value, "dtype") and hasattr(value, "tobytes") and not hasattr(value, "__setitem__"):
        return {SCALAR: value}  # of numpy, which is a float to a test where it is float64
    if runs and (callable(value) or isinstance(value, ModuleType)):
        stands = packed_function(value, inside)
        return value if stands is None else stands
    return value


def _packed_array(value: Any, inside: Callable[[Any], Any]) -> dict[str, Any] | None:  # noqa: ANN401  # see above
    """Return what stands for a tensor of PyTorch, or for an array of texts or objects; None for any other."""
    if hasattr(value, "requires_grad"):
        try:
            return {TENSOR: value.detach().cpu().numpy(), "grad": bool(value.requires_grad)}
        except (TypeError, RuntimeError):  # numpy has no such numbers, or no such layout
            return None
    if not isinstance(value, np.ndarray | np.generic) or value.dtype.kind not in {"U", "O"}:
        return None
    items = [inside(str(item) if value.dtype.kind == "U" else item) for item in value.reshape(-1)]
    return {ITEMS_OF_ARRAY: items, "shape": [*value.shape], "kind": value.dtype.kind}


def _unpacked_array(items: list[Any], shape: list[Any], kind: str) -> Any:  # noqa: ANN401  # an array, or a text
    """Return the array of texts or objects that items stand for; a list where they do not fill that shape."""
    is_form = all(type(one) is int and one >= 0 for one in shape) and prod(shape) == len(items)
    if not is_form or (kind == "U" and not all(isinstance(item, str) for item in items)):
        return items
    made = np.empty(len(items), object)
    made[:] = items
    return (made.astype(str) if kind == "U" else made).reshape(shape)[()]


def unpacked(value: Any, *, runs: bool = False, own: Own | None = None) -> Any:  # noqa: ANN401  # any tree
    """Return a tree as it was before `packed`; with its functions where it comes from the judge, `runs`."""
    inside = partial(unpacked, runs=runs, own=own)
    if isinstance(value, list | tuple):
        return [*map(inside, value)]
    if not isinstance(value, dict):
        return value.copy() if runs and hasattr(value, "tobytes") else value  # a call may write into it
    if runs and own is not None and value.keys() == {OWN}:
        return own.made(value)
    if runs and stands_for_one(value):
        return unpacked_function(value, inside)
    match value:
        case {"()": [*items], **rest} if not rest:
            return tuple(map(inside, items))
        case {"{}": [*items], **rest} if not rest:
            return {_hashable(inside(item)) for item in items}
        case {"0x": str() as digits, **rest} if not rest and _is_long(digits):
            return int(digits, 16)
        case {"...": [], **rest} if not rest:
            return ...
        case {"1j": [int() | float() as real, int() | float() as imaginary], **rest} if not rest:
            return complex(real, imaginary)
        case {"[()]": scalar, **rest} if not rest and getattr(scalar, "shape", None) == ():
            return scalar[()]
        case {"tensor": array, "grad": bool() as grad, **rest} if not rest and hasattr(array, "tobytes"):
            return _tensor(array, grad)
        case {"[,]": [*items], "shape": [*shape], "kind": "U" | "O" as kind, **rest} if not rest:
            return _unpacked_array([*map(inside, items)], shape, kind)
        case {"iter": [*items], "again": bool() as again}:
            return [*map(inside, items)] if again else iter([*map(inside, items)])
        case {"{:}": [*items], **rest} if not rest and all(isinstance(one, list) and len(one) == 2 for one in items):
            return {_hashable(inside(key)): inside(item) for key, item in items}
    return {key: inside(item) for key, item in value.items()}


def _is_long(digits: str) -> bool:
    return len(digits) <= MOST_DIGITS and re.fullmatch(r"-?0x[0-9a-f]+", digits) is not None


def _tensor(array: np.ndarray, grad: bool) -> Any:  # noqa: ANN401, FBT001  # a tensor, or the array without PyTorch
    torch = sys.modules.get("torch")
    return array if torch is None else torch.from_numpy(array.copy()).requires_grad_(grad and array.dtype.kind in "fc")


def _hashable(value: Any) -> Any:  # noqa: ANN401  # what a submission may have sent for a key
    return value if isinstance(value, Hashable) else repr(value)


def written_into(before: Any, after: Any, own: Own | None = None) -> Any:  # noqa: ANN401  # packed arguments
    """Return what a call made of its arguments where it changed any, packed; None where it changed none.

    Args:
        before: The arguments as they were sent.
        after: The same, as the call left them.
        own: What of the submission is in them, which is taken for unchanged.
    """
    after = packed(after, runs=True, own=own)
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
    elif hasattr(argument, "requires_grad") and getattr(value, "shape", None) == argument.shape:
        argument.detach().copy_(value)
    elif hasattr(argument, "tobytes") and getattr(value, "shape", None) == getattr(argument, "shape", ()) != ():
        argument[...] = value


def _written(argument: Any, value: Any) -> Any:  # noqa: ANN401  # see above
    """Return an item as it is afterwards: itself, written into, where it is of the same kind."""
    is_mutable = isinstance(argument, list | dict | tuple) or getattr(argument, "shape", ()) != ()
    if is_mutable and type(argument) is type(value) and getattr(argument, "shape", 0) == getattr(value, "shape", 0):
        write_back(argument, value)
        return argument
    return value
