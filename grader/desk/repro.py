"""Write what a public check does as a script of its own, to be run under a debugger. Pure."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from textwrap import dedent
from typing import Final

import numpy as np

from grader.judging.case_calls import CaseCall
from grader.model.observation import Value

MOST_NUMBERS: Final = 400  # in all arrays of a script; with more of them they stand in a file beside it
LOADER: Final = dedent('''\
    class Submission:
        """Your modules, as the driver asks for them."""

        sources = {
            path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8", errors="replace")
            for folder in reversed(FOLDERS)
            for path in sorted(Path(folder).rglob("*.py"))
            if "site-packages" not in path.parts
        }

        def load(self, target):
            """Import `package.module:Name`."""
            module, _, name = target.partition(":")
            path = module.replace(".", "/")
            if not {f"{path}.py", f"{path}/__init__.py"} & self.sources.keys():
                raise MissingError(f"{path}.py is missing from the submission")
            found = importlib.import_module(module)
            if not hasattr(found, name):
                raise MissingError(f"{path}.py defines no {name}")
            return getattr(found, name)

        def attachment(self, path):
            """Read a file that is handed in beside the modules."""
            if not Path(FOLDERS[0], path).is_file():
                raise MissingError(f"{path} was not handed in")
            return Path(FOLDERS[0], path).read_bytes()

        def attachments(self, pattern):
            """List the files beside the modules that fit a pattern."""
            return sorted(path.relative_to(FOLDERS[0]).as_posix() for path in Path(FOLDERS[0]).glob(pattern))


    def compare(name, got, expected):
        """Print each value beside the expected one."""
        if isinstance(expected, dict):
            for key in expected:
                compare(f"{name}.{key}".lstrip("."), got[key], expected[key])
        elif isinstance(expected, (list, tuple)):
            for place, (left, right) in enumerate(zip(got, expected)):
                compare(f"{name}[{place}]", left, right)
        else:
            print(f"{name}: got\\n{got}\\nexpected\\n{expected}")
            if isinstance(expected, np.ndarray) and np.shape(got) == expected.shape and expected.dtype.kind in "fiu":
                print("largest difference:", np.max(np.abs(np.asarray(got) - expected), initial=0))
''')


@dataclass(frozen=True, slots=True)
class Script:
    """A script, and the arrays that stand beside it by name; none where they stand in it."""

    text: str
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)


def script_of(
    title: str, calls: Sequence[CaseCall], drivers: str, folders: Sequence[PurePath], arrays_file: str
) -> Script:
    """Write a script that makes the calls of one case.

    Args:
        title: What it runs, for its first line.
        calls: What the case asks for.
        drivers: The source of the drivers, of which it takes what these calls need.
        folders: Where modules are looked for, in this order.
        arrays_file: The name of the file beside it.
    """
    every = [array for call in calls for array in _arrays((call.inputs, call.expected if call.is_compared else None))]
    stored: dict[str, np.ndarray] | None = {} if sum(array.size for array in every) > MOST_NUMBERS else None
    lines = [
        f'"""{title}"""',
        "",
        "from __future__ import annotations",
        "",
        "import importlib",
        "import random",
        "import sys",
        "from pathlib import Path",
        "",
    ]
    lines += ["import numpy as np", "", "from grader.drivers.imports import MissingError", ""]
    lines += [f"FOLDERS = {[str(folder) for folder in folders]!r}", "sys.path += FOLDERS", ""]
    lines += [LOADER, "", _needed(drivers, {call.driver for call in calls}), ""]
    body = []
    for call in calls:
        body += [f"inputs = {_literal(call.inputs, stored)}", f"random.seed({call.seed})"]
        body += [f"np.random.seed({call.seed % (1 << 32)})", f"got = {call.driver}(Submission(), **inputs)"]
        if call.is_compared:
            body.append(f'compare("", got, {_literal(call.expected, stored)})')
        else:
            body.append("print(got)")
        body.append("")
    if stored:
        lines += [f"arrays = np.load(Path(__file__).with_name({arrays_file!r}))", ""]
    return Script("\n".join([*lines, *body]).rstrip() + "\n", stored or {})


def _arrays(value: object) -> Iterator[np.ndarray]:
    pending = [value]
    while pending:
        match pending.pop():
            case np.ndarray() as array:
                yield array
            case dict() as table:
                pending += table.values()
            case list() | tuple() as items:
                pending += items


def _literal(value: Value, stored: dict[str, np.ndarray] | None) -> str:
    """Write a value as Python; arrays by name where they are stored beside the script."""
    match value:
        case np.ndarray() if stored is not None:
            name = f"array_{len(stored)}"
            stored[name] = value
            return f"arrays[{name!r}]"
        case np.ndarray():
            numbers = repr(value.tolist()).replace("nan", "np.nan").replace("inf", "np.inf")
            return f"np.array({numbers}, dtype=np.{value.dtype.name}).reshape({value.shape})"
        case dict():
            return "{" + ", ".join(f"{key!r}: {_literal(held, stored)}" for key, held in value.items()) + "}"
        case list():
            return "[" + ", ".join(_literal(held, stored) for held in value) + "]"
        case tuple():
            return "(" + "".join(f"{_literal(held, stored)}, " for held in value) + ")"
        case float() if not math.isfinite(value):
            return f'float("{value}")'
    return repr(value)


def _needed(drivers: str, names: set[str]) -> str:
    """Take of the drivers what some of them need: their imports, constants, classes and functions, in order."""
    tree = ast.parse(drivers)
    defined = {name: node for node in tree.body for name in _defines(node)}
    pending, taken = list(names), set[int]()
    while pending:
        node = defined.get(pending.pop())
        if node is None or id(node) in taken:
            continue
        taken.add(id(node))
        pending += [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]
    parts = [node for node in tree.body if id(node) in taken]
    lines = drivers.split("\n")
    return "\n\n".join("\n".join(lines[_first_line(node) - 1 : node.end_lineno]) for node in parts)


def _first_line(node: ast.stmt) -> int:
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef | ast.ClassDef) else []
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _defines(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from ((one.asname or one.name).partition(".")[0] for one in names)
        case ast.Assign(targets=targets):
            yield from (part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name
