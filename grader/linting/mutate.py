"""Make small faults in a solution, one at a time, to find out which of them no hidden check notices.

What cannot matter to a check is left alone: imports, docstrings and other text, annotations, `raise` statements,
decorators, signatures (a stub hands them out) and the part that runs only as a script.
"""

from __future__ import annotations

import ast
import difflib
import io
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

Place: TypeAlias = ast.expr | ast.stmt
Change: TypeAlias = tuple[Place, Place]
"""A node of the original and what stands there in the mutant."""

_Node = TypeVar("_Node", bound=ast.AST)

ARITHMETIC: Mapping[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
BOUNDARY: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
NEGATION: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
EXTREMES = (("min", "max"), ("minimum", "maximum"), ("amin", "amax"), ("argmin", "argmax"), ("nanmin", "nanmax"))
TOTALS = (("sum", "mean"), ("nansum", "nanmean"))
# Where only some fields are mutated: not annotations, decorators, signatures and an assertion's message.
MUTABLE_FIELDS: Mapping[type[ast.AST], tuple[str, ...]] = {
    ast.FunctionDef: ("body",),
    ast.AsyncFunctionDef: ("body",),
    ast.ClassDef: ("body",),
    ast.Lambda: ("body",),
    ast.AnnAssign: ("value",),
    ast.Assert: ("test",),
}
# Names under which numpy and torch take an axis.
AXIS_KEYWORDS = frozenset({"axis", "axes", "dim", "dims"})
# Functions whose two arguments may change places without a difference.
SYMMETRIC = frozenset(
    {
        "add",
        "allclose",
        "array_equal",
        "equal",
        "fmax",
        "fmin",
        "isclose",
        "logical_and",
        "logical_or",
        "max",
        "maximum",
        "min",
        "minimum",
        "multiply",
        "not_equal",
        "swapaxes",
    }
)


_Path: TypeAlias = tuple[tuple[str, int], ...]
"""How to go from a tree's root down to a statement: fields and places in them."""


@dataclass(frozen=True, slots=True)
class _Site:
    """A node that may be mutated and the innermost statement that it is part of."""

    node: ast.AST
    statement: ast.stmt
    path: _Path


class _Layout:
    """A source text by lines, as the parser counts them: it counts columns in bytes."""

    def __init__(self, source: str) -> None:
        self._data = source.encode()
        lengths = (len(line.encode()) for line in io.StringIO(source, newline=""))
        self._starts = tuple(itertools.accumulate(lengths, initial=0))

    def text(self, node: Place) -> str:
        """Give the text of a node."""
        first, last = self._extent(node)
        return self._data[first:last].decode()

    def replaced(self, node: Place, text: str) -> str:
        """Give the source with other text in the place of a node."""
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
    for site in _sites(ast.parse(source, file)):
        statements = seen.setdefault(site.path, {ast.unparse(site.statement)})
        for operator, changes in OPERATORS.items():
            for old, new in changes(site.node):
                statement = ast.unparse(_with(site.statement, old, new))
                if statement in statements:
                    continue
                statements.add(statement)
                text = _spliced(layout, old, new, site.path, statement)
                found.append(Mutant(file, old.lineno, operator, text, _diff(source, text)))
    return tuple(found)


def _sites(node: ast.AST, path: _Path = (), within: tuple[ast.stmt, _Path] | None = None) -> Iterator[_Site]:
    """Walk a tree in the order of its text, past what is left alone."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Raise() | ast.JoinedStr() | ast.Expr(value=ast.Constant()):
            return
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__")) | ast.Name(id="TYPE_CHECKING")):
            return
        case ast.stmt():
            within = node, path
    if within is not None:
        yield _Site(node, *within)
    for name in MUTABLE_FIELDS.get(type(node), node._fields):
        value = getattr(node, name)
        for place, child in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(child, ast.AST):
                yield from _sites(child, (*path, (name, place)), within)


def _arithmetic(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.BinOp) and not (_is_text(node.left) or _is_text(node.right)):
        yield node, _like(node, op=ARITHMETIC[type(node.op)]())
    if isinstance(node, ast.AugAssign) and not _is_text(node.value):
        yield node, _like(node, op=ARITHMETIC[type(node.op)]())


def _comparisons(table: Mapping[type[ast.cmpop], type[ast.cmpop]]) -> Callable[[ast.AST], Iterator[Change]]:
    def changes(node: ast.AST) -> Iterator[Change]:
        if isinstance(node, ast.Compare):
            for place, op in enumerate(node.ops):
                if type(op) in table:
                    ops = [*node.ops[:place], table[type(op)](), *node.ops[place + 1 :]]
                    yield node, _like(node, ops=ops)

    return changes


def _constant(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.Constant(value=bool()):
            yield node, ast.Constant(not node.value)
        case ast.Constant(value=int() as number):
            yield node, _number(number + 1)
            yield node, _number(number - 1)
        case ast.Constant(value=float() as number):
            # Doubling is the smaller fault: 1e-3 + 1 would be noticed by any check at all.
            yield node, _number({0.0: 1.0, 1.0: 0.0}.get(number, 2 * number))


def _condition(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            yield test, _negated(test)
        case ast.comprehension(ifs=tests):
            for test in tests:
                yield test, _negated(test)
        case ast.UnaryOp(op=ast.Not()):
            yield node, node.operand


def _and_or(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.BoolOp):
        yield node, _like(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())


def _unary_minus(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node, node.operand


def _slice_bound(node: ast.AST) -> Iterator[Change]:
    if not isinstance(node, ast.Slice):
        return
    # A lower bound of 0 and a step of 1 say what their absence says.
    if node.lower is not None and not _is_number(node.lower, 0):
        yield node, _like(node, lower=None)
    if node.upper is not None:
        yield node, _like(node, upper=None)
    if node.step is not None and not _is_number(node.step, 1):
        yield node, _like(node, step=None)
    for bound in (node.lower, node.upper):
        if bound is not None:
            yield bound, _shifted(bound, 1)
            yield bound, _shifted(bound, -1)


def _axis(node: ast.AST) -> Iterator[Change]:
    if not isinstance(node, ast.keyword) or node.arg not in AXIS_KEYWORDS:
        return
    match node.value:
        case ast.Constant(value=int() as number):
            yield node.value, _number(1 if number == 0 else number - 1)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=1)):
            yield node.value, _number(0)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for place in range(len(elements)):
                yield node.value, _like(node.value, elts=elements[:place] + elements[place + 1 :])


def _accumulation(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.AugAssign):
        yield node, ast.copy_location(ast.Assign([node.target], node.value), node)


def _returned(node: ast.AST) -> Iterator[Change]:
    if not isinstance(node, ast.Return) or node.value is None:
        return
    match node.value:
        case ast.Constant(value=None | str() | bytes()) | ast.JoinedStr():
            return
        case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()) | ast.Constant(value=bool()):
            yield node.value, _negated(node.value)
        case ast.Tuple(elts=elements) if len(elements) > 1:
            yield node.value, _like(node.value, elts=elements[::-1])
        case ast.Tuple() | ast.List() | ast.Dict() | ast.Set() | ast.ListComp() | ast.DictComp() | ast.SetComp():
            yield node.value, ast.Constant(None)
        case ast.UnaryOp(op=ast.USub()):
            return  # what _unary_minus does
        case value:
            yield value, ast.UnaryOp(ast.USub(), value)


def _deletion(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)]) if name.startswith("__"):
            return
        case ast.AnnAssign(value=None):
            return
        case ast.Assign() | ast.AugAssign() | ast.AnnAssign() | ast.Expr(value=ast.Call()):
            yield node, ast.Pass()


def _keyword_argument(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Call):
        for place, keyword in enumerate(node.keywords):
            if keyword.arg is not None:
                yield node, _like(node, keywords=node.keywords[:place] + node.keywords[place + 1 :])


def _exchanged(pairs: tuple[tuple[str, str], ...]) -> Callable[[ast.AST], Iterator[Change]]:
    others = {name: other for pair in pairs for name, other in (pair, pair[::-1])}

    def changes(node: ast.AST) -> Iterator[Change]:
        match node:
            case ast.Call(func=ast.Attribute(attr=name) as function) if name in others:
                yield function, _like(function, attr=others[name])
            case ast.Call(func=ast.Name(id="min" | "max" as name) as function) if name in others:
                yield function, ast.Name(others[name])

    return changes


def _range_bound(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.Call(func=ast.Name(id="range") | ast.Attribute(attr="arange"), args=[bound]):
            bounds = [bound]
        case ast.Call(func=ast.Name(id="range") | ast.Attribute(attr="arange"), args=[start, stop, *_]):
            bounds = [start, stop]
        case _:
            return
    for bound in bounds:
        yield bound, _shifted(bound, 1)
        yield bound, _shifted(bound, -1)


def _argument_order(node: ast.AST) -> Iterator[Change]:
    if not isinstance(node, ast.Call) or _called(node) in SYMMETRIC or len(node.args) < 2:
        return
    for place, (first, second) in enumerate(zip(node.args, node.args[1:], strict=False)):
        if _kind(first) == _kind(second) and not isinstance(first, ast.Starred):
            yield node, _like(node, args=[*node.args[:place], second, first, *node.args[place + 2 :]])


# By the name that a survivor is listed with. Where two make the same program, the earlier keeps it.
OPERATORS: Mapping[str, Callable[[ast.AST], Iterator[Change]]] = {
    "axis changed": _axis,
    "range bound shifted": _range_bound,
    "slice bound dropped or shifted": _slice_bound,
    "unary minus dropped": _unary_minus,
    "arithmetic swapped": _arithmetic,
    "comparison boundary moved": _comparisons(BOUNDARY),
    "comparison negated": _comparisons(NEGATION),
    "condition negated": _condition,
    "and/or swapped": _and_or,
    "constant changed": _constant,
    "accumulation overwritten": _accumulation,
    "returned value changed": _returned,
    "statement deleted": _deletion,
    "keyword argument dropped": _keyword_argument,
    "min/max swapped": _exchanged(EXTREMES),
    "sum/mean swapped": _exchanged(TOTALS),
    "arguments swapped": _argument_order,
}


def _like(node: _Node, **changed: object) -> _Node:
    """Copy a node with some of its fields changed."""
    return ast.copy_location(type(node)(**{**dict(ast.iter_fields(node)), **changed}), node)


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
    return _like(tree, **changed) if changed else tree


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


def _number(value: float) -> ast.expr:
    """Build a number as the parser would: what is below zero is a minus and a constant."""
    return ast.UnaryOp(ast.USub(), ast.Constant(-value)) if value < 0 else ast.Constant(value)


def _shifted(bound: ast.expr, by: int) -> ast.expr:
    match bound:
        case ast.Constant(value=int() as number):
            return _number(number + by)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as number)):
            return _number(by - number)
    return ast.BinOp(bound, ast.Add() if by > 0 else ast.Sub(), ast.Constant(abs(by)))


def _negated(test: ast.expr) -> ast.expr:
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return operand
        case ast.Constant(value=bool() as value):
            return ast.Constant(not value)
    return ast.UnaryOp(ast.Not(), test)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str | bytes))


def _is_number(node: ast.expr, number: int) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int and node.value == number


def _called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _kind(node: ast.expr) -> str:
    """Say what an argument is, coarsely: only arguments of one kind are mistaken for each other."""
    match node:
        case ast.Constant(value=value):
            return type(value).__name__
        case ast.Name() | ast.Attribute() | ast.Subscript():
            return "name"
    return type(node).__name__
