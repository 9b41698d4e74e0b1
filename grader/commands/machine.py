"""The commands about the machine: what it has, what it keeps, and what it makes of the samples."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from grader.commands.arguments import AssignmentName, CourseFolder, SeedOption, course_at, warn
from grader.errors import ExitCode, UsageError
from grader.judging.grading import Grader
from grader.lint.demo import INDEX, demonstrate
from grader.reporting.html import template_environment
from grader.sandbox.layers.doctor import examine, required_missing
from grader.wording.text import one_line


def record(assignment: AssignmentName, seed: SeedOption = None, course: CourseFolder = None) -> None:
    """Compute and keep what the reference and the known mistakes answer, so that grading does not have to."""
    loaded = course_at(course).load(assignment)
    with Grader(loaded, seed=seed) as grader:
        calls = grader.judge.record_reference()
        try:
            fresh = grader.judge.recordings.save()
        except OSError as error:
            raise UsageError(f"the recordings cannot be written: {error}") from None
        sys.stdout.write(
            f"{assignment}: {calls} cases rehearsed, {fresh} new recordings in {grader.judge.recordings.file}\n"
        )


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print the layers as JSON.")] = False) -> None:
    """Try every layer of the sandbox and say what this machine has."""
    found = examine()
    missing = required_missing(found)
    if as_json:
        sys.stdout.write(json.dumps([asdict(layer) for layer in found], indent=2) + "\n")
    else:
        table = Table("layer", "", "what was seen", box=None, pad_edge=False)
        for layer in found:
            table.add_row(layer.name, "ok" if layer.in_force else "no", one_line(layer.detail))
        Console(highlight=False).print(table)
    if missing:
        warn(f"this machine cannot grade: {', '.join(layer.name for layer in missing)} is not in force")
        raise typer.Exit(ExitCode.BROKEN)
    warn("this machine can grade")


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
