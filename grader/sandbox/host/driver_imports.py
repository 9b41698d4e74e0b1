"""What drivers import that a worker need not have, read from their text."""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator
from typing import Final

OURS: Final = "grader.drivers"


def unavailable_import(drivers: str, modules: Collection[str]) -> tuple[str, str] | None:
    """Return place and fault of the first import at the top of drivers that a worker need not have, None without one.

    Args:
        drivers: The text of `drivers.py`.
        modules: What the rubric lists under [runtime], as in `import`.
    """
    have = {*sys.stdlib_module_names, *(name.partition(".")[0] for name in modules)}
    for line, name in _imports(drivers):
        if name.partition(".")[0] in have or f"{name}.".startswith(f"{OURS}."):
            continue
        if name.partition(".")[0] == OURS.partition(".")[0]:
            return f"line {line}", f"imports {name}, which only the judge has, expected {OURS}"
        return f"line {line}", f"imports {name}, which workers do not have, expected it in [runtime] modules"
    return None


def _imports(drivers: str) -> Iterator[tuple[int, str]]:
    for node in ast.parse(drivers).body:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.lineno, node.module
