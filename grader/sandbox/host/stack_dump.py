"""Where a worker's code is when its time is up, as `faulthandler` writes it in the worker when it is signalled.

No line of Python runs for that in the worker, so that an endless loop does not keep it from answering. A submission can
reach the handler, or write what it likes where the judge reads: the dump is evidence of where to look, never a verdict.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from grader.model.observation import Frame
from grader.model.python_tree import python_tree

MAX_DUMP_BYTES: Final = 1 << 16
DUMP_SECONDS: Final = 0.2  # for the whole dump; it takes a thousandth of that
DUMP_QUIET_SECONDS: Final = 0.05  # with nothing more written, the dump is whole
_ENTRY: Final = re.compile(rb'^  File "([^"\n]{1,400})", line (\d{1,6}) in (\S{1,200})$', re.MULTILINE)


def frames_in(dump: bytes) -> tuple[Frame, ...]:
    """Read the frames of a dump, outermost first; lines of any other form are passed over."""
    found = [
        Frame(file.decode("ascii", "replace"), int(line), function.decode("ascii", "replace"))
        for file, line, function in _ENTRY.findall(dump[:MAX_DUMP_BYTES])
    ]
    return tuple(reversed(found))


def at_the_loop(frames: Sequence[Frame], sources: Mapping[str, str]) -> tuple[Frame, ...]:
    """Cut frames, outermost first, behind the deepest one that is in a loop, and name the line where that loop begins.

    Which line of an endless loop, and which function that it calls, runs as time is up is chance. A `while` comes
    before a `for`, which seldom is without end.
    """
    for kind in (ast.While, ast.For):
        for place in reversed(range(len(frames))):
            frame = frames[place]
            around = [
                first
                for of_kind, first, last in _loops(sources.get(frame.file, ""))
                if of_kind is kind and first <= frame.line <= last
            ]
            if around:
                return (*frames[:place], replace(frame, line=max(around)))
    return tuple(frames)


@lru_cache(maxsize=16)
def _loops(source: str) -> tuple[tuple[type[ast.AST], int, int], ...]:
    """List the loops of a module, by kind, with the first and the last line of each."""
    return tuple(
        (type(node), node.lineno, node.end_lineno or node.lineno)
        for node in ast.walk(python_tree(source))
        if isinstance(node, ast.While | ast.For)
    )
