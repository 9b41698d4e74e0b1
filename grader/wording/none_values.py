"""What a failing line found to be None, or empty, and which method was to leave something there. Pure.

Python says "cannot unpack non-iterable NoneType object", which names neither. What is said here comes from the source
text; what a worker told of its variables only chooses among the names that stand at the line.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final, TypeAlias

from grader.model.python_tree import python_tree

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

NONE: Final = "None"
EMPTY: Final = frozenset({"a dict of 0", "a list of 0", "a tuple of 0"})
FORWARD: Final = ("forward", "__call__")  # what runs before every other method of a layer
MAKING: Final = frozenset({"__init__", "__new__", "__post_init__", "reset", "zero_grad", *FORWARD})
_LOOKING_UP: Final = frozenset({"KeyError", "IndexError", "ValueError"})
MOST_CHARACTERS: Final = 40  # of a name
_LACKS: Final = re.compile(r"'(\w+)' object has no attribute '(\w+)'")


def none_note(exception: str, text: str, source: str, line: int, variables: Mapping[str, str]) -> str:
    """Say what was None or empty at a line: `forward left no cache: self.cache is None`; empty where that is not known.

    Args:
        exception: The class of the exception.
        text: What it says.
        source: The text of the file that raised.
        line: The line of it.
        variables: What names and attributes of `self` held there, as the worker describes it.
    """
    if NONE in text:
        wanted = frozenset({NONE})
    elif exception in _LOOKING_UP:
        wanted = EMPTY
    else:
        return ""
    found = _around(source, line)
    if found is None:
        return ""
    owner, function, statement = found
    for name in _loaded(statement):
        if variables.get(name) not in wanted or len(name) > MOST_CHARACTERS:
            continue
        if name.startswith("self."):
            return _attribute(name, owner, function, wanted)
        return _local(name, owner, function, statement, variables, wanted)
    return ""


def left_out_note(text: str, source: str, line: int) -> str:
    """Say which method left out an attribute that Python misses at a line: `forward left no cache: `; else empty."""
    lacking = _LACKS.fullmatch(text)
    found = _around(source, line) if lacking is not None else None
    if lacking is None or found is None:
        return ""
    owner, function, statement = found
    called = {f"{_dotted(node.func)}" for node in ast.walk(statement) if isinstance(node, ast.Call)}
    name = f"self.{lacking[2]}"
    if owner is None or owner.name != lacking[1] or name in called or name not in _loaded(statement):
        return ""
    before = _runs_before(owner, function)
    return f"{before} left no {lacking[2]}: " if before else ""


def _runs_before(owner: ast.ClassDef, function: Function) -> str:
    """Name the method of a class that runs before another one of it; empty where there is none."""
    methods = {one.name for one in owner.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
    return next((one for one in FORWARD if one in methods and function.name not in MAKING), "")


def _is_taken_back(attribute: str, owner: ast.ClassDef) -> bool:
    """Return whether a method that runs after the forward pass sets an attribute itself: it may have emptied it."""
    later = (one for one in owner.body if isinstance(one, ast.FunctionDef) and one.name not in MAKING)
    return any(
        isinstance(node, ast.Attribute) and node.attr == attribute and not isinstance(node.ctx, ast.Load)
        for method in later
        for node in ast.walk(method)
    )


def _attribute(name: str, owner: ast.ClassDef | None, function: Function, wanted: frozenset[str]) -> str:
    """Word that an attribute holds nothing; a class with a forward pass was to leave it there."""
    is_none = NONE in wanted
    said = f"{name} is None" if is_none else f"{name} is empty"
    before = "" if owner is None else _runs_before(owner, function)
    attribute = name.removeprefix("self.")
    if owner is None or not before or _is_taken_back(attribute, owner):
        return said
    return f"{before} left no {attribute}: {said}" if is_none else f"{before} left nothing in {attribute}: {said}"


def _local(
    name: str,
    owner: ast.ClassDef | None,
    function: Function,
    statement: ast.stmt,
    variables: Mapping[str, str],
    wanted: frozenset[str],
) -> str:
    """Word that a variable holds nothing, by what it was set to last before the statement."""
    said = f"{name} is None" if NONE in wanted else f"{name} is empty"
    value = _last_value(name, function, statement.lineno)
    if isinstance(value, ast.Attribute) and (dotted := _dotted(value)):
        if variables.get(dotted) in wanted and len(dotted) <= MOST_CHARACTERS:
            return _attribute(dotted, owner, function, wanted)
        return said
    called = _dotted(value.func) if isinstance(value, ast.Call) and NONE in wanted else ""
    return f"{said}, which {called} returned" if 0 < len(called) <= MOST_CHARACTERS else said


def _last_value(name: str, function: Function, line: int) -> ast.expr | None:
    """Return what a name was set to last above a line, where one assignment says it."""
    value: ast.expr | None = None
    for node in ast.walk(function):
        if isinstance(node, ast.AnnAssign) and node.lineno < line and _is(node.target, name):
            value = node.value
        if not isinstance(node, ast.Assign) or node.lineno >= line:
            continue
        for target in node.targets:
            if _is(target, name):
                value = node.value
            elif isinstance(target, ast.Tuple | ast.List) and isinstance(node.value, ast.Tuple | ast.List):
                pairs = zip(target.elts, node.value.elts, strict=False)
                value = next((one for place, one in pairs if _is(place, name)), value)
    return value


def _is(target: ast.expr, name: str) -> bool:
    return isinstance(target, ast.Name) and target.id == name


def _loaded(statement: ast.stmt) -> Iterator[str]:
    """List the names and the attributes of `self` that a statement reads; of a block, its first line alone."""
    parts: list[ast.AST] = [statement]
    if isinstance(statement, ast.For | ast.AsyncFor):
        parts = [statement.iter]
    elif isinstance(statement, ast.If | ast.While):
        parts = [statement.test]
    elif isinstance(statement, ast.With | ast.AsyncWith):
        parts = [item.context_expr for item in statement.items]
    for part in parts:
        for node in ast.walk(part):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
                yield f"self.{node.attr}"
            elif isinstance(node, ast.Name) and node.id != "self":
                yield node.id


def _dotted(node: ast.expr) -> str:
    """Return `self.cache` or `im2col`; empty where a name is not all that it is."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := _dotted(node.value)):
        return f"{before}.{node.attr}"
    return ""


@lru_cache(maxsize=64)
def _around(source: str, line: int) -> tuple[ast.ClassDef | None, Function, ast.stmt] | None:
    """Find the class, the function and the statement around a line; None where it lies in no function."""
    found: tuple[ast.ClassDef | None, Function] | None = None
    statement: ast.stmt | None = None
    owner: ast.ClassDef | None = None
    body: list[ast.stmt] = python_tree(source).body
    while body:
        at = next((node for node in body if node.lineno <= line <= (node.end_lineno or node.lineno)), None)
        if at is None:
            break
        if isinstance(at, ast.ClassDef):
            owner = at
        elif isinstance(at, ast.FunctionDef | ast.AsyncFunctionDef):
            found = owner, at
        else:
            statement = at
        body = list(_blocks(at))
    return None if found is None or statement is None else (*found, statement)


def _blocks(statement: ast.stmt) -> Iterator[ast.stmt]:
    """List the statements that stand inside of another, in order."""
    for name in ("body", "handlers", "orelse", "finalbody"):
        for one in getattr(statement, name, ()):
            yield from one.body if isinstance(one, ast.ExceptHandler) else [one]
