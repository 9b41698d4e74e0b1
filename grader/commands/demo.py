"""`grade demo`: grade the bundled samples."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from grader.commands.arguments import CourseFolder, course_at, warn
from grader.errors import ExitCode
from grader.lint.demo import INDEX, demonstrate
from grader.reporting.html import template_environment


def demo(
    out: Annotated[Path, typer.Option("--out", "-o", help="Where the reports go.", file_okay=False)] = Path(
        "demo-report"
    ),
    course: CourseFolder = None,
) -> None:
    """Grade the bundled sample submissions, good, wrong and hostile, and compare with their stated scores."""
    console = Console(stderr=True)
    table, differing = demonstrate(course_at(course), out, template_environment(), console)
    Console(highlight=False).print(table)
    warn(f"report: {out.resolve() / INDEX}")
    if differing:
        warn(f"{differing} samples differ from what is stated")
        raise typer.Exit(ExitCode.BROKEN)
