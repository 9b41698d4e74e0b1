"""Read a reference that is written as a notebook: the module that it stands for, and what students get of it."""

from __future__ import annotations

import json
from typing import Any, Final

from grader.course.notebook_stubs import notebook_of
from grader.course.stubs import emptied_text, gaps, stub
from grader.errors import StubError

VERSION: Final = 4
KINDS: Final = ("code", "markdown", "raw")


def module_of(notebook: str, name: str) -> str:
    """Join a notebook's cells of code, in their order, to one module.

    Raises:
        StubError: it is no notebook of version 4.
    """
    cells = [text.strip("\n") for kind, text in cells_of(notebook, name) if kind == "code" and text.strip()]
    return "\n\n\n".join(cells) + "\n"


def emptied_notebook(notebook: str, name: str) -> str:
    """Make the notebook that students get: each gap of a cell a TODO, no output of any cell.

    A gap in a cell of text leaves its TODO alone; one of code also raises.

    Raises:
        StubError: it is no notebook of version 4, markers are wrong, or no cell has a gap; all such problems at once.
    """
    problems: list[str] = []
    cells: list[tuple[str, str]] = []
    count = 0
    for number, (kind, text) in enumerate(cells_of(notebook, name), start=1):
        place = f"{name}, cell {number}"
        try:
            found = gaps(text, place)
            if kind == "code":
                cells.append((kind, stub(text, place, is_cell=True) if found else text))
            else:
                cells.append((kind, emptied_text(text, found)))
        except StubError as error:
            problems += error.sentences
            continue
        count += len(found) if kind == "code" else 0
    if not count and not problems:
        problems.append(f"{name} has no gap, expected '# solution(...)': the solution would be handed out")
    if problems:
        raise StubError(problems)
    return notebook_of(cells)


def cells_of(notebook: str, name: str) -> list[tuple[str, str]]:
    """List the kind and the text of each cell.

    Raises:
        StubError: it is no notebook of version 4.
    """
    try:
        document = json.loads(notebook)
        if document["nbformat"] != VERSION:
            raise StubError([f"{name} is a notebook of version {document['nbformat']}, expected {VERSION}"])
        return [(_kind(cell), "".join(cell["source"])) for cell in document["cells"]]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise StubError([f"{name} is no notebook, expected one of version {VERSION} as Jupyter saves it"]) from None


def _kind(cell: Any) -> str:  # noqa: ANN401  # what JSON holds
    return KINDS[KINDS.index(cell["cell_type"])]
