"""Read a solution that is a notebook, and mark what students write in its cells."""

from __future__ import annotations

import ast
import re

from grader.course.reference_notebook import cells_of
from grader.course.stubs import gaps
from grader.errors import StubError, UsageError
from grader.lint.scaffold.solution import marked
from grader.lint.scaffold.values import marked_values

_COMMAND = re.compile(r"^\s*[%!].*$", re.MULTILINE)


def marked_cells(text: str, name: str) -> tuple[list[tuple[str, str]], list[str]]:
    """Mark the functions and methods of cells as gaps, and leave out Jupyter's commands; return what was left out.

    Args:
        text: The notebook.
        name: Its name, for messages.

    Raises:
        UsageError: it is no notebook of version 4, or a cell does not parse.
    """
    try:
        cells = cells_of(text, name)
    except StubError as error:
        raise UsageError("; ".join(error.sentences)) from None
    left_out: list[str] = []
    written: list[tuple[str, str]] = []
    number = 1
    for place, (kind, cell) in enumerate(cells, start=1):
        code = cell
        if kind == "code":
            commands = [line.strip() for line in _COMMAND.findall(cell)]
            left_out += [f"{name}, cell {place}: {line} is no Python and is left out" for line in commands]
            code = _COMMAND.sub("", cell)
            try:
                ast.parse(code)
            except (SyntaxError, ValueError) as error:
                raise UsageError(f"{name}, cell {place} does not parse: {error}") from None
            code = marked(code, "notebook", number).rstrip("\n")
            number += len(gaps(code, name))
        written.append((kind, code))
    if not any(gaps(cell, name) for _, cell in cells):
        marks = iter(marked_values([cell for kind, cell in written if kind == "code"], number))
        written = [(kind, next(marks) if kind == "code" else cell) for kind, cell in written]
    return written, left_out
