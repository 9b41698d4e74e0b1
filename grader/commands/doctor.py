"""`grade doctor`: what this machine's sandbox has."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from grader.commands.arguments import CourseFolder, refuse_no_course, warn
from grader.commands.class_options import RESULTS, GradebookPlace, OutFolder
from grader.errors import ExitCode
from grader.sandbox.host.scratch import require_temporary_folder
from grader.sandbox.layers.doctor import examine, required_missing
from grader.wording.text import one_line


def doctor(
    *,
    results: Annotated[bool, typer.Option("--results", help="Look into results and gradebook instead.")] = False,
    out: OutFolder = RESULTS,
    gradebook: GradebookPlace = "",
    course: CourseFolder = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Try every layer of the sandbox and say what this machine has, or look whether results are whole."""
    refuse_no_course(course)
    if results:
        _examine_results(out, gradebook, as_json=as_json)
        return
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
    require_temporary_folder()
    warn("this machine can grade")


def _examine_results(out: Path, gradebook: str, *, as_json: bool) -> None:
    # What a gradebook needs takes half a second to import, which a look at the machine need not wait for.
    from grader.batch.results_doctor import examine_results  # noqa: PLC0415

    found = examine_results(out, gradebook)
    if as_json:
        sys.stdout.write(json.dumps([asdict(one) for one in found], indent=2) + "\n")
    else:
        table = Table("looked at", "", "what was seen", box=None, pad_edge=False)
        for one in found:
            table.add_row(one.name, "ok" if one.is_whole else "no", one_line(one.detail))
        Console(highlight=False).print(table)
    for one in found:
        if one.advice:
            warn(one.advice)
    if not all(one.is_whole for one in found):
        raise typer.Exit(ExitCode.NOT_ALL_PASSED)
    warn("the results are whole")
