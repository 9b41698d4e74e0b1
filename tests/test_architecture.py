"""Who may import whom in `grader`, as a table, read from the source."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Imports point down only: a module may import what stands in a lower row. A row may name what is not written yet.
LAYERS: tuple[frozenset[str], ...] = tuple(
    frozenset(row.split())
    for row in (
        "cli __main__",
        "commands.review",
        "commands.export commands.similar",
        "commands.batch review.serve",
        "batch.class_export batch.similar",
        "batch.command review.app",
        "review.pages review.guard",
        "review.desk",
        "batch.grade_list",
        "batch.run batch.regrade batch.lane batch.class_roll",
        "batch.groups batch.schedule batch.pages batch.summary batch.cluster",
        "batch.station review.writeups",
        "batch.work batch.handins batch.roster batch.display batch.lanes batch.content batch.differences",
        "batch.jobs",
        "review.entry review.shown review.address",
        "batch.keys batch.owners batch.unpack batch.tally batch.rescore batch.memory batch.interrupt",
        "commands.author commands.machine commands.platforms commands.pack commands.run",
        "commands.student",
        "platforms.ci platforms.gradescope platforms.bundle handing_out",
        "demo linting.lint platforms.platform",
        "linting.mutation",
        "grading",
        "judge",
        "diagnosis.diagnose",
        "case",
        "mistakes",
        "hidden_tests",
        "samples subject submissions.pack",
        "submissions.read recordings",
        "submissions.stand_ins",
        "submissions.definitions",
        "submissions.notebook submissions.folder submissions.archive",
        "submissions.source_text submissions.layout",
        "gradebook.book",
        "gradebook.schema",
        "gradebook.engine gradebook.rows gradebook.migrations.env",
        "gradebook.tables gradebook.migrations.versions.v0001_tables standing",
        "late",
        "exports.classroom exports.classroom50 exports.worksheets similarity.page",
        "exports.github",
        "exports.grades similarity.compare exports.markdown exports.gradescope",
        "exports.markus exports.prairielearn exports.junit",
        "commands.arguments",
        "report terminal results exports.plain diagnosis.reasons diagnosis.picture",
        "diagnosis.changes diagnosis.moves diagnosis.places",
        "diagnosis.factors",
        "diagnosis.evidence",
        "class_page.page",
        "class_page.figures",
        "class_page.roll",
        "views diagnosis.region authoring catalog scoring",
        "compare",
        "sandbox.host.session",
        "sandbox.host.server",
        "sandbox.guest.zygote sandbox.host.spawn_server",
        "sandbox.host.fork_server sandbox.layers.apply",
        "sandbox.host.prefetch sandbox.layers.doctor sandbox.layers.plan sandbox.layers.requirements",
        "sandbox.guest.spawned_worker sandbox.host.forked_worker sandbox.layers.registry",
        "sandbox.guest.worker sandbox.host.worker_process sandbox.layers.interpreter sandbox.layers.landlock",
        "sandbox.layers.parent_death sandbox.layers.rlimits sandbox.layers.scratch sandbox.layers.seccomp",
        "drivers.imports sandbox.guest.program sandbox.guest.workspace sandbox.host.failure_reports",
        "sandbox.host.frame_reader sandbox.host.scratch sandbox.layers.capabilities sandbox.layers.cgroup",
        "sandbox.layers.descriptors sandbox.layers.namespaces sandbox.layers.no_new_privs",
        "sandbox.layers.pidfd sandbox.layers.session sandbox.layers.threads sandbox.layers.uid",
        "sandbox.layers.undumpable wording.failures",
        "sandbox.guest.preload sandbox.host.captured_output sandbox.host.exit_status",
        "sandbox.host.load_request sandbox.layers.child sandbox.layers.layer sandbox.layers.libc",
        "sandbox.layers.syscall_numbers sandbox.protocol",
        "submissions.handed submissions.magics submissions.plain stubs linting.mutate sentences",
        "answers",
        "model writing",
        "patterns exits",
    )
)
LEVELS: Mapping[str, int] = {name: -level for level, row in enumerate(LAYERS) for name in row}

# What each side of the sandbox sees beside itself. Neither sees the other.
SEEN_BY_SIDE: Mapping[str, tuple[str, ...]] = {
    "sandbox.guest.": ("sandbox.guest.", "sandbox.layers.", "sandbox.protocol", "model", "patterns"),
    "sandbox.host.": ("sandbox.host.", "sandbox.layers.", "sandbox.protocol", "model"),
    "sandbox.layers.": ("sandbox.layers.", "sandbox.protocol", "model"),
}
# What the course's own code runs by in the judge, as a submission does in a worker.
SEEN_OF_THE_GUEST = frozenset({"sandbox.guest.program", "sandbox.guest.workspace"})

# What turns a result into text sees the result and nothing of how it came about.
RENDERERS = frozenset({"report", "terminal", "results"})
SEEN_BY_RENDERERS = frozenset({"model", "views"})
# An exporter also writes JSON values as `results` does, and builds on other exporters.
EXPORTERS = frozenset(
    {
        "exports.plain",
        "exports.markdown",
        "exports.gradescope",
        "exports.classroom50",
        "exports.github",
        "exports.classroom",
        "exports.markus",
        "exports.prairielearn",
        "exports.junit",
        "exports.grades",
        "exports.worksheets",
    }
)
SEEN_BY_EXPORTERS = SEEN_BY_RENDERERS | {"results"} | EXPORTERS

# What reads no file, clock, environment or global random state.
PURE = (
    frozenset(
        {
            "model",
            "compare",
            "sentences",
            "diagnosis.region",
            "diagnosis.evidence",
            "diagnosis.factors",
            "diagnosis.changes",
            "diagnosis.moves",
            "diagnosis.places",
            "diagnosis.reasons",
            "diagnosis.picture",
            "scoring",
            "views",
            "results",
            "terminal",
            "linting.mutate",
            "stubs",
            "batch.rescore",
            "similarity.compare",
            "similarity.page",
            "class_page.roll",
            "class_page.figures",
            "class_page.page",
        }
    )
    | EXPORTERS
)
IMPURE = frozenset(
    {
        "datetime",
        "glob",
        "importlib",
        "locale",
        "os",
        "pathlib",
        "random",
        "secrets",
        "shutil",
        "socket",
        "subprocess",
        "sys",
        "tempfile",
        "threading",
        "time",
        "urllib",
        "uuid",
    }
)
IMPURE_CALLS = frozenset({"open", "print", "input", "breakpoint", "exec", "eval"})

# Costs seconds, so that only a process that needs it anyway imports it as it starts.
MAY_START_WITH_TORCH = frozenset({"sandbox.guest.worker", "sandbox.guest.zygote"})

# Data to the harness: it reads them by path and knows none by name.
NEVER_IMPORTED = frozenset({"student", "reference", "tests", "benchmarks"})


class Import(NamedTuple):
    """`name` is dotted and absolute; `at_start` is false inside functions and where only types are checked."""

    name: str
    line: int
    at_start: bool


def imports_of(source: str, module: str, known: frozenset[str]) -> Iterator[Import]:
    """List what a module of `grader` imports; `known` tells a submodule from a name inside a package."""

    def within(node: ast.AST, *, at_start: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            match child:
                case ast.Import(names=names):
                    yield from (Import(alias.name, child.lineno, at_start) for alias in names)
                case ast.ImportFrom(module=origin, names=names, level=level):
                    package = f"grader.{module}".split(".")[:-level] if level else []
                    base = ".".join([*package, *([origin] if origin else [])])
                    for alias in names:
                        inner = f"{base}.{alias.name}"
                        is_module = inner.removeprefix("grader.") in known
                        yield Import(inner if is_module else base, child.lineno, at_start)
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                    yield from within(child, at_start=False)
                case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                    yield from within(child, at_start=False)
                case _:
                    yield from within(child, at_start=at_start)

    yield from within(ast.parse(source), at_start=True)


def problems(sources: Mapping[str, str]) -> list[str]:
    """Say what breaks the table, a sentence each."""
    known = frozenset(sources)
    found: list[str] = []
    for module, source in sources.items():
        if module not in LEVELS:
            found.append(
                f"grader.{module} is in no row of LAYERS in tests/test_architecture.py: put it above everything it"
                " imports and below everything that imports it, and into PURE if it reads nothing from outside"
            )
            continue
        for imported in imports_of(source, module, known):
            top, _, inner = imported.name.partition(".")
            where = f"grader.{module}, line {imported.line}, imports {imported.name}"
            if top == "grader":
                found += [f"{where}: {why}" for why in arrow_problems(module, inner)]
            if top in NEVER_IMPORTED:
                found.append(f"{where}: that is data, to be read by path")
            if top in IMPURE and module in PURE:
                found.append(f"{where}: a pure module is handed what it needs from outside")
            if top == "torch" and imported.at_start and module not in MAY_START_WITH_TORCH:
                found.append(f"{where} as it starts, which costs seconds: import it in the function that needs it")
        if module in PURE:
            found += [f"grader.{module}, {why}" for why in impure_uses(source)]
    return [*dict.fromkeys(found)]


def arrow_problems(module: str, imported: str) -> Iterator[str]:
    if imported not in LEVELS:
        if imported:
            yield "it is in no row of LAYERS in tests/test_architecture.py"
        return
    if LEVELS[imported] >= LEVELS[module]:
        yield "imports point down, and it does not stand in a lower row of LAYERS"
    side = next((side for side in SEEN_BY_SIDE if module.startswith(side)), None)
    if side is not None and not imported.startswith(SEEN_BY_SIDE[side]):
        yield f"{side}* sees only {', '.join(SEEN_BY_SIDE[side])}"
    if side is None and imported.startswith("sandbox.guest.") and imported not in SEEN_OF_THE_GUEST:
        yield f"of the worker's side the judge's sees only {', '.join(sorted(SEEN_OF_THE_GUEST))}"
    if module in RENDERERS and imported not in SEEN_BY_RENDERERS:
        yield f"a renderer sees only {', '.join(sorted(SEEN_BY_RENDERERS))}"
    if module in EXPORTERS and imported not in SEEN_BY_EXPORTERS:
        yield "an exporter sees only the model, the views, results and other exporters"
    if module in PURE and imported not in PURE:
        yield "a pure module imports only pure modules"


def impure_uses(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in IMPURE_CALLS:
                yield f"line {node.lineno}, calls {name}: a pure module touches nothing outside"
            case ast.Attribute(value=ast.Name(id="np" | "numpy" | "torch" as owner), attr="random" | "manual_seed"):
                yield f"line {node.lineno}, uses {owner}.{node.attr}: a pure module has no random state"


def read_sources() -> dict[str, str]:
    """Read every module of the harness; packages' own `__init__.py` are not among them."""
    package = ROOT / "grader"
    paths = sorted(path for path in package.rglob("*.py") if path.name != "__init__.py")
    return {
        ".".join(path.relative_to(package).with_suffix("").parts): path.read_text(encoding="utf-8") for path in paths
    }


def test_the_harness_keeps_to_the_table() -> None:
    found = problems(read_sources())
    assert not found, "\n".join(found)


def test_packages_are_empty_so_that_importing_one_module_imports_no_other() -> None:
    inits = sorted((ROOT / "grader").rglob("__init__.py"))
    held = {str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8")).body for path in inits}
    assert [name for name, body in held.items() if any(not isinstance(node, ast.Expr) for node in body)] == []


def test_every_package_travels_in_the_wheel() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = set(project["tool"]["setuptools"]["packages"])
    folders = {path.parent.relative_to(ROOT) for path in (ROOT / "grader").rglob("*.py")}
    assert listed == {".".join(folder.parts) for folder in folders} | {"grader.templates"}


def test_no_module_stands_in_two_rows() -> None:
    assert sum(len(row) for row in LAYERS) == len(LEVELS)


def test_every_set_names_only_modules_of_the_table() -> None:
    named = SEEN_OF_THE_GUEST | RENDERERS | SEEN_BY_RENDERERS | PURE | MAY_START_WITH_TORCH
    assert named <= LEVELS.keys()


def told(module: str, source: str) -> list[str]:
    return problems({**dict.fromkeys(LEVELS, ""), module: source})


@pytest.mark.parametrize(
    ("module", "source", "why"),
    [
        ("model", "from grader.cli import main", "imports point down"),
        ("scoring", "from grader import scoring", "imports point down"),
        ("sandbox.layers.libc", "from . import plan", "imports point down"),
        ("sandbox.layers.libc", "from ...cli import main", "imports point down"),
        ("compare", "def f():\n    import grader.grading", "imports point down"),
        ("grading", "from grader.dreams import sheep", "it is in no row"),
        ("sandbox.guest.worker", "from grader.compare import mismatch", "sandbox.guest.* sees only"),
        ("sandbox.guest.zygote", "from grader.sandbox.host import exit_status", "sandbox.guest.* sees only"),
        ("judge", "from grader.sandbox.guest import worker", "of the worker's side the judge's sees only"),
        ("sandbox.host.session", "import grader.sandbox.guest.program", "sandbox.host.* sees only"),
        ("report", "from grader.scoring import total", "a renderer sees only model, views"),
        ("exports.junit", "from grader.scoring import total", "an exporter sees only the model"),
        ("exports.github", "import datetime", "handed what it needs"),
        ("diagnosis.picture", "from grader.catalog import Course", "a pure module imports only pure modules"),
        ("scoring", "import time", "handed what it needs"),
        ("results", "from pathlib import Path", "handed what it needs"),
        ("stubs", "def f(path):\n    return open(path)", "touches nothing outside"),
        ("compare", "import numpy as np\nnp.random.rand()", "no random state"),
        ("cli", "import torch", "costs seconds"),
        ("cli", "try:\n    from torch import nn\nexcept ImportError:\n    nn = None", "costs seconds"),
        ("cli", "import student.convnet", "data, to be read by path"),
        ("linting.lint", "from reference.convnet import drivers", "data, to be read by path"),
    ],
)
def test_an_import_against_the_table_is_told(module: str, source: str, why: str) -> None:
    sentences = told(module, source)
    assert all(sentence.startswith(f"grader.{module}, line ") for sentence in sentences)
    assert any(why in sentence for sentence in sentences)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("grading", "from grader import judge, model\nfrom grader.scoring import total"),
        ("sandbox.guest.worker", "import os\nimport torch\nfrom grader.sandbox import protocol"),
        ("sandbox.layers.doctor", "from grader.sandbox.layers import libc, seccomp"),
        ("cli", "def f():\n    import torch"),
        ("cli", "if TYPE_CHECKING:\n    import torch"),
        ("terminal", "import rich\nfrom grader.views import View"),
    ],
)
def test_an_import_within_the_table_is_not_told(module: str, source: str) -> None:
    assert told(module, source) == []


def test_a_module_that_the_table_does_not_know_is_named_with_what_to_do() -> None:
    (sentence,) = told("dreams", "")
    assert sentence.startswith("grader.dreams is in no row of LAYERS in tests/test_architecture.py: put it above ")
