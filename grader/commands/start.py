"""`grade start`: write a course to begin with."""

from __future__ import annotations

import shlex
import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Final

import typer

from grader.errors import UsageError
from grader.lint.scaffold.assignment import make_assignment

ASSIGNMENT: Final = "classifier"


def start(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new or an empty folder.", file_okay=False)],
) -> None:
    """Write a course to begin with: one small assignment, whole, with its hidden checks, mistakes and samples."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UsageError(f"{folder} is not empty: name a new folder")
    except OSError as error:
        raise UsageError(f"{folder} cannot be used: {error.strerror}") from None
    with as_file(files("grader.templates") / "start" / f"{ASSIGNMENT}.py") as solution:
        made = make_assignment(ASSIGNMENT, solution, "function", folder)
    sys.stdout.write("".join(f"{folder / path}\n" for path in made.files))
    sys.stdout.write(f"\n{shlex.join(['cd', str(folder)])}, then: grade demo, grade run {ASSIGNMENT}, grade lint\n")
