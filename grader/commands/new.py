"""`grade new`: make an assignment from a solution."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from grader.commands.arguments import warn
from grader.errors import ExitCode, UsageError
from grader.lint.scaffold.assignment import make_assignment


class Kind(StrEnum):
    """What students write."""

    FUNCTION = "function"
    LAYER = "layer"
    MODULE = "module"
    NOTEBOOK = "notebook"
    PREDICTIONS = "predictions"
    ANSWERS = "answers"


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the assignment is called.")],
    solution: Annotated[Path, typer.Option("--from", help="A Python file with the solution, in numpy.")],
    kind: Annotated[
        Kind, typer.Option("--kind", help="What students write: functions, or classes with forward and backward.")
    ] = Kind.FUNCTION,
    course: Annotated[
        Path | None, typer.Option("--course", help="The course folder; by default where you are.")
    ] = None,
) -> None:
    """Make an assignment from a solution: rubric, checks, a mistake each, samples, instructions, students' files."""
    if solution.is_dir():
        inside = min((path.name for path in solution.glob("*.py") if path.stem != "__init__"), default="solution.py")
        raise UsageError(f"{solution} is a folder, expected one file of it, such as {solution / inside}")
    if not solution.is_file():
        raise UsageError(f"{solution} is no file, expected a Python file with the solution")
    made = make_assignment(name, solution, kind.value, course or Path.cwd())
    sys.stdout.write("".join(f"{path}\n" for path in made.files))
    for sentence in made.left_out:
        warn(sentence)
    for problem in made.problems:
        warn(f"{name}: {problem}")
    sys.stdout.write(f"\nread it through, then: grade lint {name}\n")
    if made.problems:
        raise typer.Exit(ExitCode.NOT_ALL_PASSED)
