"""What a statement of a notebook reads, and whose value it may change, by its syntax."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from grader.model.python_tree import MALFORMED

_BINDING_ANYTHING: Final = frozenset({"exec", "globals", "locals"})
_OF_TEXT: Final = frozenset({"exec", "eval"})
_MUTATORS: Final = frozenset(
    (
        *("add", "append", "appendleft", "clear", "discard", "extend", "extendleft", "insert", "pop", "popitem"),
        *("popleft", "remove", "reverse", "setdefault", "sort", "update"),
    )
)
"""Methods of Python's own containers that change them."""
_OF_TRAINING: Final = frozenset({"load_state_dict", "step"})
"""Methods of networks and optimizers that change what they hold."""
_OPTIMIZERS: Final = frozenset(
    (
        *("ASGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "LBFGS", "NAdam", "RAdam", "RMSprop", "Rprop"),
        *("SGD", "SparseAdam"),
    )
)
_SCHEDULERS: Final = frozenset(
    (
        *("CosineAnnealingLR", "CyclicLR", "ExponentialLR", "LambdaLR", "LinearLR", "MultiStepLR", "OneCycleLR"),
        *("ReduceLROnPlateau", "StepLR"),
    )
)
_HOLDING: Final = frozenset({"ModuleDict", "ModuleList", "ParameterList", "Sequential"})
_VIEWS: Final = frozenset(
    (
        *("as_tensor", "asarray", "detach", "diagonal", "expand", "flatten", "from_numpy", "numpy", "permute", "ravel"),
        *("reshape", "setdefault", "squeeze", "swapaxes", "transpose", "unbind", "unsqueeze", "view"),
    )
)
"""Methods and functions whose results share their memory with what they are of."""
_INTO_FIRST: Final = frozenset(
    (
        *("copyto", "delattr", "fill_diagonal", "heapify", "heappop", "heappush", "heappushpop", "heapreplace"),
        *("insort", "insort_left", "insort_right", "next", "place", "put", "put_along_axis", "putmask", "setattr"),
        *("redirect_stderr", "redirect_stdout", "shuffle"),
    )
)
"""Functions of Python and numpy that change their first argument, or let it be changed."""
_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement that stands in a cell by itself, and the global names that it has to do with.

    `reads` are those that it or a function in it looks up, `uses` those that are looked up as it is executed. `changes`
    are those whose value it may change without binding them, `effects` those that its functions may change when they
    are called, and `settings` modules that are called for their effect alone, as in `np.random.seed(1)`.
    """

    node: ast.stmt
    binds: frozenset[str]
    reads: frozenset[str]
    uses: frozenset[str]
    changes: set[str] = field(default_factory=set)
    effects: set[str] = field(default_factory=set)
    settings: frozenset[str] = frozenset()
    binds_anything: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Altering:
    """The parameters of a function, and those into which it assigns."""

    parameters: tuple[str, ...]
    altered: frozenset[str]


def changed(parts: Iterable[ast.AST], imported: Collection[str]) -> Iterator[str]:
    """List the names whose value may be changed: by an assignment into it, a method, or a loop over it."""
    for part in parts:
        match part:
            case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
                yield root_of(part)
            case ast.Attribute(attr=attr) if attr in _MUTATORS and (name := root_of(part)) not in imported:
                yield name  # called or handed on, as in `map(rows.append, found)`
            case ast.Call(func=ast.Attribute(value=value)) if (name := root_of(value)) not in imported:
                yield name
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[first, *_]) if _is_into_first(name):
                yield root_of(first)
            case ast.For(iter=iterated) | ast.AsyncFor(iter=iterated):
                yield from (name for name in loaded(ast.walk(iterated)) if name not in imported)


def _is_into_first(function: str) -> bool:
    """Return whether a function of this name changes its first argument; torch's end in one underscore."""
    return function in _INTO_FIRST or (function.endswith("_") and not function.endswith("__"))


def altered_parameters(node: ast.FunctionDef | ast.AsyncFunctionDef, altering: Mapping[str, Altering]) -> Altering:
    """Find the parameters into which a function assigns, or hands to a function that does."""
    given = tuple(one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs))
    found = set[str]()
    for part in ast.walk(node):
        match part:
            case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
                found.add(root_of(part))
            case ast.Attribute(attr=attr) if attr in _MUTATORS or attr in _OF_TRAINING:
                found.add(root_of(part))
            case ast.Assign() if optimized(part)[0]:
                found |= optimized(part)[1]
            case ast.AugAssign(target=ast.Name(id=name)):
                found.add(name)
            case ast.Call():
                found.update(altered_arguments(part, altering))
    return Altering(parameters=given, altered=frozenset(found.intersection(given)))


def altered_arguments(call: ast.Call, altering: Mapping[str, Altering]) -> Iterator[str]:
    """List the names that a call hands to a function of the notebook which assigns into them."""
    function = altering.get(call.func.id) if isinstance(call.func, ast.Name) else None
    if function is not None and function.altered:
        by_name = [*zip(function.parameters, call.args, strict=False), *((one.arg, one.value) for one in call.keywords)]
        yield from (root_of(value) for parameter, value in by_name if parameter in function.altered)


def optimized(node: ast.stmt) -> tuple[set[str], set[str]]:
    """Return the names that an assignment gives an optimizer, and those whose values that will change."""
    match node:
        case ast.Assign(
            targets=targets, value=ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[first, *_])
        ) if name in _OPTIMIZERS or name in _SCHEDULERS:
            return {one for target in targets for one in stored(target)}, set(loaded(ast.walk(first)))
    return set(), set()


def handed(call: ast.Call, imported: Collection[str]) -> Iterator[str]:
    """List the names that are handed to a function whose result nobody takes: what else is it for?"""
    if isinstance(call.func, ast.Name) and call.func.id in {"print", "display"}:
        return
    given = (*call.args, *(keyword.value for keyword in call.keywords))
    yield from (
        one.id for part in given for one in _items(part) if isinstance(one, ast.Name) and one.id not in imported
    )


def _items(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.List | ast.Tuple) else [node]


def parts_of(node: ast.stmt) -> tuple[str, set[str], set[str]]:
    """Return the name that an assignment binds, those that it holds, and those of which it is a part or a view."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.List() | ast.Tuple() | ast.Dict() as held):
            return name, {one.id for one in ast.walk(held) if isinstance(one, ast.Name)}, set()
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Attribute() | ast.Subscript() as part):
            return name, set(), {root_of(part)}
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Attribute(attr=attr), args=args) as call):
            if attr in _HOLDING:
                return name, {one.id for part in args for one in ast.walk(part) if isinstance(one, ast.Name)}, set()
            if attr in _VIEWS:
                return name, set(), {root_of(call), *(one.id for one in args if isinstance(one, ast.Name))}
    return "", set(), set()


def assigned_into(parts: Iterable[ast.AST]) -> Iterator[str]:
    """List the names whose objects are assigned into for certain; other methods may only look at them."""
    for part in parts:
        match part:
            case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
                yield root_of(part)
            case ast.AugAssign(target=target):
                yield root_of(target)
            case ast.Call(func=ast.Attribute(value=value, attr=attr)) if attr in _MUTATORS or _is_into_first(attr):
                yield root_of(value)


def aliases(node: ast.stmt) -> set[str]:
    """List the names that stand for one object after an assignment, where they are more than one."""
    if not isinstance(node, ast.Assign):
        return set()
    names = {one.id for one in (*node.targets, node.value) if isinstance(one, ast.Name)}
    return names if len(names) > 1 else set()


def decorated_by(node: ast.stmt) -> Iterator[str]:
    """List the names whose methods decorate a definition, as in `@function.register`."""
    if isinstance(node, _DEFINITIONS):
        yield from (root_of(one) for one in node.decorator_list if isinstance(one, ast.Attribute))


def decorating(node: ast.stmt) -> Iterator[ast.Call]:
    """List the calls that make a definition's decorators, as in `@method_of(Net)`."""
    if isinstance(node, _DEFINITIONS):
        yield from (decorator for decorator in node.decorator_list if isinstance(decorator, ast.Call))


def binds_anything(part: ast.AST) -> bool:
    """Return whether a part that is executed may bind names that do not stand in it."""
    match part:
        case ast.alias(name="*"):
            return True
        case ast.Call(func=ast.Name(id=name), args=given):
            return name in _BINDING_ANYTHING or (name == "vars" and not given)
    return _is_module_itself(part)


def reads_anything(node: ast.stmt) -> bool:
    """Return whether a function or class looks names up that do not stand in it, as `globals()[name]` does."""
    if not isinstance(node, _DEFINITIONS):
        return False
    return any(
        _is_module_itself(part)
        or (isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id in {"eval", "globals"})
        for part in ast.walk(node)
    )


def _is_module_itself(part: ast.AST) -> bool:
    match part:
        case ast.Subscript(
            value=ast.Attribute(value=ast.Name(id="sys"), attr="modules"), slice=ast.Name(id="__name__")
        ):
            return True
    return False


def read_by_text(executed: Iterable[ast.AST]) -> Iterator[str]:
    """List the names in texts that are executed: `exec("def f(): return np.ones(3)")` needs `np`."""
    for part in executed:
        match part:
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(text)), *_]) if name in _OF_TEXT:
                try:
                    yield from loaded(ast.walk(ast.parse(text)))
                except MALFORMED:
                    continue  # it will say so when it is executed


def executed_parts(node: ast.AST) -> Iterator[ast.AST]:
    """List the parts that are evaluated as a statement is executed: the bodies of functions are not."""
    todo = [node]
    while todo:
        part = todo.pop()
        yield part
        match part:
            case (
                ast.FunctionDef(args=args, decorator_list=decorators)
                | ast.AsyncFunctionDef(args=args, decorator_list=decorators)
            ):
                todo += [*decorators, *args.defaults, *filter(None, args.kw_defaults)]
            case ast.Lambda(args=args):
                todo += [*args.defaults, *filter(None, args.kw_defaults)]
            case _:
                todo += ast.iter_child_nodes(part)


def root_of(node: ast.AST) -> str:
    """Return the name at the start of an expression such as `net.layers[0].w`; empty where there is none."""
    while True:
        match node:
            case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.Call(func=inner):
                node = inner
            case ast.Name(id=name):
                return name
            case _:
                return ""


def loaded(parts: Iterable[ast.AST]) -> Iterator[str]:
    """List the names that are looked up."""
    return (part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load))


def stored(node: ast.AST) -> set[str]:
    """List the names that are assigned to."""
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
