"""Packages that an assignment asks for and that are not installed here: what needs none of them converts."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import Final

from grader.lint.imported.notebook import CODE, Cell, parses, plain
from grader.lint.imported.shared_names import bound_by, used_first

LACKING: Final = re.compile(r"name '(\w+)' is not defined|defines no (\w+)|No module named '(\w+)")


def absent_packages(texts: Iterable[str], own: Collection[str]) -> dict[str, str]:
    """Return the names that imports of packages bind that are not here, each with its package.

    Args:
        texts: Code that imports.
        own: Modules of the assignment itself.
    """
    nodes = (one for text in texts for one in ast.walk(ast.parse(text)))
    bound = {name: top for node in nodes for top, name in _imported(node)}
    here = {top for top in {*bound.values()} if top in own or find_spec(top) is not None}
    return {name: top for name, top in bound.items() if top not in here}


def _imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield the packages that a statement imports, each with the name that it binds."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            top = alias.name.partition(".")[0]
            yield top, alias.asname or top
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        for alias in node.names:
            yield node.module.partition(".")[0], alias.asname or alias.name


def without_imports(text: str, packages: frozenset[str]) -> str:
    """Return code without the imports of some packages; statements that import one of them and others keep these."""
    if not packages:
        return text
    lines = text.splitlines()
    for node in sorted(_imports(text), key=lambda one: -one.lineno):
        tops = [top for top, _ in _imported(node)]
        if not packages & {*tops}:
            continue
        kept = [alias for alias, top in zip(node.names, tops, strict=True) if top not in packages]
        left = ast.unparse(ast.Import(kept)) if kept else "pass"
        first, last = lines[node.lineno - 1], lines[(node.end_lineno or node.lineno) - 1]
        lines[node.lineno - 1 : node.end_lineno] = [first[: node.col_offset] + left + last[node.end_col_offset :]]
    return "\n".join(lines) + ("\n" if text.endswith("\n") else "")


def _imports(text: str) -> list[ast.Import | ast.ImportFrom]:
    return [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)]


def needing(blocks: Sequence[str], absent: dict[str, str]) -> dict[int, str]:
    """Return which blocks of code need a package that is not here, also by names that other such blocks bind.

    Args:
        blocks: Code, each block of it kept or left out as a whole.
        absent: The names of such packages; those that can no longer be bound are added.
    """
    used, bound = [used_first(block) for block in blocks], [bound_by(block) for block in blocks]
    found: dict[int, str] = {}
    while True:
        new = {
            number: absent[min(used[number] & absent.keys())]
            for number in range(len(blocks))
            if number not in found and used[number] & absent.keys()
        }
        if not new:
            return found
        found |= new
        kept = {name for number, names in enumerate(bound) if number not in found for name in names}
        absent |= {name: package for number, package in new.items() for name in bound[number] - kept}


def without_needing_cells(cells: Sequence[Cell], absent: dict[str, str]) -> tuple[list[Cell], list[str]]:
    """Return cells without those of code that need what is not here, and say which were left out."""
    packages = frozenset(absent.values())
    kept = [
        replace(cell, text=without_imports(plain(cell.text), packages))
        if cell.kind == CODE and parses(plain(cell.text))
        else cell
        for cell in cells
    ]
    blocks = [cell.text if cell.kind == CODE and parses(cell.text) else "" for cell in kept]
    left = needing(blocks, absent)
    told = [f"cell {kept[number].number}: left out: it needs {package}" for number, package in left.items()]
    return [cell for number, cell in enumerate(kept) if number not in left], told


def without_needing_lines(text: str, absent: dict[str, str]) -> tuple[str, list[str]]:
    """Return a module without the statements at its top that need what is not here, and say which were left out."""
    text = without_imports(text, frozenset(absent.values()))
    nodes, lines = ast.parse(text).body, text.splitlines()
    left = needing([ast.unparse(node) for node in nodes], absent)
    told = []
    for number in sorted(left, reverse=True):
        first = min([nodes[number].lineno, *(one.lineno for one in getattr(nodes[number], "decorator_list", ()))])
        del lines[first - 1 : nodes[number].end_lineno]
        told.append(f"line {first}: left out: it needs {left[number]}")
    return "\n".join(lines) + "\n", told[::-1]


def reason_of(fault: str, absent: Mapping[str, str]) -> str:
    """Return that a test needs a package that is not here, where that is its fault; the fault itself elsewhere."""
    for found in LACKING.finditer(fault):
        name = next(filter(None, found.groups()))
        if package := absent.get(name, name if name in absent.values() else ""):
            return f"it needs {package}, which is not installed here"
    return fault
