"""Tell the plain constants of a notebook from what trains, downloads and draws. Pure."""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass, field
from typing import Final

_BUILTINS: Final = frozenset({
    "abs", "bool", "bytes", "complex", "dict", "divmod", "enumerate", "float", "frozenset", "int", "len",
    "list", "max", "min", "object", "pow", "range", "reversed", "round", "set", "slice", "sorted", "str", "sum",
    "tuple", "type", "zip"
})  # fmt: skip
# Modules of the standard library that only compute, and what makes an array or a type in the others.
_COMPUTING: Final = frozenset({
    "collections", "dataclasses", "decimal", "enum", "fractions", "functools", "itertools", "logging", "math",
    "operator", "pathlib", "re", "string", "typing"
})  # fmt: skip
_MAKERS: Final = frozenset({
    "Integer", "Matrix", "Rational", "Symbol", "Tensor", "arange", "array", "as_tensor", "asarray", "bool",
    "complex128", "complex64", "concatenate", "default_rng", "device", "diag", "dtype", "exp", "eye", "float16",
    "float32", "float64", "full", "identity", "int16", "int32", "int64", "int8", "is_available", "linspace",
    "log", "ones", "outer", "sqrt", "stack", "symbols", "tensor", "tile", "uint8", "zeros"
})  # fmt: skip
_METHODS: Final = frozenset({
    "astype", "copy", "double", "flatten", "float", "format", "items", "join", "keys", "lower", "ravel",
    "repeat", "replace", "reshape", "split", "strip", "t", "tolist", "transpose", "upper", "values", "view"
})  # fmt: skip


@dataclass(slots=True)
class Names:
    """What definitions may be made of: names that have a value, and for some what of a module they stand for.

    `own` are those that the notebook gave their value, `has_star` tells that an import with a star may have given more.
    """

    known: set[str] = field(default_factory=lambda: set(dir(builtins)))
    modules: dict[str, str] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)
    has_star: bool = False

    def copy(self) -> Names:
        """Return names that may be added to without these."""
        return Names(set(self.known), dict(self.modules), set(self.own), self.has_star)

    def bind(self, name: str, module: str = "") -> None:
        """Note that a name has a value, or stands for a module or for something of one."""
        self.known.add(name)
        self.modules.pop(name, None)
        self.own.discard(name)
        if module:
            self.modules[name] = module
        else:
            self.own.add(name)


def is_plain(node: ast.AST, names: Names) -> bool:
    """Return whether an expression is made of literals and known names by operators and harmless calls."""
    match node:
        case ast.Name(id=name):
            return name in names.known
        case ast.Attribute(value=value):
            return is_plain(value, names)
        case ast.Call(func=function, args=args, keywords=keywords):
            given = [*args, *(keyword.value for keyword in keywords)]
            return _is_harmless(function, names) and all(is_plain(value, names) for value in given)
        case ast.Lambda(args=arguments):
            return all(is_plain(value, names) for value in (*arguments.defaults, *filter(None, arguments.kw_defaults)))
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return _is_plain_comprehension(node, names)
        case (
            ast.Constant() | ast.UnaryOp() | ast.BinOp() | ast.BoolOp() | ast.Compare() | ast.IfExp() | ast.Tuple()
            | ast.List() | ast.Set() | ast.Dict() | ast.Subscript() | ast.Slice() | ast.Starred() | ast.JoinedStr()
            | ast.FormattedValue()
        ):  # fmt: skip
            parts = ast.iter_child_nodes(node)
            return all(is_plain(part, names) for part in parts if isinstance(part, ast.expr))
    return False


def _is_plain_comprehension(node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, names: Names) -> bool:
    inner = names.copy()
    for loop in node.generators:
        if not is_plain(loop.iter, inner):
            return False
        inner.known |= {part.id for part in ast.walk(loop.target) if isinstance(part, ast.Name)}
        if not all(is_plain(test, inner) for test in loop.ifs):
            return False
    made = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
    return all(is_plain(part, inner) for part in made)


def _is_harmless(function: ast.expr, names: Names) -> bool:
    """Return whether a call of this function makes a value and does nothing else worth the name."""
    match function:
        case ast.Name(id=name) if name in names.modules:
            origin, _, made = names.modules[name].rpartition(".")
            return origin.partition(".")[0] in _COMPUTING or made in _MAKERS
        case ast.Name(id=name):
            return name in _BUILTINS
        case ast.Attribute(value=value, attr=name):
            root = value
            while isinstance(root, ast.Attribute):
                root = root.value
            if isinstance(root, ast.Name) and root.id in names.modules:
                return names.modules[root.id].partition(".")[0] in _COMPUTING or name in _MAKERS
            return name in _METHODS and is_plain(value, names)
    return False


def needed_names(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> set[str]:
    """List the names that a function or class needs where it is defined: the body of a function needs none yet."""
    if isinstance(node, ast.ClassDef):
        own = {name for statement in node.body for name in bound_names(statement)}
        inner = {name for statement in node.body for name in _needed_in_class(statement)}
        outer = [*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)]
        return {name for expression in outer for name in _loaded(expression)} | (inner - own)
    defaults = (*node.args.defaults, *node.args.kw_defaults)  # annotations are not evaluated, see definitions.py
    expressions = (*node.decorator_list, *defaults)
    return {name for expression in expressions if expression is not None for name in _loaded(expression)}


def _needed_in_class(statement: ast.stmt) -> set[str]:
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return needed_names(statement)
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            return _loaded(value)
    return set()


def bound_names(statement: ast.stmt) -> set[str]:
    """List the names that a statement binds."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
    return {part.id for part in ast.walk(statement) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}


def _loaded(expression: ast.expr) -> set[str]:
    """List the names that an expression reads when it is evaluated; those inside it that it binds itself excepted."""
    inner = [part for part in ast.walk(expression) if isinstance(part, ast.Name)]
    bound = {part.id for part in inner if isinstance(part.ctx, ast.Store)}
    lambdas = {part for found in ast.walk(expression) if isinstance(found, ast.Lambda) for part in ast.walk(found.body)}
    return {part.id for part in inner if part not in lambdas} - bound
