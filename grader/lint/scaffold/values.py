"""Find the values that the cells of a notebook compute and that students are to compute: those are gaps as well."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from typing import Final

GENERATORS: Final = frozenset({"default_rng", "RandomState", "Generator", "Random", "random", "manual_seed"})
"""Names by which numbers are drawn: what is drawn is data."""
READERS: Final = ("load", "read", "open", "from", "fetch", "genfromtxt")
"""What the names of functions begin with that read data."""
COMPUTES: Final = (ast.Call, ast.BinOp, ast.Compare, ast.comprehension)
"""What a value is computed by: one that is only named or sliced is data."""


def marked_values(cells: Sequence[str], first: int) -> list[str]:
    """Mark the values that cells compute of what stood before them as gaps.

    A value is one that is bound once in all cells, by itself, and that no function uses.

    Args:
        cells: Cells of code, in their order; those with functions or classes stay as they are.
        first: The number of the first gap.
    """
    trees = [ast.parse(cell) for cell in cells]
    stored = [name for tree in trees for name in _names(tree, ast.Store)]
    used_inside = {
        name
        for tree in trees
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        for name in _names(node, ast.Load)
    }
    known: set[str] = set()
    generators = set(GENERATORS)
    marked: list[str] = []
    for cell, tree in zip(cells, trees, strict=True):
        found: list[ast.Assign] = []
        for node in tree.body:
            name = bound_name(node)
            if isinstance(node, ast.Assign) and generators & _all_names(node.value) and _is_generator(node.value):
                generators |= {name}
            elif (
                isinstance(node, ast.Assign)
                and name
                and stored.count(name) == 1
                and name not in used_inside
                and _is_computed(node.value, known, generators)
            ):
                found.append(node)
            known |= _names(node, ast.Store) if not isinstance(node, ast.FunctionDef | ast.ClassDef) else {node.name}
        marked.append(_with_gap(cell, found, first))
        first += bool(found)
    return marked


def bound_name(node: ast.stmt) -> str:
    """Return the public name that an assignment binds by itself; nothing where it binds none or several."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        name = node.targets[0].id
        return "" if name.startswith("_") else name
    return ""


def last_values(statements: Sequence[ast.Assign]) -> list[ast.Assign]:
    """Return the statements that bind a public name which none of the others uses: those are steps on the way."""
    return [
        node
        for node in statements
        if (name := bound_name(node)) and not any(name in _names(one.value, ast.Load) for one in statements)
    ]


def _is_computed(value: ast.expr, known: Collection[str], generators: Collection[str]) -> bool:
    used = _all_names(value)
    return (
        bool(used & set(known))
        and not used & set(generators)
        and not any(name.lower().startswith(READERS) for name in used)
        and any(isinstance(node, COMPUTES) for node in ast.walk(value))
    )


def _is_generator(value: ast.expr) -> bool:
    """Return whether an expression makes a generator, in place of drawing from one."""
    return isinstance(value, ast.Call) and ast.unparse(value.func).rpartition(".")[2] in GENERATORS


def _names(node: ast.AST, context: type[ast.expr_context]) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, context)}


def _all_names(node: ast.AST) -> set[str]:
    return _names(node, ast.Load) | {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}


def _with_gap(cell: str, found: Sequence[ast.Assign], number: int) -> str:
    """Mark the lines from the first to the last of some statements."""
    if not found:
        return cell
    names = [f"`{bound_name(node)}`" for node in last_values(found)]
    listed = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    lines = cell.splitlines()
    lines.insert(found[-1].end_lineno or 0, "# end solution")
    lines.insert(found[0].lineno - 1, f"# solution({number}): Compute {listed}.")
    return "\n".join(lines)
