"""`grade demo`: grade the bundled samples."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from grader.commands.arguments import CourseFolder, assignment_names, course_at, warn
from grader.errors import ExitCode
from grader.lint.demo import INDEX, demonstrate
from grader.reporting.html import template_environment


def demo(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ASSIGNMENT]...", help="Those of these alone.", autocompletion=assignment_names),
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Where the reports go.", file_okay=False)] = Path(
        "demo-report"
    ),
    course: CourseFolder = None,
) -> None:
    """Grade the bundled sample submissions, good, wrong and hostile, and compare with their stated scores."""
    found = course_at(course)
    assignments = [found.load(name) for name in names or found.names()]
    table, differing = demonstrate(assignments, out, template_environment(), Console(stderr=True))
    Console(highlight=False).print(table)
    warn(f"report: {out.resolve() / INDEX}")
    if differing:
        warn(f"{differing} samples differ from what is stated")
        raise typer.Exit(ExitCode.BROKEN)
