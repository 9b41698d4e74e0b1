"""Read a solution that is to become an assignment: what students write in it, in which order it is asked, and gaps."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from importlib.util import find_spec
from typing import Final

from grader.course.stubs import gaps
from grader.errors import UsageError
from grader.lint.scaffold.values import bound_name, last_values

FORWARD: Final = "forward"
BACKWARD: Final = "backward"
CALLED: Final = frozenset({"__len__", "__getitem__", "__call__"})
"""Methods with two underscores that students write and a test calls."""
EXPECTED: Final = {
    "function": "public function",
    "layer": "class with a method forward",
    "module": "class with a method that can be called",
    "notebook": "cell with a public function, a class, or a value that it computes",
}
"""What a solution of each kind has."""


class Form(StrEnum):
    """How what students write is asked: each is a ready driver of this name."""

    FUNCTION = "function"
    LAYER = "layer"
    MODULE = "module"
    METHODS = "methods"
    VALUE = "value"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter that has to be given: its name, and its annotation as it is written."""

    name: str
    annotation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A method that a test calls, and what it has to be given."""

    name: str
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A function or class that students write.

    `parameters` are those of the function, or what the class is made with. `methods` are those that are called, in
    their order; `grads` are the attributes that a layer's `backward` leaves. `first` and `last` are its lines in the
    marked solution.
    """

    name: str
    says: str
    parameters: tuple[Parameter, ...]
    form: Form = Form.FUNCTION
    methods: tuple[Method, ...] = ()
    has_backward: bool = False
    grads: tuple[str, ...] = ()
    first: int = 0
    last: int = 0
    calls: frozenset[str] = field(default_factory=frozenset)


def asked_in(text: str, kind: str) -> list[Asked]:
    """List what students write, each behind what it calls of the others.

    Raises:
        UsageError: the solution has nothing of this kind.
    """
    nodes = ast.parse(text).body
    marks = gaps(text, "the solution") if kind == "notebook" else ()
    found: list[Asked] = []
    for node in nodes:
        if isinstance(node, ast.FunctionDef) and node.name[0] != "_" and kind in {"function", "notebook"}:
            found.append(_function(node))
        elif isinstance(node, ast.ClassDef) and node.name[0] != "_" and kind != "function":
            found += _class(node, kind)
    for gap in marks:
        inside = [node for node in nodes if isinstance(node, ast.Assign) and gap.first < node.lineno < gap.last]
        found += [_value(bound_name(node), node) for node in last_values(inside)]
    if not found:
        raise UsageError(f"the solution has no {EXPECTED[kind]}")
    names = {one.name for one in found}
    ordered: list[Asked] = []
    while found:  # what calls itself in a circle stays in the order of the text
        ready = [one for one in found if not (one.calls & names - {one.name} - {done.name for done in ordered})]
        ordered.append((ready or found)[0])
        found.remove(ordered[-1])
    return ordered


def marked(text: str, kind: str, first: int = 1) -> str:
    """Mark what students write as gaps, where no gap is marked: the bodies of functions and of methods.

    Args:
        text: The solution, or a cell of it.
        kind: What students write.
        first: The number of the first gap.

    Raises:
        UsageError: a function has no body of its own lines.
    """
    if gaps(text, "the solution"):
        return text
    lines = text.splitlines()
    functions = [*_gap_functions(ast.parse(text), kind)]
    for number, node in reversed([*enumerate(functions, start=first)]):
        body = _body(node)
        if not _stands_alone(node):
            raise UsageError(
                f"line {node.lineno}: {node.name} has no body on lines of its own, expected one to be written"
            )
        indent = " " * body[0].col_offset
        says = (ast.get_docstring(node) or f"Write {node.name}.").split("\n")[0]
        lines.insert(body[-1].end_lineno or 0, f"{indent}# end solution")
        lines.insert(_first_line(body[0]) - 1, f"{indent}# solution({number}): {says}")
    return "\n".join(lines) + "\n"


def modules_of(text: str) -> tuple[str, ...]:
    """List what a solution imports besides the standard library: packages, and the modules in them that it names."""
    names: dict[str, None] = {}
    for node in ast.walk(ast.parse(text)):
        asked: list[str] = []
        if isinstance(node, ast.Import):
            asked = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            within = (f"{node.module}.{alias.name}" for alias in node.names)
            asked = [node.module, *filter(_is_module, within)]
        for name in asked:
            names |= dict.fromkeys((name.partition(".")[0], name))
    return tuple(name for name in names if name.partition(".")[0] not in sys.stdlib_module_names)


def _is_module(name: str) -> bool:
    """Return whether a dotted name is a module that is installed here; its packages are imported to find out."""
    if name.partition(".")[0] in sys.stdlib_module_names:
        return False
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):  # its package is not installed, or is no package
        return False


def _gap_functions(tree: ast.Module, kind: str) -> Iterator[ast.FunctionDef]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name[0] != "_" and kind in {"function", "notebook"}:
            yield node
        elif isinstance(node, ast.ClassDef) and node.name[0] != "_" and kind != "function":
            for asked in _class(node, kind):
                written = {FORWARD, BACKWARD} if kind == "layer" else {one.name for one in asked.methods}
                yield from (
                    one
                    for name, one in _methods(node).items()
                    if name in written and (kind == "layer" or _stands_alone(one))
                )


def _body(node: ast.FunctionDef) -> list[ast.stmt]:
    return node.body[1:] if ast.get_docstring(node) is not None else node.body


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(one.lineno for one in decorators)])


def _stands_alone(node: ast.FunctionDef) -> bool:
    """Return whether the body of a function has lines of its own."""
    body = _body(node)
    return bool(body) and body[0].lineno != node.lineno


def _methods(node: ast.ClassDef) -> dict[str, ast.FunctionDef]:
    return {one.name: one for one in node.body if isinstance(one, ast.FunctionDef)}


def _class(node: ast.ClassDef, kind: str) -> list[Asked]:
    """Return how a class is asked: as a layer, as a module of PyTorch or by its methods; nothing where it has none."""
    methods = _methods(node)
    is_module = any(ast.unparse(base).rpartition(".")[2].endswith("Module") for base in node.bases)
    if FORWARD in methods and not is_module and kind in {"layer", "notebook"}:
        return [_layer(node)]
    called = tuple(
        Method(name=name, parameters=_parameters(one.args, skip=1))
        for name, one in methods.items()
        if (name[0] != "_" or name in CALLED) and not one.decorator_list
    )
    if is_module and FORWARD in methods:
        called = tuple(one for one in called if one.name == FORWARD)
    if not called or kind == "layer":
        return []
    form = Form.MODULE if is_module and FORWARD in methods else Form.METHODS
    return [replace(_layer(node), form=form, methods=called, has_backward=False, grads=())]


def _function(node: ast.FunctionDef) -> Asked:
    return Asked(
        name=node.name,
        says=_says(node, f"{node.name} gives what it should"),
        parameters=_parameters(node.args),
        first=node.lineno,
        last=node.end_lineno or 0,
        calls=_calls(node),
    )


def _value(name: str, node: ast.Assign) -> Asked:
    return Asked(
        name=name,
        says=f"Compute {name}.",
        parameters=(),
        form=Form.VALUE,
        first=node.lineno,
        last=node.end_lineno or 0,
        calls=_calls(node.value),
    )


def _layer(node: ast.ClassDef) -> Asked:
    methods = _methods(node)
    backward = methods.get(BACKWARD)
    made = methods.get("__init__")
    set_there = {
        target.attr: None
        for one in (ast.walk(backward) if backward is not None else ())
        if isinstance(one, ast.Assign)
        for target in one.targets
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.attr.startswith("d")
    }
    return Asked(
        name=node.name,
        says=_says(node, f"{node.name} gives what it should"),
        parameters=_parameters(made.args, skip=1) if made is not None else (),
        form=Form.LAYER,
        has_backward=backward is not None,
        grads=tuple(set_there),
        first=node.lineno,
        last=node.end_lineno or 0,
        calls=_calls(node),
    )


def _says(node: ast.FunctionDef | ast.ClassDef, otherwise: str) -> str:
    return (ast.get_docstring(node) or otherwise).split("\n")[0].replace('"', "'")


def _parameters(arguments: ast.arguments, skip: int = 0) -> tuple[Parameter, ...]:
    every = [*arguments.posonlyargs, *arguments.args][skip:]
    needed = every[: len(every) - len(arguments.defaults)] if arguments.defaults else every
    return tuple(
        Parameter(name=one.arg, annotation="" if one.annotation is None else ast.unparse(one.annotation))
        for one in needed
    )


def _calls(node: ast.AST) -> frozenset[str]:
    return frozenset(one.id for one in ast.walk(node) if isinstance(one, ast.Name))
