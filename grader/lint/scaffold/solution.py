"""Read a solution that is to become an assignment: what students write in it, in which order it is asked, and gaps."""

from __future__ import annotations

import ast
import keyword
import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from grader.course.stubs import gaps
from grader.errors import UsageError
from grader.lint.scaffold.imports import modules_of
from grader.lint.scaffold.values import bound_name, last_values

FORWARD: Final = "forward"
BACKWARD: Final = "backward"
CALLED: Final = frozenset({"__len__", "__getitem__", "__call__"})
"""Methods with two underscores that students write and a test calls."""
GERMAN: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
PROPERTIES: Final = frozenset({"property", "cached_property", "functools.cached_property"})
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
    """A parameter that has to be given: its name, its annotation as it is written, and its attributes that are read."""

    name: str
    annotation: str = ""
    uses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A method that a test calls, and what it has to be given; or a property that it reads."""

    name: str
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A function or class that students write.

    `check` is what its check is called, and `sizes` and `times` how large its inputs are in each case and how often it
    is asked there. A function may take `tensors`, and work in place: `changed`.
    `parameters` are those of the function, or what the class is made with, and `optional` those with a default behind
    them. `methods` are those that are called, in their order; `grads` are the attributes that a layer's `backward`
    leaves. `first` and `last` are its lines in the marked solution.
    """

    name: str
    says: str
    parameters: tuple[Parameter, ...]
    check: str = ""
    sizes: tuple[tuple[int, int], ...] = ()
    times: int = 1
    tensors: bool = False
    changed: bool = False
    optional: tuple[Parameter, ...] = ()
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
    uses_torch = "torch" in modules_of(text)
    found: list[Asked] = []
    for node in nodes:
        if isinstance(node, ast.FunctionDef) and _is_to_be_written(node, kind):
            found.append(replace(_function(node), tensors=uses_torch and _takes_tensors(node)))
        elif isinstance(node, ast.ClassDef) and node.name[0] != "_" and kind != "function":
            found += _class(node, kind)
    for gap in marks:
        inside = [node for node in nodes if isinstance(node, ast.Assign) and gap.first < node.lineno < gap.last]
        found += [_value(bound_name(node), node) for node in last_values(inside)]
    if not found:
        has_classes = kind == "function" and any(isinstance(node, ast.ClassDef) for node in nodes)
        other = ": for its classes say --kind module, or --kind layer" if has_classes else ""
        raise UsageError(f"the solution has no {EXPECTED[kind]}{other}")
    names = {one.name for one in found}
    ordered: list[Asked] = []
    while found:  # what calls itself in a circle stays in the order of the text
        ready = [one for one in found if not (one.calls & names - {one.name} - {done.name for done in ordered})]
        ordered.append((ready or found)[0])
        found.remove(ordered[-1])
    taken: set[str] = set()
    for place, one in enumerate(ordered):
        ordered[place] = replace(one, check=_check_name(one.name, place, taken))
        taken.add(ordered[place].check)
    return ordered


def _check_name(name: str, place: int, taken: Collection[str]) -> str:
    """Return the name of a check that no other has, in ASCII: BatchNorm is batch_norm, and größe is groesse."""
    spelt = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", re.sub(r"^test_+(?=.)", "", name)).lower()
    plain = ascii_name(spelt, "check") or f"check_{place + 1}"
    return plain if plain not in taken else f"{plain}_{place + 1}"


def ascii_name(text: str, prefix: str) -> str:
    """Return a name of ASCII letters, digits and underscores for a text; empty where it has no letter or digit."""
    plain = unicodedata.normalize("NFKD", text.translate(GERMAN)).encode("ascii", "ignore").decode()
    plain = re.sub(r"\W", "_", plain).strip("_")
    return plain if not plain or (plain.isidentifier() and not keyword.iskeyword(plain)) else f"{prefix}_{plain}"


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
        begin = lines[body[0].lineno - 1]
        indent = begin[: len(begin) - len(begin.lstrip())]
        says = (ast.get_docstring(node) or f"Write {node.name}.").split("\n")[0]
        lines.insert(body[-1].end_lineno or 0, f"{indent}# end solution")
        lines.insert(_first_line(body[0]) - 1, f"{indent}# solution({number}): {says}")
    return "\n".join(lines) + "\n"


def _gap_functions(tree: ast.Module, kind: str) -> Iterator[ast.FunctionDef]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and _is_to_be_written(node, kind):
            yield node
        elif isinstance(node, ast.ClassDef) and node.name[0] != "_" and kind != "function":
            for asked in _class(node, kind):
                written = {FORWARD, BACKWARD} if kind == "layer" else {one.name for one in asked.methods}
                yield from (
                    one
                    for name, one in _methods(node).items()
                    if name in written and (kind == "layer" or _stands_alone(one))
                )


def _is_to_be_written(node: ast.FunctionDef, kind: str) -> bool:
    """Return whether students write a function: not one that is private, or `main`, which tries the others out."""
    return node.name[0] != "_" and node.name != "main" and kind in {"function", "notebook"}


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
        Method(name=name, parameters=_parameters(one, skip=1))
        for name, one in methods.items()
        if (name[0] != "_" or name in CALLED) and not one.decorator_list
    )
    read = [name for name, one in methods.items() if name[0] != "_" and PROPERTIES & _decorators(one)]
    called += tuple(Method(name=name, parameters=()) for name in read)
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
        parameters=_parameters(node),
        optional=_optional(node),
        changed=not any(isinstance(one, ast.Yield | ast.YieldFrom) or _gives_value(one) for one in ast.walk(node)),
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
        parameters=_parameters(made, skip=1) if made is not None else _fields(node),
        form=Form.LAYER,
        has_backward=backward is not None,
        grads=tuple(set_there),
        first=node.lineno,
        last=node.end_lineno or 0,
        calls=_calls(node),
    )


def _says(node: ast.FunctionDef | ast.ClassDef, otherwise: str) -> str:
    return (ast.get_docstring(node) or otherwise).split("\n")[0].replace('"', "'")


def _parameters(node: ast.FunctionDef, skip: int = 0) -> tuple[Parameter, ...]:
    """Return the parameters that have to be given by their place; of `*arrays` two."""
    every = [*node.args.posonlyargs, *node.args.args][skip:]
    needed = every[: len(every) - len(node.args.defaults)] if node.args.defaults else every
    found = [_parameter(one, node) for one in needed]
    if node.args.vararg is not None and not node.args.defaults:
        several = _parameter(node.args.vararg, node)
        found += [replace(several, name=f"{several.name}_{number}") for number in (1, 2)]
    return tuple(found)


def _optional(node: ast.FunctionDef) -> tuple[Parameter, ...]:
    """Return the parameters with a default that can be given by their place."""
    every = [*node.args.posonlyargs, *node.args.args]
    return tuple(_parameter(one, node) for one in every[len(every) - len(node.args.defaults) :])


def _parameter(argument: ast.arg, function: ast.FunctionDef) -> Parameter:
    return Parameter(
        name=argument.arg,
        annotation="" if argument.annotation is None else ast.unparse(argument.annotation),
        uses=frozenset(
            one.attr
            for one in ast.walk(function)
            if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.value.id == argument.arg
        ),
    )


def _takes_tensors(node: ast.FunctionDef) -> bool:
    """Return whether a function of a solution with PyTorch takes tensors: no annotation says that it takes arrays."""
    return not any("ndarray" in one.annotation or "NDArray" in one.annotation for one in _parameters(node))


def _gives_value(node: ast.AST) -> bool:
    return isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value)


def _is_none(node: ast.expr) -> bool:
    """Return whether an expression is None, as it is written."""
    return isinstance(node, ast.Constant) and node.value is None


def _fields(node: ast.ClassDef) -> tuple[Parameter, ...]:
    """Return the fields without a default of a dataclass; of another class there are none."""
    if not any(name.rpartition(".")[2] == "dataclass" for name in _decorators(node)):
        return ()
    return tuple(
        Parameter(name=one.target.id, annotation=ast.unparse(one.annotation))
        for one in node.body
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and one.value is None
    )


def _decorators(node: ast.FunctionDef | ast.ClassDef) -> frozenset[str]:
    return frozenset(ast.unparse(one.func if isinstance(one, ast.Call) else one) for one in node.decorator_list)


def _calls(node: ast.AST) -> frozenset[str]:
    return frozenset(one.id for one in ast.walk(node) if isinstance(one, ast.Name))
