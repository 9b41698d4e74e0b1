"""Find the modules that lie beside a solution and that it imports: students are given them as they are."""

from __future__ import annotations

import ast
from pathlib import Path


def provided_beside(path: Path, solution: str) -> dict[str, str]:
    """Return the modules beside a solution that it imports, directly or by another, by their paths there."""
    found: dict[str, str] = {}
    texts = [solution]
    while texts:
        for name in _imported(texts.pop()):
            place = Path(*name.split("."))
            for file in (place.with_suffix(".py"), place / "__init__.py"):
                beside = path.parent / file
                if beside.is_file() and beside != path and file.as_posix() not in found:
                    found[file.as_posix()] = beside.read_text(encoding="utf-8-sig")
                    texts.append(found[file.as_posix()])
    return found


def _imported(text: str) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [part for name in names for part in _parents(name)]


def _parents(name: str) -> list[str]:
    """Return a dotted name after the packages that it lies in."""
    steps = name.split(".")
    return [".".join(steps[:count]) for count in range(1, len(steps) + 1)]
