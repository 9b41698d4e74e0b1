"""Turn a notebook's cells into the text of one module, and of the files that cells write. Pure: nothing is run.

Every line of a cell stays a line, so that a traceback can say which; what is not Python is left blank.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from grader.errors import NotPythonError
from grader.model.submission import SourceMap
from grader.submissions.ipython_syntax import cell_magic, foreign_magic, python_cell
from grader.submissions.members import listed, visible
from grader.submissions.notebook import CodeCell, Notebook

FUTURE: Final = "from __future__ import annotations"
"""Stands first in every module made of a notebook: types that were imported for annotations alone may be missing."""

MOST_SENTENCES: Final = 5  # of one kind
MOST_NAMES: Final = 500  # that are left out with a reason
WRITING: Final = frozenset({"writefile", "file"})
"""Magics that write a cell into a file."""

# What text defines that is not read as Python, or that cannot be.
_DEFINED: Final = re.compile(
    r"^[ \t]*(?:(?:async[ \t]+)?def|class)[ \t]+([^\W\d]\w*)|^([^\W\d]\w*)[ \t]*=(?!=)", re.MULTILINE
)
_TARGET: Final = re.compile(r"(?:-\w+[ \t]+|--\w+[ \t]+)*[\"']?([\w./ -]+?)[\"']?[ \t]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleText:
    """The text of a module, and where its lines come from."""

    source: str
    origin: SourceMap


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookSource:
    """A notebook's cells as one module, the files that its cells write, by their paths, and sentences about both."""

    module: ModuleText
    files: dict[str, ModuleText]
    notes: tuple[str, ...]


def notebook_source(notebook: Notebook, name: str) -> NotebookSource:
    """Write a notebook as modules.

    Args:
        notebook: Its cells.
        name: What it is called.
    """
    reader = _Reader()
    kept = [(cell.number, reader.lines_of(cell)) for cell in notebook.cells]
    for cell in notebook.texts:
        reader.leave_out(cell, f"cell {cell.number} is no cell of code")
    module = _module([(0, [FUTURE]), *kept], SourceMap(name, (), left_out=reader.left_out))
    files = {path: _module(pieces, SourceMap(name, (), is_file=True)) for path, pieces in reader.files.items()}
    return NotebookSource(
        module=module, files=files, notes=tuple(f"{visible(name)}: {note}" for note in reader.notes())
    )


def _module(pieces: Sequence[tuple[int, Sequence[str]]], origin: SourceMap) -> ModuleText:
    lines = [line for _, cell_lines in pieces for line in cell_lines]
    cells = tuple((number, len(cell_lines)) for number, cell_lines in pieces)
    mapped = SourceMap(origin.file, cells, origin.is_file, origin.left_out)
    return ModuleText(source="\n".join(lines) + "\n", origin=mapped)


@dataclass(slots=True)
class _Reader:
    """Goes through cells, and remembers what was left out and why."""

    defined: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    foreign: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    files: dict[str, list[tuple[int, list[str]]]] = field(default_factory=dict)
    magics: list[int] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)

    def lines_of(self, cell: CodeCell) -> list[str]:
        """Return a cell's lines as Python."""
        blank = [""] * (cell.text.count("\n") + 1)
        magic, rest = cell_magic(cell.text)
        if magic in WRITING and (target := _TARGET.fullmatch(rest)):
            self._write(cell, target[1], appends=" -a " in f" {rest} " or "--append" in rest)
            return blank
        if magic := foreign_magic(cell.text):
            self.foreign[magic].append(cell.number)
            self.leave_out(cell, f"cell {cell.number} begins with %%{visible(magic, 40)} and is not run")
            return blank
        try:
            python = python_cell(cell.text)
        except NotPythonError as error:
            reason = f"cell {cell.number} cannot be read as Python ({visible(str(error))})"
            self.sentences.append(f"{reason} and is left out")
            self.leave_out(cell, reason)
            return blank
        if python.had_magics:
            self.magics.append(cell.number)
        for statement in python.body:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                self.defined[statement.name].append(cell.number)
        return python.text.split("\n")

    def leave_out(self, cell: CodeCell, reason: str) -> None:
        """Remember why the names that a cell defines are missing."""
        for match in _DEFINED.finditer(cell.text):
            if len(self.left_out) < MOST_NAMES:
                self.left_out.setdefault(match[1] or match[2], reason)

    def _write(self, cell: CodeCell, target: str, *, appends: bool) -> None:
        """Take a cell that is written into a file: its first line is the magic."""
        path = "/".join(part for part in target.split("/") if part not in ("", ".", ".."))
        before = self.files.get(path, []) if appends else []
        self.files[path] = [*before, (cell.number, ["", *cell.text.lstrip("\n").split("\n")[1:]])]

    def notes(self) -> Iterator[str]:
        """Yield what was left out and why, and which of two definitions counts."""
        if self.magics:
            yield f"magics and shell commands are left out in {_cells(self.magics)}"
        for magic, where in self.foreign.items():
            verb = "is" if len(set(where)) == 1 else "are"
            yield f"{_cells(where)} {verb} left out: %%{visible(magic, 40)} is not Python"
        yield from _few(self.sentences, "more cells are left out for such reasons")
        again = {name: list(dict.fromkeys(where)) for name, where in self.defined.items() if len(set(where)) > 1}
        sentences = [
            f"{visible(name, 60)} is defined in {_cells(where)}: the one in cell {where[-1]} counts"
            for name, where in again.items()
        ]
        yield from _few(sentences, "more names are defined in several cells, and the last definition counts")


def _few(sentences: Sequence[str], more: str) -> Iterator[str]:
    yield from sentences[:MOST_SENTENCES]
    if len(sentences) > MOST_SENTENCES:
        yield f"{len(sentences) - MOST_SENTENCES} {more}"


def _cells(numbers: Iterable[int]) -> str:
    """Name cells, neighbours together: cell 3, or cells 3 and 5-9."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    words = [word for run in runs for word in (map(str, run) if len(run) < 3 else [f"{run[0]}-{run[-1]}"])]
    return f"{'cell' if len(set(numbers)) == 1 else 'cells'} {listed(words, 12)}"
