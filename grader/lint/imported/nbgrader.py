"""Read source notebooks of nbgrader: cells with solutions, cells with tests, and cells that a person marks."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from grader.errors import UsageError
from grader.lint.imported.assignment import HandMarked, Imported, ImportedTest
from grader.lint.imported.autotests import without_autotests
from grader.lint.imported.cell_gaps import between_marks
from grader.lint.imported.names import bindings, classes_in, defined_in
from grader.lint.imported.notebook import CODE, Cell, cells_of, fault_of, joined, module_name, notebooks_in, plain
from grader.lint.imported.provided import data_beside, provided_beside
from grader.lint.imported.shared_names import needed_before, without_names_of_tests

MARKER: Final = re.compile(r"^\s*#+\s*(BEGIN|END) (HIDDEN TESTS|MARK SCHEME)\b.*$", re.IGNORECASE | re.MULTILINE)
NOSE: Final = re.compile(r"^(?P<indent>\s*)from nose\.tools import (?P<names>[\w, ]+)$", re.MULTILINE)
SOURCE: Final = "source"


def read_nbgrader(folder: Path) -> Mapping[str, Imported]:
    """Read the notebooks of a folder, each an assignment of its own, by their names; one has no name.

    In a course's folder those below `source` are read.

    Raises:
        UsageError: there is no notebook, or none has a cell that is graded.
    """
    home = folder / SOURCE if (folder / SOURCE).is_dir() else folder
    paths = notebooks_in(home)
    if not paths:
        raise UsageError(f"{folder} has no notebook: name the folder of an assignment, with its solution")
    graded = [path for path in paths if any(_mark(cell).get("grade") for cell in cells_of(path))]
    if not graded:
        listed = ", ".join(path.name for path in paths)
        raise UsageError(f"no test was found that can be converted: {listed} has no cell that nbgrader grades")
    if len(graded) == 1:
        return {"": _read(graded[0])}
    top = home if len({path.parent for path in graded}) > 1 else graded[0].parent
    return {re.sub(r"\W", "_", "_".join(path.relative_to(top).with_suffix("").parts)): _read(path) for path in graded}


def _read(path: Path) -> Imported:
    cells = cells_of(path)
    module = module_name(path)
    kept = _solution(cells)
    solution = joined(kept)
    values = defined_in(solution)[1]
    known = {name for names in defined_in(solution) for name in names} | {*classes_in(solution)}
    earlier: list[str] = []
    found = Imported(
        solutions={f"{module}.py": solution},
        notebook=path.name,
        cells=kept,
        provided=provided_beside(path, solution),
        data=data_beside(path, solution),
    )
    for cell in cells:
        place = f"{path.name} cell {cell.number}"
        mark = _mark(cell)
        name = re.sub(r"\W", "_", str(mark.get("grade_id", f"cell_{cell.number}"))).removeprefix("test_")
        points = float(mark.get("points", 0) or 0)
        if _is_test(cell):
            text = without_autotests(MARKER.sub("", cell.text), module, values)
            test = plain(NOSE.sub(_without_nose, text))
            if fault := fault_of(test) or _deleted(test, known):
                found.left.append(f"{place}: not converted: {fault}")
                continue
            before = needed_before(test, earlier, known)
            body = f"{bindings(f'{before}{test}', {module: solution})}{before}{test.strip()}\n"
            says = name.replace("_", " ")
            found.tests.append(ImportedTest(name=name, place=place, points=points, says=says, body=body))
            earlier.append(test)
        elif mark.get("grade"):
            says = cell.text.strip().split("\n")[0].strip("# ") if cell.kind == "markdown" else name.replace("_", " ")
            found.by_hand.append(HandMarked(place=place, name=name, points=points or 1, says=says or name))
    return found


def _deleted(test: str, known: Collection[str]) -> str:
    """Return which name of the submission a test deletes, to see who needs it; nothing where it deletes none."""
    deleted = (one for node in ast.walk(ast.parse(test)) if isinstance(node, ast.Delete) for one in node.targets)
    names = [one.id for one in deleted if isinstance(one, ast.Name) and one.id in known]
    return f"it deletes {', '.join(names)}, which is in another process here" if names else ""


def _solution(cells: list[Cell]) -> list[Cell]:
    """Return the cells that students are given or write, the lines marked that they write.

    A cell of a solution without marks is written whole, and what it says is not handed out where it is text.
    """
    code = [cell for cell in cells if cell.kind == CODE]
    texts = iter(without_names_of_tests([(plain(cell.text), _is_test(cell)) for cell in code]))
    kept = []
    for cell in cells:
        is_answer = bool(_mark(cell).get("solution"))
        if cell.kind != CODE:
            kept.append(replace(cell, text="*Write your answer here.*") if is_answer else cell)
        elif not _is_test(cell):
            text = next(texts)
            marked = between_marks(text)
            if is_answer and not marked:
                marked = frozenset(range(1, len(text.splitlines()) + 1))
            kept.append(replace(cell, text=text, marked=marked))
    return kept


def _without_nose(line: re.Match[str]) -> str:
    """Return the import of functions of `nose.tools`, which nobody can install any more, as ours."""
    names = [name.strip() for name in line["names"].split(",")]
    return "\n".join(f'{line["indent"]}{name} = _imported.nose_function("{name}")' for name in names)


def _mark(cell: Cell) -> dict[str, Any]:
    mark = cell.metadata.get("nbgrader", {})
    return mark if isinstance(mark, dict) else {}


def _is_test(cell: Cell) -> bool:
    mark = _mark(cell)
    return cell.kind == CODE and bool(mark.get("grade")) and not mark.get("solution")
