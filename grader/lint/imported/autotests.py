"""Make of nbgrader's `### AUTOTEST` lines, whose expected values come from the solution, what asks for those values."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection
from typing import Final

LINE: Final = re.compile(r"^(?P<indent>\s*)###\s*(HASHED )?AUTOTEST\s+(?P<expressions>.*?);?\s*$", re.IGNORECASE)


def without_autotests(text: str, module: str, values: Collection[str]) -> str:
    """Return a cell with each expression that nbgrader would test compared with what it is with the solution.

    Args:
        text: The cell.
        module: The solution's name.
        values: Names that the solution binds to values, which are read of whoever is asked.
    """
    return "\n".join(_line(line, _Reading(module, values)) for line in text.splitlines())


class _Reading(ast.NodeTransformer):
    """Replace names of values by what reads them."""

    def __init__(self, module: str, values: Collection[str]) -> None:
        self._module, self._values = module, values

    def visit_Name(self, node: ast.Name) -> ast.expr:  # the name that ast calls
        if node.id not in self._values or not isinstance(node.ctx, ast.Load):
            return node
        return ast.parse(f'_imported.read(_value, "{self._module}:{node.id}", _call)', mode="eval").body


def _line(line: str, reading: _Reading) -> str:
    found = LINE.match(line)
    if found is None:
        return line
    try:
        parts = ast.parse(found["expressions"]).body
    except SyntaxError:
        return line
    if not all(isinstance(part, ast.Expr) for part in parts):
        return line
    asked = [ast.unparse(reading.visit(part)) for part in parts]
    return "\n".join(f"{found['indent']}_imported.autotest(lambda: ({part}))" for part in asked)
