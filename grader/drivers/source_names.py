"""Which names the files of a submission use, read from their text: nothing is executed."""

from __future__ import annotations

import ast
from collections.abc import Mapping


def names_used(sources: Mapping[str, str], path: str) -> set[str]:
    """List the dotted names that a file imports or reaches through a module, with those of the files it imports.

    A file that is not among the sources, text by path, or cannot be parsed uses nothing: importing it says why.
    """
    found: set[str] = set()
    pending, seen = [path], {path}
    while pending:
        here = pending.pop()
        names = _names_in(sources.get(here, ""), here.split("/")[:-1])
        found |= names
        modules = {module for name in names for module in (name, name.rpartition(".")[0])}
        files = {f"{module.replace('.', '/')}.py" for module in modules} & sources.keys()
        pending += files - seen
        seen |= files
    return found


def _names_in(source: str, package: list[str]) -> set[str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    return {name for node in ast.walk(tree) for name in _names_of(node, package)}


def _names_of(node: ast.AST, package: list[str]) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=module, names=names, level=level):
            start = [*package[: len(package) + 1 - level], *([module] if module else [])] if level else [module or ""]
            return [".".join((*start, alias.name)) for alias in names]
        case ast.Attribute():
            return [ast.unparse(node)]
    return []
