"""Make small faults in a solution, one at a time, to find out which of them no hidden check notices.

What cannot matter to a check is left alone: imports, docstrings and other text, annotations, `raise` statements,
decorators, signatures (a stub hands them out) and the part that runs only as a script.
"""

from __future__ import annotations

import ast
import difflib
import io
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from grader.lint.operators import OPERATORS, Place, like

# Where only some fields are mutated: not annotations, decorators, signatures and an assertion's message.
MUTABLE_FIELDS: Mapping[type[ast.AST], tuple[str, ...]] = {
    ast.FunctionDef: ("body",),
    ast.AsyncFunctionDef: ("body",),
    ast.ClassDef: ("body",),
    ast.Lambda: ("body",),
    ast.AnnAssign: ("value",),
    ast.Assert: ("test",),
}

_Path: TypeAlias = tuple[tuple[str, int], ...]
"""How to go from a tree's root down to a statement: fields and places in them."""


class _Layout:
    """A source text by lines, as the parser counts them: it counts columns in bytes."""

    def __init__(self, source: str) -> None:
        self._data = source.encode()
        lengths = (len(line.encode()) for line in io.StringIO(source, newline=""))
        self._starts = tuple(itertools.accumulate(lengths, initial=0))

    def text(self, node: Place) -> str:
        """Return the text of a node."""
        first, last = self._extent(node)
        return self._data[first:last].decode()

    def replaced(self, node: Place, text: str) -> str:
        """Return the source with other text in the place of a node."""
        first, last = self._extent(node)
        return (self._data[:first] + text.encode() + self._data[last:]).decode()

    def _extent(self, node: Place) -> tuple[int, int]:
        if node.end_lineno is None or node.end_col_offset is None:
            raise AssertionError(f"{ast.dump(node)} has no end, expected a node that was parsed")
        return self._starts[node.lineno - 1] + node.col_offset, self._starts[node.end_lineno - 1] + node.end_col_offset


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file with one fault. `source` is the whole mutated file; `diff` its changed lines, marked `-` and `+`."""

    file: str
    line: int
    operator: str
    source: str
    diff: str


def mutants(source: str, file: str) -> tuple[Mutant, ...]:
    """Make every mutant of a file, in the order of its text; no two are the same program, none is the original.

    Raises:
        SyntaxError: the source is not Python.
    """
    layout = _Layout(source)
    found: list[Mutant] = []
    seen: dict[_Path, set[str]] = {}
    for node, within, path in _sites(ast.parse(source, file)):
        statements = seen.setdefault(path, {ast.unparse(within)})
        for operator, changes in OPERATORS.items():
            for old, new in changes(node):
                statement = ast.unparse(_with(within, old, new))
                if statement in statements:
                    continue
                statements.add(statement)
                text = _spliced(layout, old, new, path, statement)
                found.append(Mutant(file, old.lineno, operator, text, _diff(source, text)))
    return tuple(found)


def _sites(
    node: ast.AST, path: _Path = (), within: tuple[ast.stmt, _Path] | None = None
) -> Iterator[tuple[ast.AST, ast.stmt, _Path]]:
    """List each node that may be mutated, the innermost statement that it is part of and the path to that.

    They come in the order of the text, past what is left alone.
    """
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Raise() | ast.JoinedStr() | ast.Expr(value=ast.Constant()):
            return
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__")) | ast.Name(id="TYPE_CHECKING")):
            return
        case ast.stmt():
            within = node, path
    if within is not None:
        yield node, *within
    for name in MUTABLE_FIELDS.get(type(node), node._fields):
        value = getattr(node, name)
        for place, child in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(child, ast.AST):
                yield from _sites(child, (*path, (name, place)), within)


def _with(tree: ast.AST, old: ast.AST, new: ast.AST) -> ast.AST:
    """Copy a tree with one node replaced; what is not above that node is shared."""
    if tree is old:
        return new
    changed: dict[str, object] = {}
    for name, value in ast.iter_fields(tree):
        if isinstance(value, ast.AST):
            copy: object = _with(value, old, new)
        elif isinstance(value, list):
            items = [_with(item, old, new) if isinstance(item, ast.AST) else item for item in value]
            copy = value if all(a is b for a, b in zip(items, value, strict=True)) else items
        else:
            continue
        if copy is not value:
            changed[name] = copy
    return like(tree, **changed) if changed else tree


def _spliced(layout: _Layout, old: Place, new: Place, path: _Path, statement: str) -> str:
    """Write the new node where the old one stood, in parentheses where the statement that is meant needs them."""
    plain = ast.unparse(new)
    for text in (_as_written(layout, new), plain):
        for candidate in (text, f"({text})"):
            mutated = layout.replaced(old, candidate)
            if _statement_at(mutated, path) == statement:
                return mutated
    raise AssertionError(f"line {old.lineno}: {plain!r} cannot be written so that it means {statement!r}")


def _as_written(layout: _Layout, new: Place) -> str:
    """Render a node with the parts that it has from the original as they are written there: quotes, spaces, numbers.

    Parentheses around a part are not of the part; where they are missed, the caller sees that the meaning differs.
    """
    parts = {f"_part_{number}_": part for number, part in enumerate(_parts(new))}
    outline: ast.AST = new
    for name, part in parts.items():
        outline = _with(outline, part, ast.Name(name))
    text = ast.unparse(outline)
    for name, part in parts.items():
        text = text.replace(name, layout.text(part))
    return text


def _parts(node: ast.AST) -> Iterator[ast.expr]:
    """Find the topmost parts of a new node that were parsed: what an operator makes has no place in a text."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr) and child.end_lineno is not None:
            yield child
        else:
            yield from _parts(child)


def _statement_at(source: str, path: _Path) -> str | None:
    try:
        node: ast.AST = ast.parse(source)
    except SyntaxError:
        return None
    for name, place in path:
        node = getattr(node, name)[place]
    return ast.unparse(node)


def _diff(before: str, after: str) -> str:
    _, _, *lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return "\n".join(line for line in lines if not line.startswith("@@"))
