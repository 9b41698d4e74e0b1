"""Bring the imports of a notebook's cells into the form in which each can fail alone, by their syntax."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final, TypeAlias

NamesIn: TypeAlias = Callable[[str], Collection[str] | None]
"""Gives the names that `*` stands for, where a module is a notebook too; None for any other."""
_OF_IMPORTS: Final = frozenset({"BaseException", "Exception", "ImportError", "ModuleNotFoundError"})


def by_import(body: Sequence[ast.stmt], modules: Collection[str], itself: Collection[str]) -> Iterator[ast.stmt]:
    """Part imports of several names, so that each fails alone; leave out those of what is in the same notebook."""
    defined = {name for node in body if not is_import(node) for name in bound_by(node)}
    for node in body:
        match node:
            case ast.ImportFrom(module="__future__"):
                continue
            case ast.Import(names=aliases):
                wanted = [alias for alias in aliases if not _is_within(alias.name, itself)]
                yield from (ast.copy_location(ast.Import([alias]), node) for alias in wanted)
            case ast.ImportFrom(module=module, names=aliases, level=level):
                package = "" if level else module or ""
                for alias in aliases:
                    if not _is_within(package, itself):
                        homes = [] if _is_within(f"{package}.{alias.name}", itself) else [module]
                    elif alias.name == "*":  # of the package that the notebook is a part of: what its other parts have
                        homes = [name for name in modules if name.startswith(f"{package}.") and name not in itself]
                    else:
                        is_there = alias.name in defined or _is_within(f"{package}.{alias.name}", itself)
                        homes = [] if is_there or package in itself else [module]
                    for home in homes:
                        yield ast.copy_location(ast.ImportFrom(home, [alias], level), node)
            case ast.If():
                _run_as_main(node)
                yield node
            case ast.Try():
                _run_elsewhere_than_colab(node)
                yield node
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                continue
            case _:
                yield node


def without_stars(body: Sequence[ast.stmt], names_in: NamesIn) -> Iterator[ast.stmt]:
    """Write out what `*` imports of another notebook, so that of that too only what is needed is executed."""
    for node in body:
        names = names_in(node.module or "") if isinstance(node, ast.ImportFrom) and _takes_all(node) else None
        if isinstance(node, ast.ImportFrom) and names is not None:
            node.names = [ast.copy_location(ast.alias(name), node.names[0]) for name in names]
        yield node


def _takes_all(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.names[0].name == "*"


def public_names(source: str, names_in: NamesIn) -> list[str]:
    """List the names that a notebook's statements bind and that `*` imports of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # see above
        nodes = list(without_stars(ast.parse(source).body, names_in))
    bound = dict.fromkeys(name for node in nodes for name in bound_by(node))
    return [name for name in bound if not name.startswith(("_", "*"))]


def _is_within(module: str, itself: Collection[str]) -> bool:
    return any(f"{own}.".startswith(f"{module}.") for own in itself)


def _run_as_main(node: ast.If) -> None:
    """Let `if __name__ == "__main__"` hold, as it does in a notebook."""
    for part in ast.walk(node.test):
        match part:
            case ast.Compare(left=left, comparators=others):
                part.left, *part.comparators = (
                    ast.copy_location(ast.Constant("__main__"), one) if ast.unparse(one) == "__name__" else one
                    for one in (left, *others)
                )


def _run_elsewhere_than_colab(node: ast.Try) -> None:
    """Let an import of `google.colab` fail that is tried to find out where the notebook runs."""
    caught = {name for handler in node.handlers for name in _caught(handler)}
    if caught.isdisjoint(_OF_IMPORTS):
        return
    for number, part in enumerate(node.body):
        if any(name.startswith("google.colab") for name in _imported_by(part)):
            absent = ast.parse("raise ModuleNotFoundError(\"No module named 'google.colab'\")").body[0]
            node.body[number] = ast.fix_missing_locations(ast.copy_location(absent, part))


def _caught(handler: ast.ExceptHandler) -> list[str]:
    return [one.id for one in ast.walk(handler.type) if isinstance(one, ast.Name)] if handler.type else ["Exception"]


def _imported_by(node: ast.stmt) -> list[str]:
    match node:
        case ast.Import(names=aliases):
            return [alias.name for alias in aliases]
        case ast.ImportFrom(module=str(module), names=aliases):
            return [f"{module}.{alias.name}" for alias in aliases]
    return []


def resolve_imports(tree: ast.Module, modules: Collection[str]) -> None:
    """Turn relative imports into absolute ones: a notebook lies in no package, and its author meant one of ours."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            meant = [name for name in modules if f".{name}".endswith(f".{node.module}")]
            if len(meant) == 1:
                node.module, node.level = meant[0], 0


def is_import(node: ast.stmt) -> bool:
    """Return whether a statement imports."""
    return isinstance(node, ast.Import | ast.ImportFrom)


def bound_by(node: ast.stmt) -> Iterator[str]:
    """List the global names that a statement binds or deletes."""
    todo: list[ast.AST] = [node]
    while todo:
        part = todo.pop()
        match part:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name):
                yield name
            case ast.Lambda():
                pass
            case ast.alias(name=name, asname=other):
                yield other or name.partition(".")[0]
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.comprehension(iter=iterated, ifs=tests):
                todo += [iterated, *tests]
            case ast.ExceptHandler(name=name) | ast.MatchAs(name=name) | ast.MatchStar(name=name) if name:
                yield name
                todo += ast.iter_child_nodes(part)
            case ast.MatchMapping(rest=str() as name):
                yield name
                todo += ast.iter_child_nodes(part)
            case _:
                todo += ast.iter_child_nodes(part)
