"""What the tree of `grader` promises: who may import whom, what is pure, how large a module gets, what a room says."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "grader"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")
ROOMS = sorted(PACKAGE.rglob("__init__.py"))

# What reads no file, clock, environment or global random state: whole rooms, and single modules of others.
PURE = (
    *(
        "model",
        "wording",
        "rules",
        "results",
        "exports/single",
        "exports/class_grades",
        "exports/plain.py",
        "diagnosis",
        "errors.py",
        "authoring/compare.py",
        "authoring/array_forms.py",
    ),
    *("batch/rescore.py", "batch/statistics.py", "batch/summary.py", "course/stubs.py", "gradebook/final_grade.py"),
    *("gradebook/run_diff.py", "intake/identify.py", "lint/mutants.py", "reporting/class_data.py"),
    *(
        "reporting/class_figures.py",
        "reporting/class_page.py",
        "reporting/terminal.py",
        "reporting/terminal_pictures.py",
    ),
    "similarity/compare.py",
    *("similarity/page.py", "submissions/ipython_syntax.py", "submissions/notebook_source.py"),
    "submissions/layout.py",
)
IMPURE = frozenset(
    {
        *("datetime", "glob", "importlib", "locale", "os", "pathlib", "random", "secrets", "shutil", "socket"),
        *("subprocess", "sys", "tempfile", "threading", "time", "urllib", "uuid"),
    }
)
# Values of dates and of paths are pure; clocks and files are not, and those are called.
PURE_NAMES = {
    "datetime": frozenset({"datetime"}),
    "pathlib": frozenset({"PurePosixPath"}),
    "urllib.parse": frozenset({"quote"}),
}
IMPURE_CALLS = frozenset({"open", "print", "input", "breakpoint", "exec", "eval", "now", "today"})
# Costs seconds, so that only a process that needs it anyway imports it as it starts.
MAY_START_WITH_TORCH = (
    "sandbox/guest",
    "drivers/torch_calls.py",
    "drivers/torch_layers.py",
    "drivers/checkpoints.py",
)
# Data to the harness: it reads them by path and knows none by name.
NEVER_IMPORTED = frozenset({"student", "reference", "tests", "benchmarks"})
MOST_LINES = 400


def where(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def within(path: Path, places: tuple[str, ...]) -> bool:
    name = where(path)
    return any(name == place or name.startswith(f"{place}/") for place in places)


def imports(tree: ast.AST, *, at_start: bool = True) -> Iterator[tuple[str, str, int, bool]]:
    """List module, name, line and whether it is imported as the module starts."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.Import(names=names):
                yield from ((alias.name, "", node.lineno, at_start) for alias in names)
            case ast.ImportFrom(module=module, names=names):
                yield from ((str(module), alias.name, node.lineno, at_start) for alias in names)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda() | ast.If(test=ast.Name(id="TYPE_CHECKING")):
                yield from imports(node, at_start=False)
            case _:
                yield from imports(node, at_start=at_start)


def impurities(source: str) -> Iterator[str]:
    """Say what in a module reaches outside."""
    tree = ast.parse(source)
    for module, name, line, _ in imports(tree):
        if module.partition(".")[0] in IMPURE and name not in PURE_NAMES.get(module, ()) and module != "datetime":
            yield f"line {line} imports {module}: a pure module is handed what it needs from outside"
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in IMPURE_CALLS:
                yield f"line {node.lineno} calls {name}: a pure module touches nothing outside"
            case ast.Attribute(value=ast.Name(id="np" | "numpy" | "torch" as owner), attr="random" | "manual_seed"):
                yield f"line {node.lineno} uses {owner}.{node.attr}: a pure module has no random state"


def test_imports_keep_to_the_contracts() -> None:
    """The contracts stand in pyproject.toml; import-linter says which import breaks which of them."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", [path for path in MODULES if within(path, PURE)], ids=where)
def test_a_pure_module_reaches_nothing_outside(path: Path) -> None:
    assert [*impurities(path.read_text(encoding="utf-8"))] == []


def test_every_place_that_is_named_is_there() -> None:
    assert [place for place in PURE if not (PACKAGE / place).exists()] == []


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import time", "handed what it needs"),
        ("from pathlib import Path", "handed what it needs"),
        ("def f(path):\n    return open(path)", "touches nothing outside"),
        ("import datetime as dt\nnow = dt.datetime.now(dt.UTC)", "touches nothing outside"),
        ("import numpy as np\nnp.random.rand()", "no random state"),
    ],
)
def test_what_reaches_outside_is_told(source: str, why: str) -> None:
    assert any(why in sentence for sentence in impurities(source))


def test_nothing_starts_with_torch_that_could_do_without() -> None:
    held = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in MODULES
        if not within(path, MAY_START_WITH_TORCH)
        for module, _, line, at_start in imports(ast.parse(path.read_text(encoding="utf-8")))
        if at_start and module.partition(".")[0] == "torch"
    ]
    assert held == []


def test_courses_are_read_by_path_and_never_imported() -> None:
    held = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in MODULES
        for module, _, line, _ in imports(ast.parse(path.read_text(encoding="utf-8")))
        if module.partition(".")[0] in NEVER_IMPORTED
    ]
    assert held == []


def test_no_module_is_longer_than_one_reads_at_a_sitting() -> None:
    lines = {path: path.read_text(encoding="utf-8").count("\n") for path in MODULES}
    assert {str(path.relative_to(ROOT)): count for path, count in lines.items() if count > MOST_LINES} == {}


def test_the_root_holds_the_command_and_the_errors_alone() -> None:
    assert sorted(path.name for path in PACKAGE.iterdir() if path.is_file()) == [
        "__init__.py", "cli.py", "errors.py", "py.typed",
    ]  # fmt: skip


@pytest.mark.parametrize("init", ROOMS[1:], ids=where)
def test_every_room_says_what_belongs_there_and_what_does_not(init: Path) -> None:
    text = ast.get_docstring(ast.parse(init.read_text(encoding="utf-8"))) or ""
    assert "Belongs here:" in text
    assert "Does not:" in text


def test_only_the_door_for_authors_imports_as_a_package_is_imported() -> None:
    """Importing one module of a room imports no other; courses import from `grader.authoring` and its metrics."""
    held = {
        str(path.relative_to(PACKAGE)): body
        for path in ROOMS
        if (
            body := [
                node for node in ast.parse(path.read_text(encoding="utf-8")).body if not isinstance(node, ast.Expr)
            ]
        )
    }
    # The first is where IPython looks for an extension.
    assert sorted(held) == ["__init__.py", "authoring/__init__.py", "authoring/metrics/__init__.py"]


def test_every_package_travels_in_the_wheel() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = set(project["tool"]["setuptools"]["packages"])
    folders = {path.parent.relative_to(ROOT) for path in PACKAGE.rglob("*.py")}
    assert listed == {".".join(folder.parts) for folder in folders} | {"grader.templates"}
