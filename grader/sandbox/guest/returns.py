"""What the functions of a submission gave back to the course's own code, as words: `a tensor of shape (3,)`.

Asked for where the course's code fails on it. The reference is asked as well, for what is expected there.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType
from typing import Any, Final, cast

import numpy as np

NOT_GIVEN_BACK: Final = frozenset({"__init__", "__new__"})  # what a class makes, not what somebody asked a function for
MOST_RETURNS: Final = 1 << 12  # that are remembered of one call


@contextmanager
def returns_noted(files: Collection[str], note: Callable[[FrameType, object], None]) -> Iterator[None]:
    """Have it noted inside the block when a function that stands in one of these files returns: its frame and value."""

    def noted(frame: FrameType, event: str, value: object) -> None:
        code = frame.f_code
        # Without the flag it is the body of a module or a class.
        if event == "return" and code.co_filename in files and code.co_flags & inspect.CO_OPTIMIZED:
            note(frame, value)

    sys.setprofile(noted)
    try:
        yield
    finally:
        sys.setprofile(None)


class Returns:
    """What functions of a tree returned to callers in the course's files, in order: the function and the kind.

    Args:
        sources: The paths of the tree.
        own: Those of the course: drivers and provided files.
    """

    def __init__(self, sources: Collection[str], own: Collection[str]) -> None:
        self.seen: list[list[str]] = []
        self._theirs = frozenset(sources) - frozenset(own)
        self._own = frozenset(own)

    def watched(self) -> AbstractContextManager[None]:
        """Note what is returned inside the block."""
        return returns_noted(self._theirs, self._note)

    def _note(self, frame: FrameType, value: object) -> None:
        code = frame.f_code
        if code.co_name in NOT_GIVEN_BACK:
            return
        caller = frame.f_back
        while caller is not None and caller.f_code.co_filename not in self._own | self._theirs:
            caller = caller.f_back  # a library calls it for somebody
        if caller is not None and caller.f_code.co_filename in self._own and len(self.seen) < MOST_RETURNS:
            self.seen.append([code.co_filename, code.co_name, kind_of(value)])


def kind_of(value: object) -> str:
    """Format what kind of value something is, with its extent."""
    kind = type(value)
    if value is None:
        return "None"
    if isinstance(value, bool | int | float | np.number):
        return "a number"
    if isinstance(value, np.ndarray):
        return f"an array of shape {np.ndarray.__getattribute__(value, 'shape')}"
    if kind is list or kind is tuple:
        length = len(cast("list[object]", value))
        return f"a {kind.__name__} of {length} item{'' if length == 1 else 's'}"
    torch: Any = sys.modules.get("torch")
    if torch is not None and kind in {torch.Tensor, torch.nn.Parameter}:
        shape = tuple(cast("Any", value).shape)
        return f"a tensor of shape {shape}" if shape else "a tensor of one number"
    if kind is str or kind is dict:
        return "a string" if kind is str else "a dict"
    return f"an object of type {kind.__name__[:80]}"
