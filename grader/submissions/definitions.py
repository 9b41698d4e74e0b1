"""Take the definitions out of a notebook's cells: what it says, without running what it does. Pure.

Imports, functions, classes and plain constants are kept on their own lines, everything else is left blank; so a line of
what comes out is a line of a cell, and a traceback can say which.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from grader.errors import NotPythonError
from grader.submissions.constants import Names, bound_names, is_plain, needed_names
from grader.submissions.ipython_syntax import PythonCell, foreign_magic, python_cell
from grader.submissions.members import listed, visible
from grader.submissions.notebook import CodeCell

FUTURE: Final = "from __future__ import annotations"
"""Stands first in every module made of a notebook: types that were imported for annotations alone may be missing."""

MOST_SENTENCES: Final = 5  # of one kind

_CATCHING: Final = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


@dataclass(frozen=True, slots=True)
class Definitions:
    """What a notebook defines, as one module. `cells` are each cell's number and how many lines it has there."""

    source: str
    cells: tuple[tuple[int, int], ...]
    notes: tuple[str, ...]


def definitions(
    cells: Sequence[CodeCell], name: str, importable: Collection[str], itself: Collection[str] = ()
) -> Definitions:
    """Take the definitions of a notebook of some name in the order of its cells.

    `importable` are the modules that may be imported, by the first part of their names; `itself` are those that the
    notebook stands in for, which it cannot import.
    """
    taker = _Taker(importable, itself)
    kept = [(cell.number, taker.lines_of(cell)) for cell in cells]
    lines = [FUTURE, *(line for _, cell_lines in kept for line in cell_lines)]
    places = ((0, 1), *((number, len(cell_lines)) for number, cell_lines in kept))
    return Definitions("\n".join(lines) + "\n", places, tuple(f"{visible(name)}: {note}" for note in taker.notes()))


@dataclass(slots=True)
class _Taker:
    """Goes through cells, and remembers what was taken and what was not."""

    importable: Collection[str]
    itself: Collection[str]
    names: Names = field(default_factory=Names)
    cell: int = 0
    defined: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    unimported: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    foreign: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    not_run: list[int] = field(default_factory=list)
    magics: list[int] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)

    def lines_of(self, cell: CodeCell) -> list[str]:
        """Return a cell's lines with everything but definitions left blank."""
        self.cell = cell.number
        lines = [""] * (cell.text.count("\n") + 1)
        if magic := foreign_magic(cell.text):
            self.foreign[magic].append(cell.number)
            return lines
        try:
            python = python_cell(cell.text)
        except NotPythonError as error:
            self.sentences.append(
                f"cell {cell.number} cannot be read as Python and is left out ({visible(str(error))})"
            )
            return lines
        if python.had_magics:
            self.magics.append(cell.number)
        try:
            self._keep(python, lines)
        except RecursionError:
            self.sentences.append(f"cell {cell.number} is left out: it is nested too deeply")
            lines[:] = [""] * len(lines)
        return lines

    def _keep(self, python: PythonCell, lines: list[str]) -> None:
        written = python.text.split("\n")
        for statements in _by_line(python.body):
            kept = [taken for statement in statements if (taken := self.taken(statement)) is not None]
            first, last = _first_line(statements[0]), statements[-1].end_lineno or 0
            if kept == statements:
                lines[first - 1 : last] = written[first - 1 : last]
            elif kept:
                lines[first - 1] = "; ".join(map(ast.unparse, kept))

    def taken(self, statement: ast.stmt) -> ast.stmt | None:
        """Return what is to be kept of a statement: itself, a shorter one, or nothing."""
        match statement:
            case ast.Import(names=aliases):
                kept = [alias for alias in aliases if self._imports(alias.name, alias.asname)]
                return statement if kept == aliases else ast.Import(kept) if kept else None
            case ast.ImportFrom(module="__future__"):
                return None  # it would have to stand first
            case ast.ImportFrom():
                module = "." * statement.level + (statement.module or "")
                found = [self._imports(module, alias.asname, alias.name) for alias in statement.names]
                return statement if all(found) else None
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return statement if self._defines(statement) else None
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                return None
        names = self.names.copy()
        if self._fits(statement, names, catches=False):
            self.names = names
            return statement
        self.not_run.append(self.cell)
        return None

    def notes(self) -> Iterator[str]:
        """Yield what was left out and why, and which of two definitions counts."""
        if self.not_run:
            yield (
                f"{_cells(self.not_run)} {_do(self.not_run)} more than define, which was not run: taken are imports, "
                "functions, classes and plain constants"
            )
        if self.magics:
            yield f"magics and shell commands are left out in {_cells(self.magics)}"
        for magic, where in self.foreign.items():
            yield f"{_cells(where)} {_do(where, 'is', 'are')} left out: %%{visible(magic, 40)} is not Python"
        if self.unimported:
            where = [number for numbers in self.unimported.values() for number in numbers]
            yield f"imports of what is not available here are left out in {_cells(where)}: {listed(self.unimported)}"
        yield from _few(self.sentences, "more cells are left out for such reasons")
        again = {name: list(dict.fromkeys(where)) for name, where in self.defined.items() if len(set(where)) > 1}
        sentences = [
            f"{visible(name, 60)} is defined in {_cells(where)}: the one in cell {where[-1]} counts"
            for name, where in again.items()
        ]
        yield from _few(sentences, "more names are defined in several cells, and the last definition counts")

    def _imports(self, module: str, alias: str | None, name: str = "") -> bool:
        """Take an import if the module can be had."""
        if not self._can_be_had(module):
            if not self._is_itself(module):
                self.unimported[module].append(self.cell)
            return False
        _bind_import(self.names, module, alias, name)
        return True

    def _can_be_had(self, module: str) -> bool:
        return module.partition(".")[0] in self.importable and not self._is_itself(module)

    def _is_itself(self, module: str) -> bool:
        return any(f"{own}.".startswith(f"{module}.") for own in self.itself)

    def _defines(self, statement: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
        """Take a function or class, unless it needs what was left out already where it is defined."""
        missing = _missing(statement, self.names)
        if missing:
            self.sentences.append(
                f"{visible(statement.name, 60)} in cell {self.cell} is left out: it needs {listed(missing)} to be "
                "defined, which was left out"
            )
            return False
        self.names.bind(statement.name)
        self.defined[statement.name].append(self.cell)
        return True

    def _fits(self, statement: ast.stmt, names: Names, *, catches: bool) -> bool:
        """Return whether a statement only gives plain values to names, and add them. `catches`: imports may fail."""
        match statement:
            case ast.Assign(targets=targets, value=value):
                fits = is_plain(value, names) and all(_is_target(target, names) for target in targets)
            case ast.AnnAssign(target=target, value=given):
                fits = _is_target(target, names) and (given is None or is_plain(given, names))
            case ast.AugAssign(target=ast.Name(id=name), value=value):
                return name in names.known and is_plain(value, names)
            case ast.If(test=test, body=body, orelse=others):
                return is_plain(test, names) and all(
                    self._fits(one, names, catches=catches) for one in [*body, *others]
                )
            case ast.Try(body=body, handlers=handlers, orelse=others, finalbody=last):
                catching = catches or any(_catches_imports(handler) for handler in handlers)
                rest = [*(one for handler in handlers for one in handler.body), *others, *last]
                return all(self._fits(one, names, catches=catching) for one in body) and all(
                    self._fits(one, names, catches=catches) for one in rest
                )
            case ast.Import(names=aliases):
                for alias in aliases:
                    _bind_import(names, alias.name, alias.asname, "")
                return catches or all(self._can_be_had(alias.name) for alias in aliases)
            case ast.ImportFrom(module=str() as module, level=0, names=aliases):
                for alias in aliases:
                    _bind_import(names, module, alias.asname, alias.name)
                return catches or self._can_be_had(module)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                fits = not _missing(statement, names)
                names.bind(name)
                return fits
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                return True
            case _:
                return False
        for name in bound_names(statement):
            names.bind(name)
        return fits


def _bind_import(names: Names, module: str, alias: str | None, name: str) -> None:
    """Note what an import binds; `name` is what is taken out of the module, a star for everything."""
    if name == "*":
        names.has_star = True
    elif name:
        names.bind(alias or name, f"{module}.{name}")
    else:
        names.bind(alias or module.partition(".")[0], module if alias else module.partition(".")[0])


def _missing(statement: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, names: Names) -> list[str]:
    return [] if names.has_star else sorted(needed_names(statement) - names.known - {statement.name})


def _is_target(target: ast.expr, names: Names) -> bool:
    """Return a name, names, a place in a constant, or an attribute of a class or function of the notebook."""
    match target:
        case ast.Name():
            return True
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return all(_is_target(part, names) for part in parts)
        case ast.Starred(value=value):
            return _is_target(value, names)
        case ast.Attribute(value=ast.Name(id=name)):
            return name in names.own
        case ast.Subscript(value=ast.Name(id=name), slice=index):
            return name in names.own and is_plain(index, names)
    return False


def _catches_imports(handler: ast.ExceptHandler) -> bool:
    match handler.type:
        case None:
            return True
        case ast.Name(id=name):
            return name in _CATCHING
        case ast.Tuple(elts=parts):
            return any(isinstance(part, ast.Name) and part.id in _CATCHING for part in parts)
    return False


def _by_line(body: Sequence[ast.stmt]) -> Iterator[list[ast.stmt]]:
    """Group statements that share lines, as those with semicolons do."""
    group: list[ast.stmt] = []
    for statement in body:
        if group and statement.lineno > (group[-1].end_lineno or 0):
            yield group
            group = []
        group.append(statement)
    if group:
        yield group


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _few(sentences: Sequence[str], more: str) -> Iterator[str]:
    yield from sentences[:MOST_SENTENCES]
    if len(sentences) > MOST_SENTENCES:
        yield f"{len(sentences) - MOST_SENTENCES} {more}"


def _do(numbers: Collection[int], one: str = "does", several: str = "do") -> str:
    return one if len(set(numbers)) == 1 else several


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
