"""What the variables held where an exception came up, in a word or two each. No line of the student's runs for it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from types import GetSetDescriptorType, TracebackType
from typing import Any, Final, cast

import numpy as np

MOST: Final = 40  # variables of a place: those that are told are chosen by who knows the line
MAX_CHARACTERS: Final = 60  # of a name or a value
_SCALARS: Final = tuple(set(np.sctypeDict.values()))
_ANCESTORS: Final = type.__dict__["__mro__"].__get__  # a class of the student's may answer what it likes
_NAMESPACE: Final = type.__dict__["__dict__"].__get__


def variables_at(traceback: TracebackType | None, sources: Mapping[str, str]) -> list[list[str]]:
    """List names and what they held in the deepest frame of the submission, as far as that can be described."""
    frame = None
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename in sources:
            frame = traceback.tb_frame
        traceback = traceback.tb_next
    if frame is None or frame.f_code.co_name == "<module>":
        return []
    held = frame.f_locals
    rows = [[name, described(value)] for name, value in [*held.items(), *_attributes(held.get("self"))]]
    return [[name[:MAX_CHARACTERS], text[:MAX_CHARACTERS]] for name, text in rows if text][:MOST]


def _attributes(owner: object) -> Iterator[tuple[str, object]]:
    """List what an object holds itself, unless its class says what that is."""
    for ancestor in _ANCESTORS(type(owner)):
        own = _NAMESPACE(ancestor).get("__dict__")
        if own is not None and type(own) is not GetSetDescriptorType:
            return
    try:
        held = object.__getattribute__(owner, "__dict__")
    except AttributeError:
        return
    yield from ((f"self.{name}", value) for name, value in held.items() if type(name) is str)


def described(value: object) -> str:
    """Describe a number, None, an array or a tensor; empty for anything else. Of subclasses nothing is asked."""
    torch: Any = sys.modules.get("torch")
    if value is None or _is_of(value, (bool, int, float)):
        return str(value) if type(value) is not int or abs(value) < 10**MAX_CHARACTERS else "a long integer"
    if type(value) is np.ndarray:
        array = cast("np.ndarray", value)
        return f"an array of shape {array.shape}, {array.dtype.name}"
    if _is_of(value, _SCALARS):
        return str(value)
    if torch is not None and _is_of(value, (torch.Tensor, torch.nn.Parameter)):
        return f"a tensor of shape {tuple(cast('Any', value).shape)}"
    if _is_of(value, (list, tuple, dict)):
        return f"a {type(value).__name__} of {len(cast('list[Any]', value))}"
    return ""


def _is_of(value: object, kinds: tuple[type, ...]) -> bool:
    """Return whether a value is of one of these types, and of no subclass; a class may define what equals it."""
    return any(type(value) is kind for kind in kinds)
