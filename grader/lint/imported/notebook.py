"""Read the cells of a notebook that was written for another autograder, and make a notebook of our form of them."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from grader.course.notebook_stubs import notebook_of
from grader.errors import UsageError
from grader.lint.imported.cell_gaps import between_marks, is_stubbed, with_gaps, without_marks

MAGIC: Final = re.compile(r"^\s*([%!?]|[\w.]+\?{1,2}\s*$)")
IGNORED: Final = frozenset({".ipynb_checkpoints", "__pycache__", "submitted", "autograded", "feedback", "release"})
"""Folders whose notebooks are copies, or what students handed in."""
CODE: Final = "code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell as it was read.

    `number` is its place in its notebook, from 1; `output` is what it printed and the value that it showed; `marked`
    are the lines of it that students write, from 1.
    """

    number: int
    kind: str
    text: str
    metadata: dict[str, Any] = field(default_factory=dict)
    output: str = ""
    marked: frozenset[int] = frozenset()


def notebooks_in(folder: Path, ignored: frozenset[str] = IGNORED) -> list[Path]:
    """List the notebooks of a folder in their order, but for copies and what was handed in."""
    return [
        path
        for path in sorted(folder.rglob("*.ipynb"))
        if not ignored & {*path.relative_to(folder).parts[:-1]} and not path.name.startswith(".")
    ]


def notebook_at(path: Path) -> dict[str, Any]:
    """Read a notebook.

    Raises:
        UsageError: it is none of version 4.
    """
    try:
        raw = dict(json.loads(path.read_text(encoding="utf-8-sig")))
        raw["cells"] = [*raw["cells"]]
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is no notebook of version 4: {error}") from None
    return raw


def cells_of(path: Path) -> list[Cell]:
    """Read the cells of a notebook.

    Raises:
        UsageError: it is no notebook.
    """
    try:
        return [
            Cell(
                number=number,
                kind=str(cell["cell_type"]),
                text="".join(cell["source"]),
                metadata=dict(cell.get("metadata", {})),
                output="".join(map(_shown, cell.get("outputs", ()))),
            )
            for number, cell in enumerate(notebook_at(path)["cells"], start=1)
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} is no notebook of version 4: {error}") from None


def _shown(output: dict[str, Any]) -> str:
    return "".join(output.get("text", "")) + "".join(output.get("data", {}).get("text/plain", ""))


def module_name(path: Path) -> str:
    """Return what the module of a notebook is called."""
    module = re.sub(r"\W", "_", path.stem)
    return module if module.isidentifier() else f"notebook_{module}"


def plain(text: str) -> str:
    """Return a cell without lines that are IPython's."""
    return "\n".join("" if MAGIC.match(line) else line for line in text.splitlines())


def parses(text: str) -> bool:
    """Return whether a text is Python."""
    return not fault_of(text)


def fault_of(text: str) -> str:
    """Return why a text is no Python; nothing where it is."""
    try:
        ast.parse(text)
    except SyntaxError as error:
        return f"line {error.lineno} does not parse: {error.msg}"
    except ValueError as error:
        return f"it does not parse: {error}"
    return ""


def module_text(cells: Sequence[str]) -> str:
    """Join cells of code to a module, without lines that are IPython's and cells that are no Python."""
    kept = [text.strip("\n") for text in map(plain, cells) if parses(text)]
    return "\n\n\n".join(filter(None, kept)) + "\n"


def joined(cells: Sequence[Cell]) -> str:
    """Return the module that a notebook's cells of code are, in their order."""
    return module_text([cell.text for cell in cells if cell.kind == CODE])


def cells_of_module(text: str) -> list[Cell]:
    """Make a cell of each statement of a module, with the lines above it."""
    lines, done, cells = text.splitlines(), 0, list[Cell]()
    marked = between_marks(text)
    for number, node in enumerate(ast.parse(text).body, start=1):
        last = max(node.end_lineno or 0, done)
        own = frozenset(line - done for line in marked if done < line <= last)
        cells.append(Cell(number=number, kind=CODE, text="\n".join(lines[done:last]), marked=own))
        done = last
    return cells


def with_marked_gaps(cells: Sequence[Cell], read_by_tests: frozenset[str]) -> tuple[list[Cell], list[str]]:
    """Mark what students write as gaps, and say where that is more than what was marked.

    Where nothing is marked students write the bodies of functions and methods, and the values that tests read.

    Args:
        cells: The solution; lines that students write are `marked`.
        read_by_tests: Names of values that tests look at.
    """
    kept = [cell if cell.kind != CODE else replace(cell, text=plain(cell.text)) for cell in cells]
    kept = [cell for cell in kept if cell.kind != CODE or (parses(cell.text) and cell.text.strip())]
    if not any(cell.marked for cell in kept):
        kept = [*_without_marks(kept, read_by_tests)]
    number, gapped, left = 1, list[Cell](), list[str]()
    for cell in kept:
        text = cell.text
        if cell.kind == CODE:
            text = without_marks(with_gaps(text, cell.marked, number))
            if cell.marked and not is_stubbed(text):
                text = without_marks(with_gaps(cell.text, frozenset(range(1, len(cell.text.splitlines()) + 1)), number))
                left.append(f"cell {cell.number}: students write all of it: what is marked is no whole statement")
            number += text.count("# end solution")
        gapped.append(replace(cell, text=text))
    return gapped, left


def _without_marks(cells: Sequence[Cell], read_by_tests: frozenset[str]) -> Iterator[Cell]:
    """Yield cells in which what tests ask is marked: functions, methods and values."""
    for cell in cells:
        if cell.kind != CODE:
            yield cell
            continue
        lines: set[int] = set()
        for node in ast.parse(cell.text).body:
            stored = {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and stored & read_by_tests:
                lines |= {*range(node.lineno, (node.end_lineno or 0) + 1)}
        lines |= _functions_of(cell.text)
        yield replace(cell, marked=frozenset(lines))


def _functions_of(text: str) -> set[int]:
    """Return the lines of the functions and methods whose bodies students write."""
    return {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ClassDef | ast.Module)
        for one in node.body
        if isinstance(one, ast.FunctionDef) and (one.name[0] != "_" or one.name == "__call__")
        for line in range(one.lineno, (one.end_lineno or 0) + 1)
    }


def notebook_text(cells: Sequence[Cell]) -> str:
    """Write cells as a notebook."""
    return notebook_of((cell.kind, cell.text) for cell in cells if cell.kind in {CODE, "markdown"})
