"""Where a rubric allows what it forbids elsewhere: files, functions and blocks of the template, as lines. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Final

Functions = ast.FunctionDef | ast.AsyncFunctionDef
GROWING: Final = frozenset({"append", "extend", "insert", "update", "setdefault", "add", "__setitem__", "__setattr__"})
MOST_BLOCKS: Final = 100  # that one condition heads: for each of them the whole file is walked; a template has a few
KEPT_APART: Final = frozenset({"requires_grad_", "zero_grad_"})
"""Methods that end like those that change values, and change none."""


def allowed_lines(allowed: Iterable[str], sources: Mapping[str, str]) -> dict[str, frozenset[int]]:
    """Return the lines of each file from which everything may be called.

    A block counts as long as nothing leaves it: what it assigns is not read after it, it returns nothing and changes
    nothing that was there before. Else a student could compute in the block for `--verify` what it is to be compared
    with, and hand that in.
    """
    lines: dict[str, set[int]] = {}
    for place in allowed:
        file, _, rest = place.partition(":")
        if file not in sources:
            continue
        tree = _parsed(sources[file])
        if tree is None:
            continue
        with suppress(RecursionError):  # what nests deeper than this can be followed is allowed nothing
            lines.setdefault(file, set()).update(*_spans(tree, rest))
    return {file: frozenset(numbers) for file, numbers in lines.items()}


def _spans(tree: ast.Module, place: str) -> Iterator[range]:
    """List the lines of a place in a file: all of it, a function, or blocks of all functions or of one."""
    *function, last = place.split(":", 1)
    if not place:
        yield range(1, max((node.end_lineno or 0 for node in tree.body), default=0) + 1)
    elif last.startswith("if "):
        headed = [*islice(_headed(tree, last), MOST_BLOCKS + 1)]
        if 0 < len(headed) <= MOST_BLOCKS and not _reads_gradients(tree, headed):
            for scope in _functions(tree, "".join(function)):
                own = (block for block in _headed(scope, last) if hands_nothing_out(tree, scope, block))
                yield from map(_span, own)
    else:
        yield from (_span([scope]) for scope in _functions(tree, last))


def hands_nothing_out(tree: ast.Module, function: Functions, block: Sequence[ast.stmt]) -> bool:
    """Return whether nothing that a block of a function computes can be used outside the block.

    Where that cannot be told it is not so: a block for `--verify` is never entered in a call that is graded, unless
    somebody sees to it.
    """
    nodes = [node for statement in block for node in _within(statement)]
    inside = {id(node) for statement in block for node in ast.walk(statement)}
    bound = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    own = {node.name for node in ast.walk(tree) if isinstance(node, Functions)}
    if any(_leaves(node, bound, own) for node in nodes):
        return False
    around = _around(function, block[0])
    if any(isinstance(node, ast.Raise) for node in nodes) and any(isinstance(node, ast.Try) for node in around):
        return False
    later = [node for node in ast.walk(function) if isinstance(node, ast.Name) and id(node) not in inside]
    if any(isinstance(node, ast.For | ast.AsyncFor | ast.While) for node in around):
        return not bound & {node.id for node in later if isinstance(node.ctx, ast.Load)}
    after = max(statement.end_lineno or statement.lineno for statement in block)
    read = {node.id for node in later if isinstance(node.ctx, ast.Load) and node.lineno > after}
    return not bound & (read - _stored_before_read(function, after))


def _around(function: Functions, statement: ast.stmt) -> list[ast.AST]:
    """Return the nodes of a function that a statement of it lies in, itself among them, but not the function."""
    above = {id(child): node for node in ast.walk(function) for child in ast.iter_child_nodes(node)}
    around: list[ast.AST] = []
    node: ast.AST = statement
    while node is not function:
        around.append(node)
        node = above[id(node)]
    return around


def _leaves(node: ast.AST, bound: set[str], own: set[str]) -> bool:
    """Return whether a node may hand something to what stands around its block.

    Args:
        node: Any node of the block.
        bound: The names that are bound in it.
        own: The names of functions that the file defines, which may keep what they are given.
    """
    match node:
        case ast.Return(value=value) if value is not None:
            return True
        case ast.Yield() | ast.YieldFrom() | ast.Await() | ast.Global() | ast.Nonlocal() | ast.AugAssign():
            return True
        case ast.Assign(targets=targets, value=value) if any(isinstance(one, ast.Attribute) for one in targets):
            forgets = isinstance(value, ast.Constant) and value.value is None
            return not (forgets and all(isinstance(one, ast.Attribute) and one.attr == "grad" for one in targets))
        case ast.Attribute(ctx=ast.Store(), attr=name):
            return name != "grad"
        case ast.Subscript(ctx=ast.Store()):
            return True
        case ast.Call(func=ast.Name(id=name), keywords=keywords):
            return name in {"setattr", "exec", "eval", *own} or _is_written_to(keywords)
        case ast.Call(func=ast.Attribute(attr=name, value=owner), keywords=keywords):
            is_own = _root(owner) in bound
            changes = name.endswith("_") and not name.endswith("__") and name not in KEPT_APART
            return changes or ((name in GROWING or name in own) and not is_own) or _is_written_to(keywords)
    return False


def _is_written_to(keywords: Sequence[ast.keyword]) -> bool:
    return any(keyword.arg in {None, "out"} for keyword in keywords)


def _stored_before_read(function: Functions, after: int) -> set[str]:
    """Return names that are bound anew behind a line before they are read there."""
    places: dict[str, tuple[int, bool]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and node.lineno > after:
            is_load = isinstance(node.ctx, ast.Load)
            first = places.get(node.id, (node.lineno + 1, True))
            # On one line a value is computed before it is bound.
            places[node.id] = min(first, (node.lineno, not is_load))
    return {name for name, (_, is_store) in places.items() if is_store}


def _within(statement: ast.stmt) -> Iterator[ast.AST]:
    """List the nodes of a statement, but for those of functions that are defined in it: they return to it."""
    yield statement
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        yield from _within(child)  # type: ignore[arg-type]  # any node has children


def _headed(scope: ast.AST, header: str) -> Iterator[list[ast.stmt]]:
    """List the blocks that a condition heads, alone or as one of several that must hold."""
    wanted = ast.dump(_condition(header))
    for node in ast.walk(scope):
        if isinstance(node, ast.If):
            is_both = isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.And)
            tests = (node.test, *(node.test.values if is_both else ()))  # type: ignore[attr-defined]  # as asked above
            if any(ast.dump(test) == wanted for test in tests):
                yield node.body


def _reads_gradients(tree: ast.Module, blocks: Sequence[Sequence[ast.stmt]]) -> bool:
    """Return whether a gradient is read outside some blocks: a backward pass in one of them may have left it."""
    inside = {id(node) for block in blocks for statement in block for node in ast.walk(statement)}
    attributes = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and id(node) not in inside)
    return any(node.attr == "grad" and isinstance(node.ctx, ast.Load) for node in attributes)


def _functions(tree: ast.Module, name: str) -> Iterator[Functions]:
    """List the functions of a qualified name, or all where there is none."""

    def below(node: ast.AST, path: tuple[str, ...]) -> Iterator[Functions]:
        for child in ast.iter_child_nodes(node):
            is_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
            if is_function or isinstance(child, ast.ClassDef):
                inner = (*path, child.name)  # type: ignore[attr-defined]  # both kinds have a name
                if is_function and name in {"", ".".join(inner)}:
                    yield child  # type: ignore[misc]  # a function, as was asked
                yield from below(child, inner)
            else:
                yield from below(child, path)

    yield from below(tree, ())


def _condition(header: str) -> ast.expr:
    statement = ast.parse(f"{header}: pass").body[0]
    if not isinstance(statement, ast.If):
        raise TypeError(f"{header!r} heads no block")
    return statement.test


def _span(block: Sequence[ast.stmt]) -> range:
    return range(block[0].lineno, (block[-1].end_lineno or block[-1].lineno) + 1)


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # what does not compile calls nothing
        return None
