"""Turn a notebook's cells into the text of one module, and of the files that cells write. Pure: nothing is run.

Every line of a cell stays a line, so that a traceback can say which; what is not Python is left blank.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from grader.errors import NotPythonError
from grader.model.assignment import Definition
from grader.model.submission import SourceMap
from grader.submissions.ipython_syntax import KEEPING_NO_NAMES, always_ends, cell_magic, foreign_magic, python_cell
from grader.submissions.members import listed, visible
from grader.submissions.notebook import CodeCell, Notebook

AnyDefinition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

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
_HEADING: Final = re.compile(r"^#{1,6}[ \t]+(.+)$", re.MULTILINE)
# Possessive throughout: who gives nothing back takes no longer over a line of a megabyte than it takes to read it.
_TARGET: Final = re.compile(r"(?:--?\w++[ \t]++)*+[\"']?([\w./${}~-]++(?: ++[\w./${}~-]++)*+)[\"']?[ \t]*+")
_VARIABLE: Final = frozenset("${~")
"""What a folder's name holds that only the shell knows."""


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


def notebook_source(notebook: Notebook, name: str, definitions: Sequence[Definition] = ()) -> NotebookSource:
    """Write a notebook as modules.

    Args:
        notebook: Its cells.
        name: What it is called.
        definitions: Which definition counts of a name that cells define more than once; by default the last.
    """
    reader = _Reader()
    kept = [(cell.number, reader.lines_of(cell)) for cell in notebook.cells]
    reader.leave_out_unreached(dict(kept))
    for definition in definitions:
        reader.choose(definition, notebook.texts, dict(kept))
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


def _heading(words: str, texts: Sequence[CodeCell]) -> int | None:
    """Return the number of the first cell with a heading that contains these words, in whatever case."""
    for cell in texts:
        if any(words.casefold() in heading.casefold() for heading in _HEADING.findall(cell.text)):
            return cell.number
    return None


def _parameters(definition: AnyDefinition) -> tuple[str, ...]:
    """List the parameters of a function, or of a class's constructor without the first."""
    if isinstance(definition, ast.ClassDef):
        makers = (node for node in definition.body if isinstance(node, ast.FunctionDef) and node.name == "__init__")
        maker = next(makers, None)
        return _parameters(maker)[1:] if maker is not None else ()
    given = definition.args
    return tuple(argument.arg for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs))


@dataclass(slots=True)
class _Reader:
    """Goes through cells, and remembers what was left out and why."""

    defined: dict[str, list[tuple[int, AnyDefinition]]] = field(default_factory=lambda: defaultdict(list))
    chosen: dict[str, int] = field(default_factory=dict)
    foreign: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    files: dict[str, list[tuple[int, list[str]]]] = field(default_factory=dict)
    magics: list[int] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    bound: set[str] = field(default_factory=set)
    unreached: dict[int, list[ast.stmt]] = field(default_factory=dict)

    def lines_of(self, cell: CodeCell) -> list[str]:
        """Return a cell's lines as Python."""
        blank = [""] * (cell.text.count("\n") + 1)
        magic, rest = cell_magic(cell.text)
        if magic in WRITING and (target := _TARGET.fullmatch(rest)) and _VARIABLE.isdisjoint(target[1].split("/")[-1]):
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
        last = next((place for place, node in enumerate(python.body, start=1) if always_ends(node)), len(python.body))
        self.bound.update(*map(_bound, python.body[:last]))
        self.unreached[cell.number] = [
            node for node in python.body[last:] if not _share_lines(node, python.body[last - 1])
        ]
        for statement in python.body:
            if isinstance(statement, AnyDefinition):
                self.defined[statement.name].append((cell.number, statement))
        return python.text.split("\n")

    def leave_out_unreached(self, lines: Mapping[int, list[str]]) -> None:
        """Blank what stands behind the certain end of a cell, as Jupyter never runs it, where nothing else is lost.

        What is bound nowhere else stays, with all that has to do with it: it was meant to be there.
        """
        for cell, statements in self.unreached.items():
            only_here = set().union(*map(_bound, statements)) - self.bound
            kept = [node for node in statements if not only_here.isdisjoint(_mentioned(node))]
            left_out = [node for node in statements if not any(_share_lines(node, other) for other in kept)]
            for node in left_out:
                _blank(node, lines[cell])
            for name in {name for node in left_out for name in _bound(node)} & self.defined.keys():
                self.defined[name] = [(number, node) for number, node in self.defined[name] if node not in left_out]
            if left_out:
                self.sentences.append(
                    f"cell {cell} always ends before line {left_out[0].lineno}: what stands there does not count"
                )

    def choose(self, wanted: Definition, texts: Sequence[CodeCell], lines: Mapping[int, list[str]]) -> None:
        """Blank the lines of a name's other definitions, if one is what the rubric asks for."""
        found = self.defined[wanted.name]
        end = _heading(wanted.before, texts) if wanted.before else None
        fitting = [
            (cell, node)
            for cell, node in found
            if (end is None or cell < end) and (not wanted.parameters or _parameters(node) == wanted.parameters)
        ]
        if not fitting:
            return
        self.chosen[wanted.name] = fitting[-1][0]
        for cell, node in found:
            if node is not fitting[-1][1]:
                _blank(node, lines[cell])

    def leave_out(self, cell: CodeCell, reason: str) -> None:
        """Remember why the names that a cell defines are missing."""
        for match in _DEFINED.finditer(cell.text):
            if len(self.left_out) < MOST_NAMES:
                self.left_out.setdefault(match[1] or match[2], reason)

    def _write(self, cell: CodeCell, target: str, *, appends: bool) -> None:
        """Take a cell that is written into a file: its first line is the magic."""
        parts = [part for part in target.split("/") if part not in ("", ".", "..")]
        path = "/".join(part for part in parts if _VARIABLE.isdisjoint(part))
        before = self.files.get(path, []) if appends else []
        self.files[path] = [*before, (cell.number, ["", *cell.text.lstrip("\n").split("\n")[1:]])]

    def notes(self) -> Iterator[str]:
        """Yield what was left out and why, and which of two definitions counts."""
        if self.magics:
            yield f"magics and shell commands are left out in {_cells(self.magics)}"
        for magic, where in self.foreign.items():
            verb = "is" if len(set(where)) == 1 else "are"
            why = "keeps no names" if magic == KEEPING_NO_NAMES else "is not Python"
            yield f"{_cells(where)} {verb} left out: %%{visible(magic, 40)} {why}"
        yield from _few(self.sentences, "more cells are left out for such reasons")
        places = {name: list(dict.fromkeys(cell for cell, _ in found)) for name, found in self.defined.items()}
        counting = {name: where[-1] for name, where in places.items()} | self.chosen
        sentences = [
            f"{visible(name, 60)} is defined in {_cells(where)}: the one in cell {counting[name]} counts"
            for name, where in places.items()
            if len(where) > 1
        ]
        yield from _few(sentences, "more names are defined in several cells, of which one counts")


def _bound(node: ast.stmt) -> set[str]:
    """List the names that a statement binds."""
    if isinstance(node, AnyDefinition):
        return {node.name}
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    aliases = (part for part in ast.walk(node) if isinstance(part, ast.alias))
    return names | {one.asname or one.name.partition(".")[0] for one in aliases}


def _mentioned(node: ast.stmt) -> set[str]:
    return _bound(node) | {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _share_lines(one: ast.stmt, other: ast.stmt) -> bool:
    return one.lineno <= (other.end_lineno or other.lineno) and other.lineno <= (one.end_lineno or one.lineno)


def _blank(node: ast.stmt, lines: list[str]) -> None:
    """Empty the lines of a statement, its decorators among them."""
    first = min((node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))))
    last = node.end_lineno or node.lineno
    lines[first - 1 : last] = [""] * (last - first + 1)


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
