"""What a notebook's objects keep that no name stands for, by its syntax: closures, hooks, gradients, generators."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from grader.sandbox.guest.cell_effects import (
    Statement,
    altered_parameters,
    assigned_into,
    changed,
    executed_parts,
    loaded,
    optimized,
    parts_of,
    root_of,
    stored,
)

_DRAWING: Final = frozenset(
    (
        *("bernoulli", "multinomial", "normal", "rand", "rand_like", "randint", "randint_like", "randn", "randn_like"),
        *("randperm", "trunc_normal"),
    )
)
"""Functions of torch's top level that draw from its generator."""
_GENERATORS: Final = frozenset({"generator", "out", "random_state", "rng"})
"""Arguments that are drawn from, or written to."""
_SEEDING: Final = frozenset({"manual_seed", "manual_seed_all", "seed"})


def makes_stateful(node: ast.stmt) -> bool:
    """Return whether what a call of this definition gives may change when it is called itself.

    So do closures that bind or change what the function around them has, and objects whose `__call__` assigns into
    them.
    """
    if isinstance(node, ast.ClassDef):
        calls = (part for part in node.body if isinstance(part, ast.FunctionDef) and part.name == "__call__")
        return any(altered_parameters(call, {}).altered.intersection(_first(call)) for call in calls)
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    inner = [part for part in ast.walk(node) if part is not node and isinstance(part, ast.FunctionDef | ast.Lambda)]
    if not inner:
        return False
    around = stored(node) | {one.arg for one in ast.walk(node.args) if isinstance(one, ast.arg)}
    return any(isinstance(part, ast.Nonlocal) for one in inner for part in ast.walk(one)) or any(
        (set(changed(ast.walk(one), ())) & around) - _own(one) for one in inner
    )


def _first(function: ast.FunctionDef) -> list[str]:
    return [one.arg for one in (*function.args.posonlyargs, *function.args.args)][:1]


def _own(function: ast.FunctionDef | ast.Lambda) -> set[str]:
    arguments = {one.arg for one in ast.walk(function.args) if isinstance(one, ast.arg)}
    return arguments | (stored(function) if isinstance(function, ast.FunctionDef) else set())


def changes_its_class(node: ast.stmt) -> bool:
    """Return whether objects of a class assign into the class, as `type(self).count += 1` does."""
    return isinstance(node, ast.ClassDef) and any(
        isinstance(part.value, ast.Attribute | ast.Call) and ast.unparse(part.value) in {"type(self)", "self.__class__"}
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store)
    )


def hooks(node: ast.stmt) -> Iterator[tuple[str, set[str], set[str]]]:
    """List the objects that a statement gives hooks, as `net.conv.register_forward_hook(keep)`.

    Returns:
        Of each its name, the names that make its hook, and those that the hook changes itself.
    """
    looped = set(loaded(ast.walk(node.iter))) if isinstance(node, ast.For) else set[str]()
    for part in executed_parts(node):
        match part:
            case ast.Call(func=ast.Attribute(value=owner, attr=attr), args=[hook, *_]) if attr.startswith(
                "register_"
            ) and attr.endswith("hook"):
                changes = set(changed(ast.walk(hook), ())) if isinstance(hook, ast.Lambda) else set[str]()
                for name in {root_of(owner), *looped}:
                    yield name, set(loaded(ast.walk(hook))), changes


def spread_state(statements: Sequence[Statement]) -> None:
    """Note for each statement which closures and objects it changes by calling them."""
    makers = {name for one in statements if makes_stateful(one.node) for name in one.binds}
    if not makers:
        return
    stateful = {
        name
        for one in statements
        if isinstance(one.node, ast.Assign) and called(one.node.value) in makers
        for name in one.binds
    }
    for one in statements:
        if not stateful.isdisjoint(one.uses):
            calls = {called(part) for part in executed_parts(one.node)}
            one.changes.update(calls & stateful)


def called(node: ast.AST) -> str:
    """Return the name that a call calls; empty where there is none."""
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def spread_views(statements: Sequence[Statement]) -> None:
    """Note for each statement what else it changes by a list of it, `params = [w, b]`, or a part, `row = x[0]`."""
    holding, viewing = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    for one in statements:
        name, held, whole = parts_of(one.node)
        if name:
            holding[name] |= held
            viewing[name] |= whole
    for one in statements if holding else ():
        one.changes.update(*(holding[name] for name in [*one.changes] if name in holding))
        if not viewing.keys().isdisjoint(one.changes | one.binds):
            into = set(assigned_into(executed_parts(one.node)))
            one.changes.update(*(viewing[name] for name in into if name in viewing))


def spread_gradients(statements: Sequence[Statement]) -> None:
    """Note for each statement whose gradients it computes, and what an optimizer changes by its step."""
    networks = {name for one in statements if is_network(one.node) for name in one.binds}
    tracked, flows, optimizers = set[str](), defaultdict[str, set[str]](set), dict[str, set[str]]()
    for one in statements:
        if isinstance(one.node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef):
            continue
        if takes_gradients(one.node, networks):
            tracked |= one.binds | one.changes
        for name in one.binds:
            flows[name] |= one.uses
        owners, held = optimized(one.node)
        optimizers |= dict.fromkeys(owners, held)
    for one in statements:
        if tracked and (losses := differentiated(one.node)):
            one.changes.update(_sources(losses, flows) & tracked)
        one.changes.update(*(optimizers[name] for name in one.changes & optimizers.keys()))


def _sources(names: Collection[str], flows: Mapping[str, set[str]]) -> set[str]:
    """List the names that went into these, and they themselves."""
    found, todo = set[str](), [*names]
    while todo:
        found.add(name := todo.pop())
        todo += flows.get(name, set()) - found
    return found


def differentiated(node: ast.stmt) -> set[str]:
    """List the names whose `backward` a statement calls."""
    return {
        name
        for part in executed_parts(node)
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr == "backward"
        for name in loaded(ast.walk(part))
    }


def takes_gradients(node: ast.stmt, networks: Collection[str]) -> bool:
    """Return whether a statement makes something that gradients are kept in: a network, or what requires them."""
    for part in ast.walk(node):
        match part:
            case ast.keyword(arg="requires_grad") | ast.Attribute(attr="requires_grad" | "requires_grad_"):
                return True
            case ast.Call(func=ast.Name(id=name)) if name in networks or name == "Parameter":
                return True
            case ast.Call(func=ast.Attribute(value=module, attr=name)) if (
                name[:1].isupper() and "Loss" not in name and ast.unparse(module).rpartition(".")[2] == "nn"
            ):
                return True
    return False


def is_network(node: ast.stmt) -> bool:
    """Return whether a definition is that of a network."""
    return isinstance(node, ast.ClassDef) and any("Module" in ast.unparse(base) for base in node.bases)


def drawn_from(parts: Collection[ast.AST]) -> Iterator[str]:
    """List the generators and results that calls are given: they change by it."""
    for part in parts:
        if isinstance(part, ast.Call):
            yield from (
                word.value.id for word in part.keywords if word.arg in _GENERATORS and isinstance(word.value, ast.Name)
            )


def full_names(nodes: Iterable[ast.stmt]) -> dict[str, str]:
    """Return what imports bind by its full name, as `torch.nn` for `nn`."""
    found = dict[str, str]()
    for node in nodes:
        match node:
            case ast.Import(names=aliases):
                found |= {one.asname or one.name.partition(".")[0]: one.name for one in aliases}
                found |= {name: name for one in aliases if not one.asname for name in [one.name.partition(".")[0]]}
            case ast.ImportFrom(module=str(module), names=aliases):
                found |= {one.asname or one.name: f"{module}.{one.name}" for one in aliases}
    return found


def draws(parts: Iterable[ast.AST], full: Mapping[str, str]) -> Iterator[str]:
    """List the packages whose own generator calls seed or draw from, as `np.random.rand(3)`, `nn.Linear(3, 2)` do."""
    for part in parts:
        if isinstance(part, ast.Call) and root_of(part.func) in full:
            package, *path = _full_name(part.func, full)
            name = path[-1] if path else ""
            of_torch = (
                name in _DRAWING or "init" in path or ("nn" in path and name[:1].isupper() and "Loss" not in name)
            )
            if name in _SEEDING or "random" in (package, *path[:-1]) or (package == "torch" and of_torch):
                yield package


def _full_name(node: ast.AST, full: Mapping[str, str]) -> list[str]:
    match node:
        case ast.Attribute(value=inner, attr=attr):
            return [*_full_name(inner, full), attr]
        case ast.Name(id=name):
            return full.get(name, name).split(".")
    return [""]


def seeds(node: ast.stmt) -> bool:
    """Return whether a statement calls something that seeds."""
    return any(isinstance(part, ast.Attribute) and part.attr in _SEEDING for part in ast.walk(node))


def set_modules(node: ast.stmt, imported: Collection[str]) -> set[str]:
    """List the modules that a function sets, where it does nothing else, as `set_seed` does; else none."""
    if not isinstance(node, ast.FunctionDef):
        return set()
    found = set[str]()
    return found if _only_sets(node.body, imported, found) else set()


def _only_sets(body: Collection[ast.stmt], imported: Collection[str], found: set[str]) -> bool:
    for node in body:
        match node:
            case (
                ast.Expr(value=ast.Constant())
                | ast.Pass()
                | ast.Return(value=None | ast.Name())
                | ast.Import()
                | ast.ImportFrom()
            ):
                continue
            case ast.Expr(value=ast.Call(func=ast.Name(id="print"))):
                continue
            case ast.Expr(value=ast.Call(func=function)) if (root := root_of(function)) in imported:
                found.add(root)
            case ast.Assign(targets=[ast.Attribute() | ast.Subscript() as target]) if root_of(target) in imported:
                found.add(root_of(target))
            case ast.If(body=inner, orelse=rest) if _only_sets([*inner, *rest], imported, found):
                continue
            case _:
                return False
    return True
