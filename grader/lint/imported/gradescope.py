"""Read an autograder of gradescope-utils: classes of unittest whose methods carry weights."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from grader.errors import UsageError
from grader.lint.imported.assignment import BINDINGS, Imported, ImportedTest

OURS: Final = ("gradescope_utils", "unittest", "pytest", "numpy", "scipy", "math", "torch")
BEYOND: Final = ("subprocess", "open", "patch", "mock", "stdout", "stderr", "redirect_stdout", "inspect", "exec", "os")
"""Names of what a test does beyond calling functions and comparing what they return."""


def read_gradescope(folder: Path) -> Imported:
    """Read `tests/*.py` of an autograder, and the solution that lies beside them.

    Raises:
        UsageError: there are no tests, or the solution is not there.
    """
    paths = sorted(
        path for path in folder.rglob("*.py") if path.name.startswith("test") and "__pycache__" not in path.parts
    )
    trees = {path: ast.parse(path.read_text(encoding="utf-8-sig")) for path in paths}
    trees = {path: tree for path, tree in trees.items() if any(_cases(tree))}
    if not trees:
        raise UsageError(f"{folder} has no file test*.py with a class of unittest.TestCase")
    own = [path for path in sorted(folder.rglob("*.py")) if path not in trees and "__pycache__" not in path.parts]
    solutions: dict[str, str] = {}
    asked = [module for tree in trees.values() for module in _modules(tree)]
    for module in asked:
        path = next((one for one in own if _is_module(one, module)), None)
        name = f"{module.replace('.', '/')}.py"
        if path is not None and name not in solutions:
            solutions[name] = path.read_text(encoding="utf-8-sig")
            asked += _modules(ast.parse(solutions[name]))
    if not solutions:
        known = {*OURS, *sys.stdlib_module_names}
        wanted = ", ".join(dict.fromkeys(f"{top}.py" for one in asked if (top := one.partition(".")[0]) not in known))
        raise UsageError(f"{folder} has no {wanted or 'solution'}, which its tests import: put the solution there")
    found = Imported(solutions=solutions)
    students = {path.removesuffix(".py").replace("/", ".") for path in solutions}
    for path, tree in trees.items():
        _read_tests(path.relative_to(folder).as_posix(), tree, students, found)
    return found


def _is_module(path: Path, module: str) -> bool:
    """Return whether a file is the module of a dotted name, wherever its top folder lies."""
    steps = module.split(".")
    return path.with_suffix("").parts[-len(steps) :] == tuple(steps)


def _read_tests(file: str, tree: ast.Module, students: set[str], found: Imported) -> None:
    head: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            head += _head_of(node, students)
        elif isinstance(node, ast.ClassDef) and node in [*_cases(tree)]:
            head.append(_read_class(file, node, found))
        elif not (isinstance(node, ast.If) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))):
            head.append(ast.unparse(node))
    found.head += BINDINGS * (not found.head) + "\n".join(filter(None, head)) + "\n\n"


def _head_of(node: ast.Import | ast.ImportFrom, students: set[str]) -> Iterator[str]:
    """Yield an import as it is, or for modules of the submission what is asked in their place."""
    if isinstance(node, ast.ImportFrom):
        module = node.module or ""
        for alias in node.names:
            name = alias.asname or alias.name
            if module in students:
                yield f'{name} = _imported.Asked(_call, "{module}:{alias.name}")'
            elif f"{module}.{alias.name}".lstrip(".") in students:
                yield f'{name} = _imported.AskedModule(_call, "{f"{module}.{alias.name}".lstrip(".")}")'
            elif not module.startswith("gradescope_utils"):
                yield f"from {'.' * node.level}{module} import {alias.name}" + (
                    f" as {alias.asname}" if alias.asname else ""
                )
        return
    for alias in node.names:
        if alias.name in students:
            yield f'{alias.asname or alias.name} = _imported.AskedModule(_call, "{alias.name}")'
        elif not alias.name.startswith("gradescope_utils"):
            yield f"import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")


def _read_class(file: str, node: ast.ClassDef, found: Imported) -> str:
    """Add the tests of a class, and return the class without what Gradescope reads of it."""
    name = f"Imported{node.name.removeprefix('Test')}"
    taken = {test.name for test in found.tests}
    for method in node.body:
        if not isinstance(method, ast.FunctionDef):
            continue
        marks = {_called(one): one for one in method.decorator_list}
        method.decorator_list = [one for one in method.decorator_list if _called(one) not in MARKS]
        if not method.name.startswith("test"):
            continue
        place = f"{file} line {method.lineno}"
        beyond = sorted({one.id if isinstance(one, ast.Name) else one.attr for one in ast.walk(method)
                         if isinstance(one, ast.Name | ast.Attribute)} & set(BEYOND))  # fmt: skip
        if beyond:
            found.left.append(
                f"{place}: not converted: {method.name} uses {', '.join(beyond)}, expected calls and comparisons"
            )
            continue
        if "partial_credit" in marks or "leaderboard" in marks:
            found.left.append(f"{place}: {method.name} sets its score itself, and passes or fails here: see `partial`")
        short = method.name.removeprefix("test").strip("_") or "test"
        short = short if short not in taken else f"{part_name(node.name)}_{short}"
        taken.add(short)
        says = (ast.get_docstring(method) or short.replace("_", " ")).split("\n")[0]
        points, shown = _argument(marks.get("weight"), 1), _argument(marks.get("visibility"), "visible")
        found.tests.append(
            ImportedTest(
                name=short, place=place, points=float(points), says=str(says), visibility=str(shown),
                body=f'_imported.run_method({name}, "{method.name}")', source=ast.unparse(method),
            )
        )  # fmt: skip
    node.name, node.decorator_list = name, []
    node.body = [*ast.parse("__test__ = False").body, *node.body]  # pytest collects any class of unittest's
    return ast.unparse(node)


MARKS: Final = ("weight", "visibility", "number", "partial_credit", "leaderboard", "tags", "hide_errors")


def part_name(name: str) -> str:
    """Return a class's name as part of a check's."""
    return name.removeprefix("Test").lower()


def _called(node: ast.expr) -> str:
    target = node.func if isinstance(node, ast.Call) else node
    return target.attr if isinstance(target, ast.Attribute) else target.id if isinstance(target, ast.Name) else ""


def _argument(node: ast.expr | None, otherwise: Any) -> Any:  # noqa: ANN401  # what is written there
    values = [*node.args, *(keyword.value for keyword in node.keywords)] if isinstance(node, ast.Call) else []
    return values[0].value if values and isinstance(values[0], ast.Constant) else otherwise


def _cases(tree: ast.Module) -> Iterator[ast.ClassDef]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and any("TestCase" in ast.unparse(base) for base in node.bases):
            yield node


def _modules(tree: ast.Module) -> list[str]:
    """List the modules that a file imports, and what may be one: a name that is taken from a package."""
    names: dict[str, None] = {}
    for node in tree.body:
        if isinstance(node, ast.Import):
            names |= dict.fromkeys(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module: None} if node.module else {}
            names |= dict.fromkeys(f"{node.module or ''}.{alias.name}".lstrip(".") for alias in node.names)
    return [*names]
