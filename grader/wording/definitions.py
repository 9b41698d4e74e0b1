"""Where a function or class stands that was called or asked for in the wrong way, and what was expected of it. Pure.

What is said comes from source texts alone, which hold nothing of a call's inputs.
"""

from __future__ import annotations

import ast
import builtins
import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from grader.model.python_tree import python_tree

MAX_SHOWN: Final = 100  # characters of a signature
MAX_LISTED: Final = 5  # methods of a class
CLOSE: Final = 0.7  # as alike as names have to be for one to be offered in place of the other
_CALLED_WRONGLY: Final = re.compile(r"([\w.]+)\(\) (?:takes|missing|got an unexpected|got multiple|got some) .*")
_LACKS_ATTRIBUTE: Final = re.compile(r"(?:type object |module )?'([\w.]+)'(?: object)? has no attribute '(\w+)'")
_UNDEFINED: Final = re.compile(r"name '(\w+)' is not defined")
_LIBRARY: Final[Mapping[str, object]] = {
    "numpy": np, "numpy.ndarray": np.ndarray, "list": list, "tuple": tuple, "dict": dict, "str": str, "set": set,
}  # fmt: skip


class Definition(NamedTuple):
    """A function or class of a file: its `shown` line is `def backward(self)`; a class has the `names` it sets."""

    file: str
    line: int
    shown: str
    names: tuple[str, ...]


def definition_note(
    text: str, sources: Mapping[str, str], asked: Mapping[str, str], file: str, located: Callable[[str, int], str]
) -> str:
    """Describe what a text of Python's is about: the definition, what was expected, and the name that was meant.

    Args:
        text: What the exception says.
        sources: The student's own files.
        asked: The signatures that the assignment asks for, by `file:dotted.name`.
        file: That of the line which raised, if it was the student's.
        located: Names a file and a line.

    Returns:
        The end of a sentence, with a blank before it; empty where there is nothing to say.
    """
    if found := _CALLED_WRONGLY.fullmatch(text):
        definition = _defined(found[1], sources)
        if definition is None:
            return ""
        wanted = asked.get(f"{definition.file}:{found[1]}", "")
        expected = f", expected {wanted}" if wanted and not definition.shown.endswith(wanted) else ""
        return f" ({located(definition.file, definition.line)}: {definition.shown}{expected})"
    if found := _LACKS_ATTRIBUTE.fullmatch(text):
        return _lacking(found[1], found[2], sources, asked, located)
    if found := _UNDEFINED.fullmatch(text):
        return _meant(found[1], (*_names_of(sources.get(file, "")), *dir(builtins)))
    return ""


def _lacking(
    owner: str, name: str, sources: Mapping[str, str], asked: Mapping[str, str], located: Callable[[str, int], str]
) -> str:
    if owner in _LIBRARY:
        return _meant(name, dir(_LIBRARY[owner]))
    definition = _defined(owner.rpartition(".")[2], sources)
    if definition is None:
        return ""
    wanted = asked.get(f"{definition.file}:{owner.rpartition('.')[2]}.{name}", "")
    expected = f", expected def {name}{wanted}" if wanted else ""
    has = f" defines {', '.join(definition.names[:MAX_LISTED])}" if definition.names else " defines nothing"
    where = located(definition.file, definition.line)
    return f" ({where}: {definition.shown}{has}{expected}){_meant(name, definition.names)}"


def _meant(name: str, names: tuple[str, ...] | list[str]) -> str:
    near = difflib.get_close_matches(name, [one for one in names if one != name], n=1, cutoff=CLOSE)
    return f". Did you mean: '{near[0]}'?" if near else ""


def _defined(name: str, sources: Mapping[str, str]) -> Definition | None:
    """Find the definition of a dotted name; None where no file has one, or several have."""
    found = [
        Definition(file, line, shown, names)
        for file, text in sources.items()
        for dotted, line, shown, names in _definitions(text)
        if dotted == name
    ]
    return found[0] if len(found) == 1 else None


@lru_cache(maxsize=32)
def _definitions(text: str) -> tuple[tuple[str, int, str, tuple[str, ...]], ...]:
    try:
        return tuple(_within(python_tree(text).body, ""))
    except RecursionError:
        return ()  # a default value that is nested too deeply to be written


def _within(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, int, str, tuple[str, ...]]]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            shown = f"def {node.name}({ast.unparse(node.args)})"
            yield f"{prefix}{node.name}", node.lineno, shown if len(shown) <= MAX_SHOWN else f"def {node.name}", ()
        elif isinstance(node, ast.ClassDef):
            methods = [one.name for one in node.body if isinstance(one, ast.FunctionDef)]
            names = tuple(name for name in methods if not name.startswith("__"))
            yield f"{prefix}{node.name}", node.lineno, f"class {node.name}", names
            yield from _within(node.body, f"{prefix}{node.name}.")


@lru_cache(maxsize=32)
def _names_of(text: str) -> tuple[str, ...]:
    """List the names that a file binds."""
    nodes = list(ast.walk(python_tree(text)))
    bound = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    bound |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    bound |= {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    bound |= {(node.asname or node.name).split(".")[0] for node in nodes if isinstance(node, ast.alias)}
    return tuple(sorted(bound))
