"""What tests use of a submission, by name: functions and classes that are asked, values that are read."""

from __future__ import annotations

import ast
import builtins
import json
from collections.abc import Collection, Mapping, Sequence
from importlib.util import find_spec

from grader.lint.imported.cell_gaps import blocks_of
from grader.lint.imported.shared_names import used_first


def classes_in(text: str) -> dict[str, tuple[str, ...]]:
    """Return the classes that a module defines at its top, each with the names of its methods."""
    return {
        node.name: tuple(
            one.name
            for one in node.body
            if isinstance(one, ast.FunctionDef)
            and not any("property" in ast.unparse(mark) for mark in one.decorator_list)
        )
        for node in ast.parse(text).body
        if isinstance(node, ast.ClassDef)
    }


def defined_in(text: str) -> tuple[set[str], set[str]]:
    """Return the functions and the other names that a module defines outside any function or class."""
    functions, others = _defined(ast.parse(text).body)
    return functions, others - functions


def _defined(body: Sequence[ast.stmt]) -> tuple[set[str], set[str]]:
    functions: set[str] = set()
    others: set[str] = set()
    for node in body:
        if isinstance(node, ast.FunctionDef):
            functions.add(node.name)
            continue
        targets: list[ast.expr | None] = []
        if isinstance(node, ast.Assign):
            targets = [*node.targets]
        elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.For):
            targets = [node.target]
        elif isinstance(node, ast.With):
            targets = [item.optional_vars for item in node.items]
        others |= {
            one.id
            for target in targets
            if target is not None
            for one in ast.walk(target)
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
        }
        if not isinstance(node, ast.ClassDef | ast.AsyncFunctionDef):
            for block in blocks_of(node):
                inside = _defined(block)
                functions |= inside[0]
                others |= inside[1]
    return functions, others


def bindings(code: str, modules: Mapping[str, str]) -> str:
    """Return statements that bind what code uses of modules: functions to be asked, values to be read.

    Args:
        code: A test; a name that it binds itself before it reads it is its own.
        modules: The texts of the submission's modules by their names; the first that binds a name has it.
    """
    tree = ast.parse(code)
    used = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    if {"vars", "globals", "locals", "dir", "eval"} & {*used}:  # 'x' in vars()
        texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
        used += [text for text in texts if isinstance(text, str)]
    stored = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    own = stored - used_first(code)
    lines, values_of = dict[str, str](), dict[str, str]()
    for module, text in modules.items():
        functions, values = defined_in(text)
        classes = classes_in(text)
        for name in dict.fromkeys(used):
            if name in functions:
                line = f'_imported.Asked(_call, "{module}:{name}")'
            elif name in classes:
                line = asked_class(module, name, text)
            elif name in values - own:
                line = f'_imported.read(_value, "{module}:{name}", _call)'
                values_of.setdefault(name, f"{module}:{name}")
            else:
                continue
            lines.setdefault(name, line)
    bound = [name for name in dict.fromkeys(used) if name in lines]
    asked = "".join(f"{name} = {lines[name]}\n" for name in bound)
    bound_names = _locals({name: name for name in bound if name not in values_of}, values_of, "{}", [*modules][:1])
    if named := [name for name in ("globals", "locals", "vars") if name in used]:
        asked += f"{' = '.join(named)} = lambda: {bound_names}\n"
    if "dir" in used:
        asked += f"dir = _imported.names_of({bound_names})\n"
    return asked


def asked_class(module: str, name: str, text: str) -> str:
    """Return what stands for a class of the submission, of which the text of its module is given."""
    bases = exceptions_in(text)
    if name in bases:
        return f"_imported.exception({json.dumps(name)}, {json.dumps(bases[name])})"
    return f"_imported.AskedClass(_replay, {', '.join(map(json.dumps, (f'{module}:{name}', *classes_in(text)[name])))})"


def exceptions_in(text: str) -> dict[str, str]:
    """Return the exceptions that a module defines at its top, each with the class that it is derived from."""
    found: dict[str, str] = {}
    for node in ast.parse(text).body:
        bases = [ast.unparse(base) for base in node.bases] if isinstance(node, ast.ClassDef) else []
        if isinstance(node, ast.ClassDef) and bases and (bases[0] in found or _is_exception(bases[0])):
            found[node.name] = bases[0]
    return found


def _is_exception(name: str) -> bool:
    known = getattr(builtins, name, None)
    return isinstance(known, type) and issubclass(known, BaseException)


def asked_module(module: str, text: str) -> str:
    """Return what stands for a module of the submission of which a test takes names."""
    own = exceptions_in(text)
    classes = "".join(f", {name}={methods!r}" for name, methods in classes_in(text).items() if name not in own)
    classes += "".join(f", {name}={base!r}" for name, base in own.items())
    values = f", {sorted(others)!r}, _value" if (others := defined_in(text)[1]) else ""
    return f'_imported.AskedModule(_call, "{module}", _replay{values}{classes})'


def asked_locals(module: str, text: str) -> str:
    """Return what stands for all that a module of the submission binds, by name."""
    functions, values = defined_in(text)
    asked = {name: f'_imported.Asked(_call, "{module}:{name}")' for name in sorted(functions)}
    asked |= {name: asked_class(module, name, text) for name in classes_in(text)}
    return _locals(asked, {name: f"{module}:{name}" for name in sorted(values)}, "globals()", [module])


def _locals(asked: Mapping[str, str], values: Mapping[str, str], others: str, modules: Sequence[str]) -> str:
    """Return what stands for names: those that are asked, each with what stands for it, and values by their targets."""
    pairs = ", ".join(f'"{name}": {made}' for name, made in asked.items())
    of = "".join(f', module="{module}", call=_call, has=_has' for module in modules)
    return f"_imported.Locals({{{pairs}}}, {dict(values)!r}, _value, {others}{of})"


def import_lines(text: str, used: str, without: Collection[str] = ()) -> str:
    """Return the imports at the top of a module that other code uses, but for those of some modules.

    A star import is one that is used, where the module is here.
    """
    nodes = [*ast.walk(ast.parse(used))]
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    names |= {str(node.slice.value) for node in nodes if isinstance(node, ast.Subscript)  # env["np"]
              and isinstance(node.slice, ast.Constant)}  # fmt: skip
    lines: dict[str, None] = {}
    for node in ast.parse(text).body:
        if not isinstance(node, ast.Import | ast.ImportFrom) or getattr(node, "module", "") == "__future__":
            continue
        for alias in node.names:
            top = (alias.name if isinstance(node, ast.Import) else node.module or "").partition(".")[0]
            is_used = (alias.asname or alias.name).partition(".")[0] in names or (
                alias.name == "*" and find_spec(top) is not None
            )
            if top and top not in without and is_used and not getattr(node, "level", 0):
                one = (
                    ast.Import([alias])
                    if isinstance(node, ast.Import)
                    else ast.ImportFrom(module=node.module, names=[alias], level=0)
                )
                lines[ast.unparse(one)] = None
    return "".join(f"{line}\n" for line in lines)
