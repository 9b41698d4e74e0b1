"""Where a rubric allows what it forbids elsewhere: files, functions and blocks of the template, as lines. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from typing import Final

from grader.model.python_tree import python_tree

Functions = ast.FunctionDef | ast.AsyncFunctionDef
GROWING: Final = frozenset({"append", "extend", "insert", "update", "setdefault", "add", "__setitem__", "__setattr__"})
MOST_BLOCKS: Final = 100  # that one condition heads: for each of them the whole file is walked; a template has a few
LOOPS: Final = (ast.For, ast.AsyncFor, ast.While)
DISPLAYS: Final = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
COMPUTED, FRESH = "computed", "fresh"
KEPT_APART: Final = frozenset({"requires_grad_", "zero_grad_"})
"""Methods that end like those that change values, and change none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What names stand for in a file, as far as its text tells.

    Attributes:
        own: Functions that the student wrote, here or in a file that is imported, which may keep what they are given.
        files: Files of the submission, by the names that they are imported under.
        modules: Modules and functions of libraries, by the names that they are imported under.
    """

    own: frozenset[str]
    files: frozenset[str]
    modules: frozenset[str]

    @classmethod
    def of(cls, tree: ast.Module, submitted: frozenset[str]) -> Names:
        """Read the definitions and imports of a file; `submitted` are the names of the modules beside it."""
        own = {node.name for node in ast.walk(tree) if isinstance(node, Functions)}
        files: set[str] = set()
        modules: set[str] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    is_own = alias.name.partition(".")[0] in submitted
                    (files if is_own else modules).add(alias.asname or alias.name.partition(".")[0])
            elif isinstance(node, ast.ImportFrom):
                is_own = bool(node.level) or (node.module or "").partition(".")[0] in submitted
                (own if is_own else modules).update(alias.asname or alias.name for alias in node.names)
        return cls(own=frozenset(own), files=frozenset(files), modules=frozenset(modules - files - own))


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What the names of a block stand for, where it binds them.

    Attributes:
        kinds: By name, each line that binds it, and whether it is bound to something computed, made anew, or other.
        looped: Nodes in loops of the block, where a name may have been bound on any of these lines.
        modules: As in `Names`.
    """

    kinds: dict[str, list[tuple[int, str]]]
    looped: frozenset[int]
    modules: frozenset[str]

    @classmethod
    def of(cls, nodes: Sequence[ast.AST], names: Names) -> Values:
        """Read the assignments of a block, from its first line to its last."""
        given: dict[int, ast.expr] = {}
        for node in nodes:
            if isinstance(node, ast.Assign):
                given |= {id(target): node.value for target in node.targets}
        stored = [node for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
        looped = {id(inner) for node in nodes if isinstance(node, LOOPS) for inner in ast.walk(node)}
        values = cls(kinds={}, looped=frozenset(looped), modules=names.modules)
        for name in sorted(stored, key=lambda name: name.lineno):
            values.kinds.setdefault(name.id, []).append((name.lineno, values._kind(given.get(id(name)))))
        return values

    def are_own(self, node: ast.expr) -> bool:
        """Return whether something is the block's own: computed in it, or a list or dict that it made."""
        return self._kind(node) in {COMPUTED, FRESH} if isinstance(node, ast.Name) else self._is_computed(node)

    def _kind(self, node: ast.expr | None) -> str:
        if isinstance(node, ast.Name):
            is_looped = id(node) in self.looped
            kinds = {kind for line, kind in self.kinds.get(node.id, ()) if is_looped or line < node.lineno}
            return kinds.pop() if len(kinds) == 1 else ""
        if isinstance(node, DISPLAYS):
            return FRESH
        return COMPUTED if self._is_computed(node) else ""

    def _is_computed(self, node: ast.expr | None) -> bool:
        """Return whether a value is what a library's function gives, or is computed from such a value."""
        match node:
            case ast.Name():
                return self._kind(node) == COMPUTED
            case ast.Call(func=ast.Name(id=name)):
                return name in self.modules
            case ast.Call(func=ast.Attribute(value=owner)):
                return _root(owner) in self.modules or self._is_computed(owner)
            case ast.Attribute(value=value) | ast.Subscript(value=value) | ast.UnaryOp(operand=value):
                return self._is_computed(value)
            case ast.BinOp(left=left, right=right):
                return self._is_computed(left) or self._is_computed(right)
        return False


def allowed_lines(allowed: Iterable[str], sources: Mapping[str, str]) -> dict[str, frozenset[int]]:
    """Return the lines of each file from which everything may be called.

    A block counts as long as nothing leaves it: what it assigns is not read after it, it returns nothing and changes
    nothing that was there before. Else a student could compute in the block for `--verify` what it is to be compared
    with, and hand that in.
    """
    lines: dict[str, set[int]] = {}
    submitted = frozenset(PurePosixPath(path).parts[0].removesuffix(".py") for path in sources)
    for place in allowed:
        file, _, rest = place.partition(":")
        if not (tree := python_tree(sources.get(file, ""))).body:
            continue
        with suppress(RecursionError):  # what nests deeper than this can be followed is allowed nothing
            lines.setdefault(file, set()).update(*_spans(tree, rest, submitted))
    return {file: frozenset(numbers) for file, numbers in lines.items()}


def _spans(tree: ast.Module, place: str, submitted: frozenset[str]) -> Iterator[range]:
    """List the lines of a place in a file: all of it, a function, or blocks of all functions or of one."""
    *function, last = place.split(":", 1)
    if not place:
        yield range(1, max((node.end_lineno or 0 for node in tree.body), default=0) + 1)
    elif last.startswith("if "):
        headed = [*islice(_headed(tree, last), MOST_BLOCKS + 1)]
        if 0 < len(headed) <= MOST_BLOCKS and not _reads_gradients(tree, headed):
            names = Names.of(tree, submitted)
            for scope in _functions(tree, "".join(function)):
                own = (block for block in _headed(scope, last) if hands_nothing_out(names, scope, block))
                yield from map(_span, own)
    else:
        yield from (_span([scope]) for scope in _functions(tree, last))


def hands_nothing_out(names: Names, function: Functions, block: Sequence[ast.stmt]) -> bool:
    """Return whether nothing that a block of a function computes can be used outside the block.

    Where that cannot be told it is not so: a block for `--verify` is never entered in a call that is graded, unless
    somebody sees to it.
    """
    nodes = [node for statement in block for node in _within(statement)]
    inside = {id(node) for statement in block for node in ast.walk(statement)}
    bound = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    values = Values.of(nodes, names)
    if any(_leaves(node, values, names) for node in nodes):
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


def _leaves(node: ast.AST, values: Values, names: Names) -> bool:
    """Return whether a node of a block may hand something to what stands around it."""
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
            return name in {"setattr", "exec", "eval", *names.own} or _is_written_to(keywords)
        case ast.Call(func=ast.Attribute(attr=name, value=owner), keywords=keywords):
            changes = name.endswith("_") and not name.endswith("__") and name not in KEPT_APART
            keeps = (name in GROWING or name in names.own) and not values.are_own(owner)
            return changes or keeps or _root(owner) in names.files or _is_written_to(keywords)
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
