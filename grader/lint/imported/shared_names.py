"""Names that the cells of a notebook share: what a test needs of the tests before it, and what only tests bind."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterable, Sequence


def needed_before(code: str, earlier: Iterable[str], known: Collection[str]) -> str:
    """Return the statements of earlier tests that bind what a test uses: imports, functions, classes and values.

    Args:
        code: The test.
        earlier: The tests before it, in their order.
        known: What the solution binds.
    """
    statements = [node for text in earlier for node in _parsed(text) if not isinstance(node, ast.Expr)]
    wanted, kept = used_first(code) - set(known), list[ast.stmt]()
    while True:
        found = [node for node in statements if _bound(node) & wanted]
        if len(found) == len(kept):
            return "".join(f"{ast.unparse(node)}\n" for node in found)
        kept = found
        wanted |= {name for node in found for name in used_first(ast.unparse(node))} - set(known)


def without_names_of_tests(cells: Sequence[tuple[str, bool]]) -> list[str]:
    """Return the cells that are no tests, without statements that use what only tests before them bind.

    As a module they would raise where it is imported, since the tests are not there.

    Args:
        cells: The text of each cell, and whether it is a test.
    """
    known = {*dir(builtins), "__name__", "__file__"}
    of_tests: set[str] = set()
    kept: list[str] = []
    for text, is_test in cells:
        if is_test:
            of_tests |= {name for node in _parsed(text) for name in _bound(node)}
            continue
        left_out: list[ast.stmt] = []
        for node in _parsed(text):
            is_defined = isinstance(node, ast.FunctionDef | ast.ClassDef)  # runs later, if at all
            if not is_defined and (used_first(ast.unparse(node)) & of_tests) - known:
                left_out.append(node)
                of_tests |= _bound(node)
            else:
                known |= _bound(node)
        lines = text.splitlines()
        for node in reversed(left_out):
            del lines[node.lineno - 1 : node.end_lineno]
        kept.append("\n".join(lines))
    return kept


def _parsed(text: str) -> list[ast.stmt]:
    try:
        return ast.parse(text).body
    except SyntaxError:
        return []


def used_first(code: str) -> set[str]:
    """Return the names that code reads before it binds them, as far as its order shows."""
    used: set[str] = set()
    bound: set[str] = set()
    for node in _parsed(code):
        reads = {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            reads.add(node.target.id)
        inside = {one.arg for one in ast.walk(node) if isinstance(one, ast.arg)}
        local = _bound(node) if isinstance(node, ast.For | ast.With | ast.FunctionDef | ast.ClassDef) else set()
        local |= {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
                  and isinstance(node, ast.FunctionDef)}  # fmt: skip
        used |= reads - bound - inside - local
        bound |= _bound(node)
    return used


def bound_by(code: str) -> set[str]:
    """Return the names that statements bind."""
    return {name for node in _parsed(code) for name in _bound(node)}


def _bound(node: ast.stmt) -> set[str]:
    names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    for one in ast.walk(node):
        if isinstance(one, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name.partition(".")[0] for alias in one.names}
    return names
