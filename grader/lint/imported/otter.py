"""Read an assignment of Otter-Grader: a notebook with solutions, and examples in `tests/*.py`."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

from grader.errors import UsageError
from grader.lint.imported.assignment import Imported, ImportedTest, asked_locals, bindings, import_lines
from grader.lint.imported.nbgrader import cells_of, module_name, module_text


def read_otter(folder: Path) -> Imported:
    """Read the tests of a folder, and the notebook or module with the solution beside them.

    Raises:
        UsageError: there are no tests, or no solution.
    """
    paths = sorted(path for path in folder.rglob("*.py") if path.parent.name == "tests")
    if not paths:
        raise UsageError(f"{folder} has no tests/*.py")
    books = [path for path in sorted(folder.rglob("*.ipynb")) if ".ipynb_checkpoints" not in path.parts]
    plain = [path for path in sorted(folder.glob("*.py")) if path.name not in {"setup.py", "conftest.py"}]
    if len(books) + (not books) * len(plain) != 1:
        raise UsageError(f"{folder} has {len(books)} notebooks, expected one with the solution")
    path = (books or plain)[0]
    module = module_name(path)
    cells = [text for text, _, kind in cells_of(path) if kind == "code"] if books else []
    solution = module_text(cells) if books else path.read_text(encoding="utf-8-sig")
    solution = re.sub(r"^.*\b(otter|grader)\b.*$", "", solution, flags=re.MULTILINE)  # what starts Otter itself
    found = Imported(solutions={f"{module}.py": solution}, head=import_lines(solution))
    for test in paths:
        _read_test(test, test.relative_to(folder).as_posix(), module, solution, found)
    return found


def _read_test(path: Path, file: str, module: str, solution: str, found: Imported) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8-sig"))
    named = {
        target.id: node
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found.head += "".join(
        f"{line}\n" for line in import_lines(ast.unparse(tree), ("otter",)).splitlines() if line not in found.head
    )
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and _marks(node)]
    for function in functions:
        _read_function(function, file, (module, solution), found)
    if functions:
        return
    node = named.get("test")
    try:
        test: dict[str, Any] = ast.literal_eval(node.value) if node is not None else {}
    except ValueError:
        test = {}
    cases = [case for suite in test.get("suites", ()) for case in suite.get("cases", ())]
    if not cases:
        line = node.lineno if node is not None else 1
        found.left.append(
            f"{file} line {line}: not converted: expected test = {{...}} with suites of cases written out"
        )
        return
    points = _points(test.get("points"), cases)
    for number, (case, worth) in enumerate(zip(cases, points, strict=True), start=1):
        name = re.sub(r"\W", "_", str(test.get("name", path.stem))) + (f"_{number}" if len(cases) > 1 else "")
        code = str(case.get("code", ""))
        examples = "\n".join(
            line.strip()[4:] for line in code.splitlines() if line.strip().startswith((">>> ", "... "))
        )
        try:
            binds = bindings(examples, module, solution)
        except SyntaxError as error:
            found.left.append(f"{file} case {number}: not converted: its examples do not parse: {error.msg}")
            continue
        body = f"{binds}_imported.run_examples({code!r}, {{**globals(), **locals()}})\n"
        shown = "hidden" if case.get("hidden") else "visible"
        found.tests.append(
            ImportedTest(
                name=name, place=f"{file} case {number}", points=worth, says=name.replace("_", " "), body=body,
                visibility=shown,
            )
        )  # fmt: skip


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


def _read_function(node: ast.FunctionDef, file: str, module: tuple[str, str], found: Imported) -> None:
    """Add a function that is a test: its parameters are names of the submission."""
    marks = _marks(node) or {}
    names = [one.arg for one in node.args.args]
    code = "\n".join(map(ast.unparse, node.body))
    name = re.sub(r"\W", "_", str(marks.get("name") or node.name)).removeprefix("test_")
    binds = bindings("; ".join(one for one in names if one != "env") or "0", *module)
    if "env" in names:  # all names of the submission at once
        binds += f"env = {asked_locals(*module)}\n"
    found.tests.append(
        ImportedTest(
            name=f"{Path(file).stem}_{name}",
            place=f"{file} line {node.lineno}",
            points=float(marks.get("points") or 1),
            says=name.replace("_", " "),
            body=f"{binds}{code}\n",
            visibility="hidden" if marks.get("hidden") else "visible",
        )
    )


def _points(given: Any, cases: list[dict[str, Any]]) -> list[float]:  # noqa: ANN401  # a number, a list or nothing
    """Return what each case is worth: its own points, those of a list, or its share of a number."""
    if isinstance(given, list) and len(given) == len(cases):
        return [float(one) for one in given]
    own = [case.get("points") for case in cases]
    if any(one is not None for one in own):
        return [float(one or 0) for one in own]
    whole = float(given) if isinstance(given, int | float) else 1.0
    return [round(whole / len(cases), 4)] * len(cases)
