"""Refuse the calls of functions that gave no answer before: who waits at the desk need not wait for them again."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import FrameType

from grader.errors import BarredError


def refuse_calls(functions: Iterable[tuple[str, int]]) -> None:
    """Have `BarredError` raised where one of these functions is called, until `sys.setprofile(None)`.

    Args:
        functions: Each by its file and the first line of its definition.
    """
    barred = frozenset((file, line) for file, line in functions)

    def refuse(frame: FrameType, event: str, _value: object) -> None:
        place = frame.f_code.co_filename, frame.f_code.co_firstlineno
        if event == "call" and place in barred:
            raise BarredError(*place)

    sys.setprofile(refuse)
