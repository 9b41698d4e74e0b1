"""Read a source notebook of nbgrader: cells with solutions, cells with tests, and cells that a person marks."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any, Final

from grader.errors import UsageError
from grader.lint.imported.assignment import (
    HandMarked,
    Imported,
    ImportedTest,
    bindings,
    classes_in,
    defined_in,
    import_lines,
)
from grader.lint.imported.shared_names import needed_before, without_names_of_tests

MARKER: Final = re.compile(r"^\s*#+\s*(BEGIN|END) (HIDDEN TESTS|MARK SCHEME)\b.*$", re.IGNORECASE | re.MULTILINE)
NOSE: Final = re.compile(r"^(?P<indent>\s*)from nose\.tools import (?P<names>[\w, ]+)$", re.MULTILINE)
MAGIC: Final = re.compile(r"^\s*[%!?]")


def read_nbgrader(folder: Path) -> Imported:
    """Read the one notebook of a folder, with solutions.

    Raises:
        UsageError: there is none, or more than one.
    """
    paths = [path for path in sorted(folder.rglob("*.ipynb")) if ".ipynb_checkpoints" not in path.parts]
    if len(paths) != 1:
        raise UsageError(f"{folder} has {len(paths)} notebooks, expected one: name the folder of one assignment")
    cells = cells_of(paths[0])
    module = module_name(paths[0])
    code = [("\n".join(map(_plain, text.splitlines())), _is_test(mark)) for text, mark, kind in cells if kind == "code"]
    solution = module_text(without_names_of_tests(code))
    known = {name for names in defined_in(solution) for name in names} | {*classes_in(solution)}
    earlier: list[str] = []
    found = Imported(solutions={f"{module}.py": solution}, head=import_lines(solution))
    for number, (text, mark, kind) in enumerate(cells, start=1):
        place = f"{paths[0].name} cell {number}"
        name = re.sub(r"\W", "_", str(mark.get("grade_id", f"cell_{number}"))).removeprefix("test_")
        points = float(mark.get("points", 0) or 0)
        if _is_test(mark) and kind == "code":
            test = "\n".join(map(_plain, NOSE.sub(_without_nose, MARKER.sub("", text)).splitlines()))
            before = needed_before(test, earlier, known)
            found.tests += test_of(name, place, points, f"{before}{test}", (module, solution), found.left)
            earlier.append(test)
        elif mark.get("grade"):
            says = text.strip().split("\n")[0].strip("# ") if kind == "markdown" else name.replace("_", " ")
            found.by_hand.append(HandMarked(name=name, points=points or 1, says=says or name))
            found.left.append(f"{place}: {name} is marked by hand: say in [[by_hand]] what its points are for")
    return found


def _plain(line: str) -> str:
    return "" if MAGIC.match(line) else line


def module_name(path: Path) -> str:
    """Return what the module of a notebook is called."""
    module = re.sub(r"\W", "_", path.stem)
    return module if module.isidentifier() else f"notebook_{module}"


def test_of(
    name: str, place: str, points: float, code: str, module: tuple[str, str], left: list[str]
) -> list[ImportedTest]:
    """Return a cell of tests as one, or none where it is no Python."""
    try:
        ast.parse(code)
    except SyntaxError as error:
        left.append(f"{place}: not converted: line {error.lineno} does not parse: {error.msg}")
        return []
    body = f"{bindings(code, *module)}{code.strip()}\n"
    return [ImportedTest(name=name, place=place, points=points, says=name.replace("_", " "), body=body)]


def _without_nose(line: re.Match[str]) -> str:
    """Return the import of functions of `nose.tools`, which nobody can install any more, as ours."""
    names = [name.strip() for name in line["names"].split(",")]
    return "\n".join(f'{line["indent"]}{name} = _imported.nose_function("{name}")' for name in names)


def cells_of(path: Path) -> list[tuple[str, dict[str, Any], str]]:
    """Read the cells of a notebook: text, what nbgrader keeps of it, and kind.

    Raises:
        UsageError: it is no notebook.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8-sig"))
        return [
            ("".join(cell["source"]), dict(cell.get("metadata", {}).get("nbgrader", {})), cell["cell_type"])
            for cell in raw["cells"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is no notebook of version 4: {error}") from None


def module_text(cells: list[str]) -> str:
    """Join cells of code to a module, without lines that are IPython's and cells that are no Python."""
    kept = []
    for text in cells:
        plain = "\n".join("" if MAGIC.match(line) else line for line in text.splitlines())
        try:
            ast.parse(plain)
        except SyntaxError:
            continue
        kept.append(plain.strip("\n"))
    return "\n\n\n".join(filter(None, kept)) + "\n"


def _is_test(mark: dict[str, Any]) -> bool:
    return bool(mark.get("grade")) and not mark.get("solution")
