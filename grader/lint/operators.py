"""The operators of mutation: each lists what it would put into the place of a node of a program.

What cannot matter to a check is not offered: a symmetric function's arguments are not swapped.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
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


def like(node: _Node, **changed: object) -> _Node:
    """Copy a node with some of its fields changed."""
    return ast.copy_location(type(node)(**{**dict(ast.iter_fields(node)), **changed}), node)


def _arithmetic(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.BinOp) and not (_is_text(node.left) or _is_text(node.right)):
        yield node, like(node, op=ARITHMETIC[type(node.op)]())
    if isinstance(node, ast.AugAssign) and not _is_text(node.value):
        yield node, like(node, op=ARITHMETIC[type(node.op)]())


def _comparisons(table: Mapping[type[ast.cmpop], type[ast.cmpop]]) -> Callable[[ast.AST], Iterator[Change]]:
    def changes(node: ast.AST) -> Iterator[Change]:
        if isinstance(node, ast.Compare):
            for place, op in enumerate(node.ops):
                if type(op) in table:
                    ops = [*node.ops[:place], table[type(op)](), *node.ops[place + 1 :]]
                    yield node, like(node, ops=ops)

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
        yield node, like(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())


def _unary_minus(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node, node.operand


def _slice_bound(node: ast.AST) -> Iterator[Change]:
    if not isinstance(node, ast.Slice):
        return
    # A lower bound of 0 and a step of 1 say what their absence says.
    if node.lower is not None and not _is_number(node.lower, 0):
        yield node, like(node, lower=None)
    if node.upper is not None:
        yield node, like(node, upper=None)
    if node.step is not None and not _is_number(node.step, 1):
        yield node, like(node, step=None)
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
                yield node.value, like(node.value, elts=elements[:place] + elements[place + 1 :])


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
            yield node.value, like(node.value, elts=elements[::-1])
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
                yield node, like(node, keywords=node.keywords[:place] + node.keywords[place + 1 :])


def _exchanged(pairs: tuple[tuple[str, str], ...]) -> Callable[[ast.AST], Iterator[Change]]:
    others = {name: other for pair in pairs for name, other in (pair, pair[::-1])}

    def changes(node: ast.AST) -> Iterator[Change]:
        match node:
            case ast.Call(func=ast.Attribute(attr=name) as function) if name in others:
                yield function, like(function, attr=others[name])
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
            yield node, like(node, args=[*node.args[:place], second, first, *node.args[place + 2 :]])


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
    """Return what an argument is, coarsely: only arguments of one kind are mistaken for each other."""
    match node:
        case ast.Constant(value=value):
            return type(value).__name__
        case ast.Name() | ast.Attribute() | ast.Subscript():
            return "name"
    return type(node).__name__
