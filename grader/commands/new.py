"""`grade new`: make an assignment from a solution."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

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


BY_ENDING: Final = {
    ".ipynb": Kind.NOTEBOOK,
    ".toml": Kind.ANSWERS,
    ".txt": Kind.PREDICTIONS,
    ".csv": Kind.PREDICTIONS,
}
"""What a solution is whose kind is not named, by the ending of its file; else functions."""


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the assignment is called.")],
    solution: Annotated[Path, typer.Option("--from", help="The solution: Python, a notebook, predictions or answers.")],
    kind: Annotated[
        Kind | None, typer.Option("--kind", help="What students write; by default what the file's ending tells.")
    ] = None,
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
    chosen = kind or BY_ENDING.get(solution.suffix.lower(), Kind.FUNCTION)
    made = make_assignment(name, solution, chosen.value, course or Path.cwd())
    sys.stdout.write("".join(f"{path}\n" for path in made.files))
    for sentence in made.left_out:
        warn(sentence)
    for problem in made.problems:
        warn(f"{name}: {problem}")
    sys.stdout.write(f"\nread it through, then: grade lint {name}\n")
    if made.problems:
        raise typer.Exit(ExitCode.NOT_ALL_PASSED)
