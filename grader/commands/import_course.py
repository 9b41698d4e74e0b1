"""`grade import`: make an assignment of one that was written for another autograder."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from grader.errors import UsageError
from grader.lint.imported.assignment import Imported, write_imported
from grader.lint.imported.gradescope import read_gradescope
from grader.lint.imported.nbgrader import read_nbgrader
from grader.lint.imported.otter import read_otter


class Origin(StrEnum):
    """The autograders whose assignments can be read."""

    GRADESCOPE = "gradescope"
    NBGRADER = "nbgrader"
    OTTER = "otter"


READERS: Final[Mapping[Origin, Callable[[Path], Mapping[str, Imported]]]] = {
    Origin.GRADESCOPE: read_gradescope,
    Origin.NBGRADER: read_nbgrader,
    Origin.OTTER: read_otter,
}


def import_course(
    origin: Annotated[Origin, typer.Argument(help="What the assignment was written for.")],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Its tests, with the solution beside them.")],
    name: Annotated[str | None, typer.Option("--name", help="What it is called; by default as the folder.")] = None,
    course: Annotated[Path | None, typer.Option("--course", help="The course's folder; else where you are.")] = None,
) -> None:
    """Make an assignment of one for gradescope-utils, nbgrader or Otter, and list what a person must still do."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder, expected the one with tests and solution")
    called = name or folder.resolve().name.replace("-", "_")
    try:
        books = READERS[origin](folder)
    except SyntaxError as error:
        raise UsageError(f"a file of {folder} does not parse: {error}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"a file of {folder} is not UTF-8: {error}") from None
    made: list[str] = []
    refused: list[str] = []
    for book, found in books.items():
        written = "_".join(filter(None, (called, book)))
        try:
            left = write_imported(written, found, course or Path.cwd())
        except UsageError as error:
            refused.append(f"{book}: {error}" if book else str(error))
            continue
        converted = len(found.tests) - sum(
            ": not converted:" in one and one.split(": ")[0] in _places(found) for one in left
        )
        sys.stdout.write(f"{converted} tests of {origin} are checks of reference/{written} now\n")
        sys.stdout.write("".join(f"{sentence}\n" for sentence in left))
        made.append(written)
    if not made:
        raise UsageError("\n".join(refused))
    sys.stdout.write("".join(f"{sentence}\n" for sentence in refused))
    sys.stdout.write(f"\nread it through, then: grade lint --draft {made[0]}\n")


def _places(found: Imported) -> set[str]:
    return {test.place for test in found.tests}
