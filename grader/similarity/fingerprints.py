"""Fingerprints of a submission's code: the shapes of all parts of its syntax tree that are large enough to tell.

Names, comments, docstrings, annotations, what stands in texts, spaces and the order of functions make no difference.
Runs nothing of it.

Source: Baxter, Yahin, Moura, Sant'Anna, Bier: Clone detection using abstract syntax trees, ICSM 1998.
"""

from __future__ import annotations

import ast
import textwrap
import warnings
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

from grader.model.python_tree import MALFORMED

NODES: Final = 14
"""So many nodes of the tree are the least that is noticed: about one assignment with a call in it."""

MOST_DEEP: Final = 50  # blocks in each other, where a file is no Python
_UNTOLD: Final = frozenset({"annotation", "returns", "ctx", "type_comment", "type_ignores"})

Place: TypeAlias = tuple[str, int, int]
"""A path, and the first and the last line there."""


@dataclass(slots=True)
class Fingerprints:
    """What one handed in, and where each of its shapes stands."""

    who: str
    files: Mapping[str, str]
    shapes: dict[int, list[Place]]

    def leave_out(self, numbers: set[int]) -> None:
        """Forget shapes that tell nothing."""
        self.shapes = {number: places for number, places in self.shapes.items() if number not in numbers}


def fingerprints(who: str, files: Mapping[str, str]) -> Fingerprints:
    """Take the fingerprints of a submission; of a file that is no Python, those of its parts that are."""
    code = {path: text for path, text in sorted(files.items()) if path.endswith(".py")}
    shapes: dict[int, list[Place]] = {}
    for path, text in code.items():
        for tree, before in _trees(lines_of(text), 0):
            for number, first, last in _shapes(tree):
                shapes.setdefault(number, []).append((path, first + before, last + before))
    return Fingerprints(who, code, shapes)


def lines_of(text: str) -> list[str]:
    """Split a text into lines as Python numbers them: `str.splitlines` knows more ends of lines."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _trees(lines: list[str], before: int, deepest: int = MOST_DEEP) -> Iterator[tuple[ast.AST, int]]:
    """Parse lines, or else the blocks among them that can be parsed; with the count of lines before each."""
    text = textwrap.dedent("\n".join(lines))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes in a student's texts
            yield ast.parse(text), before
    except MALFORMED:
        rows = text.split("\n")
        starts = [place for place, row in enumerate(rows) if row and not row[0].isspace()]
        if len(starts) == 1 and starts[0] == 0:  # a block whose inside may be whole
            starts = [1]
        if deepest and len(rows) > 1:
            for start, stop in pairwise([*starts, len(rows)]):
                yield from _trees(rows[start:stop], before + start, deepest - 1)


def _shapes(tree: ast.AST) -> Iterator[tuple[int, int, int]]:
    """List the shapes of a tree's parts, each with its first and its last line."""
    order, waiting = [], [tree]
    while waiting:  # by hand: code may be nested deeper than calls may be
        node = waiting.pop()
        order.append((node, parts := list(_parts(node))))
        waiting += parts
    done: dict[int, tuple[int, int, int, int]] = {}
    for node, parts in reversed(order):
        inner = [done[id(part)] for part in parts]
        number = zlib.crc32(f"{_label(node)}({','.join(str(one[0]) for one in inner)})".encode())
        size = 1 + sum(one[1] for one in inner)
        lines = [one[2:] for one in inner if one[2]]
        own = getattr(node, "lineno", 0)
        first = min([*([own] if own else []), *(one[0] for one in lines)], default=0)
        last = max([getattr(node, "end_lineno", None) or 0, *(one[1] for one in lines)])
        done[id(node)] = number, size, first, last
        if size >= NODES and first:
            yield number, first, last


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    for name, value in ast.iter_fields(node):
        if name not in _UNTOLD:
            for part in value if isinstance(value, list) else [value]:
                if isinstance(part, ast.AST) and not _is_text_alone(part):
                    yield part


def _is_text_alone(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _label(node: ast.AST) -> str:
    if isinstance(node, ast.Constant):
        is_number = isinstance(node.value, int | float | complex)
        return f"{node.value!r}" if is_number else type(node.value).__name__
    return type(node).__name__
