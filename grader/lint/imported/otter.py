"""Read an assignment of Otter-Grader or OK: a solution, and tests in its notebook or in `tests/*.py`."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from grader.errors import UsageError
from grader.lint.imported import otter_assign
from grader.lint.imported.assignment import Imported, ImportedTest
from grader.lint.imported.names import asked_locals, asked_module, bindings
from grader.lint.imported.notebook import (
    CODE,
    IGNORED,
    Cell,
    fault_of,
    joined,
    module_name,
    notebook_at,
    notebooks_in,
)
from grader.lint.imported.provided import data_beside, provided_beside

STARTS_OTTER: Final = re.compile(
    r"^\s*((import|from)\s+(otter|client|okgrade|gofer)\b"
    r"|\w+\s*=\s*(otter\.)?Notebook\(|(_\s*=\s*)?(ok|grader)\.\w+\(|(_\s*=\s*)?check\(['\"])"
)
"""Lines that start Otter, OK or Gofer in a notebook, or ask them for a question."""
TEST: Final = re.compile(r"^test\s*=\s*\{", re.MULTILINE)
MADE_FOR_STUDENTS: Final = frozenset({"student", "dist"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A case as it was read."""

    name: str
    place: str
    points: float
    code: str
    is_hidden: bool = False
    before: str = ""


def read_otter(folder: Path) -> Mapping[str, Imported]:
    """Read the tests of a folder: those in notebooks that Otter Assign reads, or those beside or in a solution.

    Raises:
        UsageError: there are no tests, or no solution.
    """
    books = notebooks_in(folder, IGNORED | MADE_FOR_STUDENTS)
    sources = {path: otter_assign.read_source(path) for path in books}
    sources = {path: read for path, read in sources.items() if any(otter_assign.asks(read[1]))}
    if sources:
        single = len(sources) == 1
        return {
            "" if single else re.sub(r"\W", "_", path.stem): _read_source(path, *read) for path, read in sources.items()
        }
    return {"": _read_files(folder)}


def _read_source(path: Path, cells: list[Cell], questions: list[otter_assign.Question], left: list[str]) -> Imported:
    module = module_name(path)
    cells = [_without_otter(cell) for cell in cells]
    solution = joined(cells)
    found = Imported(
        solutions={f"{module}.py": solution}, notebook=path.name, cells=cells, left=left,
        provided=provided_beside(path, solution),
        data=data_beside(path, solution),
    )  # fmt: skip
    for question in questions:
        if question.is_manual or not question.cases:
            if question.is_manual:
                found.by_hand.append(question.hand_marked(path.name))
            if not question.cases:
                continue
        own = [{"points": case.points} for case in question.cases]
        points = _points(otter_assign.points_of(question), own)
        for number, (case, worth) in enumerate(zip(question.cases, points, strict=True), start=1):
            name = re.sub(r"\W", "_", question.name) + (f"_{number}" if len(question.cases) > 1 else "")
            place = f"{path.name} cell {case.cell}"
            says = question.says or name.replace("_", " ")
            shown = "hidden" if case.is_hidden else "visible"
            function = otter_assign.function_of(case)
            if function is not None:
                body = _body_of_function(function, {module: solution})
                test = ImportedTest(name=name, place=place, points=worth, says=says, body=body, visibility=shown)
                found.tests.append(test)
                continue
            code = otter_assign.examples_of(case)
            _add_examples(
                _Case(name=name, place=place, points=worth, code=code, is_hidden=case.is_hidden),
                {module: solution}, found, says,
            )  # fmt: skip
    return found


def _read_files(folder: Path) -> Imported:
    books = _solved(folder)
    paths = sorted(path for path in folder.rglob("*.py") if path.parent != folder and _is_test(path))
    if len({path.parent for path in paths}) > 1:  # those with hidden cases
        paths = [path for path in paths if "student" not in path.parts] or paths
    embedded = dict[str, Any]() if paths or len(books) != 1 else _embedded(books[0])
    if not paths and not embedded:
        raise UsageError(f"{folder} has no tests/*.py, and no notebook with tests in it")
    code = [path for path in sorted(folder.glob("*.py")) if path.name not in {"setup.py", "conftest.py", "ok.py"}]
    if len(books) > 1 or not (books or code):
        raise UsageError(f"{folder} has {len(books)} notebooks, expected one with the solution")
    if books:
        found = _book(books[0])
    else:
        texts = {path.name: _plain_of_otter(path.read_text(encoding="utf-8-sig")) for path in code}
        found = Imported(solutions=_asked_of(texts, paths))
        found.provided = {name: text for name, text in texts.items() if name not in found.solutions}
    modules = {path.removesuffix(".py"): text for path, text in (found.solutions | found.provided).items()}
    for test in paths:
        _read_test(test, test.relative_to(folder).as_posix(), modules, found)
    for name, test in embedded.items():
        _read_suites(test, f"{books[0].name} {name}", name, modules, found)
    return found


def _is_test(path: Path) -> bool:
    """Return whether a file is one of tests: it lies in a folder of that name, or holds a test in OK's form."""
    if path.name == "__init__.py" or IGNORED & {*path.parts}:
        return False
    return path.parent.name == "tests" or bool(TEST.search(path.read_text(encoding="utf-8-sig")))


def _solved(folder: Path) -> list[Path]:
    """Return the notebooks that hold a solution: where Otter made two of one, not the one for students."""
    books = notebooks_in(folder)
    return [path for path in books if "student" not in path.relative_to(folder).parts] or books


def _asked_of(texts: Mapping[str, str], tests: list[Path]) -> dict[str, str]:
    """Return the modules that tests name; all where they name none."""
    asked = "\n".join(path.read_text(encoding="utf-8-sig") for path in tests)
    named = {name: text for name, text in texts.items() if re.search(rf"\b{name.removesuffix('.py')}\b", asked)}
    return named or dict(texts)


def _book(path: Path) -> Imported:
    cells = [_without_otter(cell) for cell in otter_assign.read_source(path)[0]]
    solution = joined(cells)
    return Imported(
        solutions={f"{module_name(path)}.py": solution}, notebook=path.name, cells=cells,
        provided=provided_beside(path, solution),
        data=data_beside(path, solution),
    )  # fmt: skip


def _embedded(path: Path) -> dict[str, Any]:
    """Return the tests that a notebook carries in its metadata, by their names."""
    metadata = notebook_at(path).get("metadata", {})
    otter = metadata.get("otter", {}) if isinstance(metadata, dict) else {}
    tests = otter.get("tests", {}) if isinstance(otter, dict) else {}
    return {name: test for name, test in tests.items() if isinstance(test, dict)} if isinstance(tests, dict) else {}


def _without_otter(cell: Cell) -> Cell:
    if cell.kind != CODE:
        return cell
    return replace(cell, text=_plain_of_otter(cell.text))


def _plain_of_otter(text: str) -> str:
    """Return a text without the lines that start Otter itself or ask it, which stay as empty ones."""
    return "\n".join("" if STARTS_OTTER.match(line) else line for line in text.split("\n"))


def _read_test(path: Path, file: str, modules: Mapping[str, str], found: Imported) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8-sig"))
    named = {
        target.id: node
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and _marks(node)]
    if functions:
        before = [node for node in tree.body if node not in functions and not _is_of_otter(node)]
        own = [{"points": (_marks(function) or {}).get("points")} for function in functions]
        worth = _points(_literal(named.get("points")), own)
        for function, points in zip(functions, worth, strict=True):
            _read_function(function, file, modules, "\n".join(map(ast.unparse, before)), points, found)
        return
    node = named.get("test")
    test: dict[str, Any] = _literal(node) or {}
    if not [case for suite in test.get("suites", ()) for case in suite.get("cases", ())]:
        line = node.lineno if node is not None else 1
        found.left.append(
            f"{file} line {line}: not converted: expected test = {{...}} with suites of cases written out"
        )
        return
    _read_suites(test, file, path.stem, modules, found)


def _literal(node: ast.Assign | None) -> Any:  # noqa: ANN401  # whatever is written out
    """Return what a name stands for where it is written out; None where it is not, or there is no such name."""
    try:
        return ast.literal_eval(node.value) if node is not None else None
    except ValueError:
        return None


def _read_suites(test: dict[str, Any], file: str, stem: str, modules: Mapping[str, str], found: Imported) -> None:
    """Add the cases of a test in OK's form: a dict with suites."""
    pairs = [(suite, case) for suite in test.get("suites", ()) for case in suite.get("cases", ())]
    points = _points(test.get("points"), [case for _, case in pairs])
    for number, ((suite, case), worth) in enumerate(zip(pairs, points, strict=True), start=1):
        name = re.sub(r"\W", "_", str(test.get("name", stem))) + (f"_{number}" if len(pairs) > 1 else "")
        place = f"{file} case {number}"
        if case.get("locked") or suite.get("type", "doctest") != "doctest":
            found.left.append(f"{place}: not converted: its answers are locked or it is no code, expected examples")
            continue
        says = name.replace("_", " ")
        code, before = str(case.get("code", "")), str(suite.get("setup") or "")
        is_hidden = bool(case.get("hidden"))
        one = _Case(name=name, place=place, points=worth, code=code, is_hidden=is_hidden, before=before)
        _add_examples(one, modules, found, says)


def _add_examples(case: _Case, modules: Mapping[str, str], found: Imported, says: str) -> None:
    """Add examples as a test: what they import of the submission is bound instead."""
    code = "\n".join(filter(None, (_prompted(case.before), _dedented(case.code))))
    own = "|".join(map(re.escape, modules))
    code = re.sub(rf"^>>> *(from ({own}) import .*|import ({own})( as \w+)?) *$", ">>> pass", code, flags=re.MULTILINE)
    examples = "\n".join(line[4:] for line in code.splitlines() if line.startswith((">>> ", "... ")))
    try:
        binds = bindings(examples, modules)
    except SyntaxError as error:
        found.left.append(f"{case.place}: not converted: its examples do not parse: {error.msg}")
        return
    for module in modules:  # `import hw01`, and what is asked of it
        if re.search(rf"\b{module}\.\w", examples):
            binds += f"{module} = {asked_module(module, modules[module])}\n"
    found.tests.append(
        ImportedTest(
            name=case.name, place=case.place, points=case.points, says=says, source=examples,
            body=f"{binds}_imported.run_examples({code!r}, {{**globals(), **locals()}})\n",
            visibility="hidden" if case.is_hidden else "visible",
        )
    )  # fmt: skip


def _prompted(text: str) -> str:
    """Return what is run before the cases of a suite as examples: OK takes plain code there as well."""
    plain_code = textwrap.dedent(text).strip()
    if ">>>" in text or fault_of(plain_code):
        return _dedented(text)
    lines = [ast.unparse(node).splitlines() for node in ast.parse(plain_code).body]
    return "\n".join(f"{'... ' if number else '>>> '}{line}" for node in lines for number, line in enumerate(node))


def _dedented(text: str) -> str:
    """Return examples whose prompts stand at the beginning of their lines."""
    text = text.expandtabs()
    indent = min((len(line) - len(line.lstrip()) for line in text.splitlines() if ">>>" in line), default=0)
    return "\n".join(line[indent:] if line[:indent].isspace() else line for line in text.splitlines())


def _marks(node: ast.FunctionDef) -> dict[str, Any] | None:
    """Return what `@test_case(...)` says of a function, None where it has no such decorator."""
    for one in node.decorator_list:
        if isinstance(one, ast.Call) and ast.unparse(one.func).rpartition(".")[2] == "test_case":
            return {"": True} | {
                keyword.arg: keyword.value.value
                for keyword in one.keywords
                if keyword.arg is not None and isinstance(keyword.value, ast.Constant)
            }
    return None


def _is_of_otter(node: ast.stmt) -> bool:
    """Return whether a statement of a test's file says something to Otter alone."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return "otter" in ast.unparse(node)
    names = {one.id for target in getattr(node, "targets", ()) for one in ast.walk(target) if isinstance(one, ast.Name)}
    return bool(names) and names <= {"OK_FORMAT", "name", "points", "all_or_nothing"}


def _read_function(
    node: ast.FunctionDef, file: str, modules: Mapping[str, str], before: str, points: float, found: Imported
) -> None:
    """Add a function that is a test: its parameters are names of the submission."""
    marks = _marks(node) or {}
    name = re.sub(r"\W", "_", str(marks.get("name") or node.name)).removeprefix("test_")
    found.tests.append(
        ImportedTest(
            name=f"{Path(file).stem}_{name}",
            place=f"{file} line {node.lineno}",
            points=points,
            says=name.replace("_", " "),
            body="\n".join(filter(None, (before, _body_of_function(node, modules)))),
            visibility="hidden" if marks.get("hidden") else "visible",
        )
    )


def _body_of_function(node: ast.FunctionDef, modules: Mapping[str, str]) -> str:
    names = [one.arg for one in node.args.args]
    binds = bindings("; ".join(one for one in names if one != "env") or "0", modules)
    if "env" in names:  # all names of the submission at once
        module, text = next(iter(modules.items()))
        binds += f"env = {asked_locals(module, text)}\n"
    node.decorator_list = []
    return f"{binds}{ast.unparse(node)}\n{node.name}({', '.join(names)})\n"


def _points(given: Any, cases: list[dict[str, Any]]) -> list[float]:  # noqa: ANN401  # a number, a list or nothing
    """Return what each case is worth: its own points, those of a list, or its share of what is left of a number.

    Where neither says anything the cases are worth one point together. Of a list that goes on, cases were cut off.
    """
    if isinstance(given, list) and len(given) >= len(cases):
        return [float(one or 0) for one in given[: len(cases)]]
    own = [case.get("points") for case in cases]
    spent = sum(float(one) for one in own if one is not None)
    whole = float(given) if isinstance(given, int | float) else 0.0 if spent else 1.0
    share = round(max(whole - spent, 0.0) / max(own.count(None), 1), 4)
    return [share if one is None else float(one) for one in own]
