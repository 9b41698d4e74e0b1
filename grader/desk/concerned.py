"""Which checks a file of a submission concerns, as far as drivers and first calls tell. It decides an order alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from grader.model.python_tree import python_tree
from grader.sandbox import protocol


def concerned(calls: Mapping[str, Sequence[bytes]], drivers: str, sources: Mapping[str, str]) -> frozenset[str]:
    """Return the checks whose first calls name something that is defined in one of these files.

    Args:
        calls: By check, the driver calls that it makes first.
        drivers: The source of the drivers.
        sources: The files that changed, by path.
    """
    names = {name for path, source in sources.items() for name in _defined(path, source)}
    return frozenset(
        check for check, made in calls.items() if any(not names.isdisjoint(_words(call, drivers)) for call in made)
    )


def _words(call: bytes, drivers: str) -> frozenset[str]:
    message = protocol.decode(call)
    return _names_in(drivers, message.kind) | frozenset(_texts(message.body))


def _defined(path: str, source: str) -> Iterator[str]:
    """List the module's dotted name, and what it defines at its top."""
    yield path.removesuffix(".py").replace("/", ".")
    yield from (node.name for node in python_tree(source).body if isinstance(node, ast.ClassDef | ast.FunctionDef))


@lru_cache(maxsize=256)
def _names_in(drivers: str, driver: str) -> frozenset[str]:
    """List the texts and names in the body of a driver, and of the functions of its file that it calls."""
    functions = {node.name: node for node in ast.parse(drivers).body if isinstance(node, ast.FunctionDef)}
    pending, seen, names = [driver], set[str](), set[str]()
    while pending:
        name = pending.pop()
        if name in seen or name not in functions:
            continue
        seen.add(name)
        for node in ast.walk(functions[name]):
            match node:
                case ast.Name(id=found):
                    names.add(found)
                    pending.append(found)
                case ast.Constant(value=str() as text):
                    names |= set(text.split(":"))
    return frozenset(names)


def _texts(value: object) -> Iterator[str]:
    """List the texts within a value."""
    pending = [value]
    while pending:
        match pending.pop():
            case str() as text:
                yield from text.split(":")
            case dict() as table:
                pending += table.values()
            case list() | tuple() as items:
                pending += items
