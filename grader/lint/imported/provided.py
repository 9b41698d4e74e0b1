"""Find what lies beside a solution and that it uses: modules, which students are given as they are, and data."""

from __future__ import annotations

import ast
import re
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


def data_beside(path: Path, solution: str) -> Path | None:
    """Return the folder `data` beside a solution whose code names files in it; None where there is none."""
    folder = path.parent / "data"
    return folder if folder.is_dir() and re.search(r"['\"](\./)?data/", solution) else None


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
