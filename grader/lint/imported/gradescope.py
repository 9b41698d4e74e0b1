"""Read an autograder of gradescope-utils: classes of unittest whose methods carry weights."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from grader.errors import UsageError
from grader.lint.imported.assignment import BINDINGS, Imported, ImportedTest
from grader.lint.imported.cell_gaps import between_marks
from grader.lint.imported.names import asked_class, asked_locals, asked_module, classes_in, defined_in
from grader.lint.imported.notebook import cells_of, joined, module_name, notebooks_in

OURS: Final = ("gradescope_utils", "unittest", "pytest", "numpy", "scipy", "math", "torch")
NOT_HERE: Final = ("gradescope_utils", "timeout_decorator", "timeout_decorators")
"""Modules that only mark tests or bound their time."""
RUNNING: Final = ("TestLoader", "TestSuite", "TextTestRunner")
"""What runs tests by itself, which nothing does here."""
NO_SOLUTION: Final = (
    *("incorrect", "incomplete", "wrong", "buggy", "student", "starter", "template", "skeleton", "submission"),
    *("release", "handout", "stub"),
)
"""What the names of folders begin with that hold no solution."""
LOCALS: Final = "_locals"
"""What holds the names of a notebook, by which some classes of tests are made."""
BEYOND: Final = ("subprocess", "open", "patch", "mock", "stdout", "stderr", "redirect_stdout", "inspect", "exec", "os")
"""Names of what a test does beyond calling functions and comparing what they return."""


def read_gradescope(folder: Path) -> Mapping[str, Imported]:
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
    found = Imported(solutions={})
    asked = _add_modules(folder, trees, found)
    if not found.solutions and not _add_book(folder, found):
        known = {*OURS, *NOT_HERE, *sys.stdlib_module_names}
        wanted = ", ".join(dict.fromkeys(f"{top}.py" for one in asked if (top := one.partition(".")[0]) not in known))
        raise UsageError(f"{folder} has no {wanted or 'solution'}, which its tests import: put the solution there")
    students = {path.removesuffix(".py").replace("/", "."): text for path, text in found.solutions.items()}
    if found.notebook:
        module, text = next(iter(students.items()))
        found.head = f"{BINDINGS}{LOCALS} = {asked_locals(module, text)}\n"
    for path, tree in trees.items():
        _read_tests(path.relative_to(folder).as_posix(), tree, students, found)
    return {"": found}


def _add_modules(folder: Path, trees: Mapping[Path, ast.Module], found: Imported) -> list[str]:
    """Add the modules that tests import: solutions, or what lies beside the tests and not beside a solution.

    Returns:
        The names of all modules that they import.
    """
    own = [path for path in folder.rglob("*.py") if path not in trees and "__pycache__" not in path.parts]
    own.sort(key=lambda path: (_is_no_solution(path.relative_to(folder)), path))
    asked = [module for tree in trees.values() for module in _modules(tree)]
    paths: dict[str, Path] = {}
    for module in asked:
        path = next((one for one in own if _is_module(one, module)), None)
        name = f"{module.replace('.', '/')}.py"
        if path is not None and name not in paths:
            paths[name] = path
            asked += _modules(ast.parse(path.read_text(encoding="utf-8-sig")))
    beside = {
        name for name, path in paths.items() if path.parent != folder and path.parent in {one.parent for one in trees}
    }
    if len(beside) == len(paths) and len(notebooks_in(folder)) != 1:
        beside = set()
    texts = {name: path.read_text(encoding="utf-8-sig") for name, path in paths.items()}
    found.solutions = {name: text for name, text in texts.items() if name not in beside}
    found.helpers = {name: text for name, text in texts.items() if name in beside}
    return asked


def _is_no_solution(path: Path) -> bool:
    """Return whether the name of a folder says that what lies in it is not the solution."""
    return any(part.lower().startswith(NO_SOLUTION) for part in path.parts[:-1])


def _add_book(folder: Path, found: Imported) -> bool:
    """Add the one notebook of a folder as the solution; return whether there is one."""
    books = notebooks_in(folder)
    if len(books) != 1:
        return False
    found.notebook = books[0].name
    found.cells = [replace(cell, marked=between_marks(cell.text)) for cell in cells_of(books[0])]
    found.solutions[f"{module_name(books[0])}.py"] = joined(found.cells)
    return True


def _is_module(path: Path, module: str) -> bool:
    """Return whether a file is the module of a dotted name, wherever its top folder lies."""
    steps = module.split(".")
    return path.with_suffix("").parts[-len(steps) :] == tuple(steps)


def _read_tests(file: str, tree: ast.Module, students: Mapping[str, str], found: Imported) -> None:
    cases = [*_cases(tree)]
    named = {node.name for node in cases}
    renamed = {name: f"Imported{name.removeprefix('Test')}" for name in named}
    head: list[str] = []
    values: dict[str, str] = {}
    for node in _flattened(tree.body):
        if isinstance(node, ast.Import | ast.ImportFrom):
            head += _head_of(node, students, values)
        elif isinstance(node, ast.ClassDef) and node in cases:
            head.append(_read_class(file, node, values, found, renamed))
        elif not (
            isinstance(node, ast.If)
            or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
            or any(isinstance(one, ast.Name) and one.id in named for one in ast.walk(node))  # it runs them
        ):
            head.append(ast.unparse(node))
        else:
            named |= {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    found.head += BINDINGS * (not found.head) + "\n".join(filter(None, head)) + "\n\n"


def _flattened(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield statements, in place of a `try` around imports what it tries."""
    for node in body:
        if isinstance(node, ast.Try) and all(isinstance(one, ast.Import | ast.ImportFrom) for one in node.body):
            yield from node.body
        else:
            yield node


def _head_of(node: ast.Import | ast.ImportFrom, students: Mapping[str, str], values: dict[str, str]) -> Iterator[str]:
    """Yield an import as it is, or for modules of the submission what is asked in their place; note its values."""
    if isinstance(node, ast.ImportFrom):
        module = node.module or ""
        for alias in node.names:
            whole = f"{module}.{alias.name}".lstrip(".")
            if module in students:
                functions, others = defined_in(students[module])
                classes = classes_in(students[module])
                everything = sorted(one for one in {*functions, *others, *classes} if not one.startswith("_"))
                for name in everything if alias.name == "*" else [alias.name]:
                    called = alias.asname or name
                    if name in classes:
                        yield f"{called} = {asked_class(module, name, students[module])}"
                    elif name in others:
                        values[called] = f"{module}:{name}"
                    else:
                        yield f'{called} = _imported.Asked(_call, "{module}:{name}")'
            elif whole in students:
                yield f"{alias.asname or alias.name} = {asked_module(whole, students[whole])}"
            elif not module.startswith(NOT_HERE) and alias.name not in RUNNING:
                yield f"from {'.' * node.level}{module} import {alias.name}" + (
                    f" as {alias.asname}" if alias.asname else ""
                )
        return
    for alias in node.names:
        if alias.name in students:
            yield f"{alias.asname or alias.name} = {asked_module(alias.name, students[alias.name])}"
        elif not alias.name.startswith(NOT_HERE):
            yield f"import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")


def _read_class(
    file: str, node: ast.ClassDef, values: Mapping[str, str], found: Imported, renamed: Mapping[str, str]
) -> str:
    """Add the tests of a class, and return the class without what Gradescope reads of it."""
    name = renamed[node.name]
    taken = {test.name for test in found.tests}
    made = next((one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"), None)
    takes_names = made is not None and len(made.args.args) > 2  # besides self and the method's name
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
        most = _argument(marks.get("partial_credit"), None)
        if most is not None or "leaderboard" in marks:
            found.left.append(f"{place}: {method.name} sets its score itself, and passes or fails here: see `partial`")
        short = method.name.removeprefix("test").strip("_") or "test"
        short = short if short not in taken else f"{part_name(node.name)}_{short}"
        taken.add(short)
        says = (ast.get_docstring(method) or short.replace("_", " ")).split("\n")[0]
        points = _argument(marks.get("weight"), 1 if most is None else most)
        shown = _argument(marks.get("visibility"), "visible")
        used = sorted({one.id for one in ast.walk(node) if isinstance(one, ast.Name)} & values.keys())
        given = (f", most={most!r}" if most is not None else "") + (f", names={LOCALS}" if takes_names else "")
        found.tests.append(
            ImportedTest(
                name=short, place=place, points=float(points), says=str(says), visibility=str(shown),
                body="".join(f'globals()["{one}"] = _imported.read(_value, "{values[one]}")\n' for one in used)
                + f'_imported.run_method({name}, "{method.name}"{given})', source=ast.unparse(method),
            )
        )  # fmt: skip
    node.name, node.decorator_list = name, []
    node.bases = [ast.Name(renamed[text]) if (text := ast.unparse(base)) in renamed else base for base in node.bases]
    node.body = [*ast.parse("__test__ = False").body, *node.body]  # pytest collects any class of unittest's
    return ast.unparse(node)


MARKS: Final = ("timeout", "weight", "visibility", "number", "partial_credit", "leaderboard", "tags", "hide_errors")


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
    named: set[str] = set()
    for node in tree.body:
        bases = [ast.unparse(base) for base in node.bases] if isinstance(node, ast.ClassDef) else []
        if isinstance(node, ast.ClassDef) and any("TestCase" in base or base in named for base in bases):
            named.add(node.name)
            yield node


def _modules(tree: ast.Module) -> list[str]:
    """List the modules that a file imports, and what may be one: a name that is taken from a package."""
    names: dict[str, None] = {}
    for node in _flattened(tree.body):
        if isinstance(node, ast.Import):
            names |= dict.fromkeys(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module: None} if node.module else {}
            names |= dict.fromkeys(f"{node.module or ''}.{alias.name}".lstrip(".") for alias in node.names)
    return [*names]
