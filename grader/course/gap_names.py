"""Name what is still to be written where a submission was found to be unwritten. Reads the text alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from grader.model.python_tree import python_tree

_PART: Final = re.compile(r"TODO\((\w{1,8})\)|NotImplementedError\(\s*[frb]?[\"'](\w{1,8}):")


@dataclass(frozen=True, slots=True)
class UnwrittenFunction:
    """A function that is left to be written: its name within its file, the part that asks for it, if told, and a line.

    The line is that of the first mark of what is to be written, else that of the definition.
    """

    name: str
    part: str
    line: int


@dataclass(frozen=True, slots=True)
class DefinedFunction:
    """A function of a module: its name within it, its first line, that of its `def`, and its last."""

    name: str
    first: int
    line: int
    last: int


@lru_cache(maxsize=64)
def defined_functions(source: str) -> tuple[DefinedFunction, ...]:
    """List the functions of a module and the methods of its classes; none where it is no Python."""
    return tuple(_functions(python_tree(source).body, ""))


@lru_cache(maxsize=64)
def unwritten_function(source: str, line: int) -> UnwrittenFunction | None:
    """Find the function around a line of a module; None where there is none, or the module is no Python."""
    found = [one for one in defined_functions(source) if one.first <= line <= one.last]
    if not found:
        return None
    name, first, last = found[-1].name, found[-1].first, found[-1].last
    for number, text in enumerate(source.split("\n")[first - 1 : last], start=first):
        if match := _PART.search(text):
            return UnwrittenFunction(name, match[1] or match[2], number)
    return UnwrittenFunction(name, "", first)


def _functions(body: Sequence[ast.stmt], prefix: str) -> Iterator[DefinedFunction]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _functions(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            yield DefinedFunction(f"{prefix}{node.name}", first, node.lineno, node.end_lineno or node.lineno)
