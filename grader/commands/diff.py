"""`grade diff`: what changed between two runs."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from grader.commands.arguments import CourseFolder, refuse_no_course, table_console
from grader.commands.class_options import RESULTS, GradebookPlace, JsonOption, OutFolder
from grader.errors import ExitCode
from grader.gradebook.book import existing_database
from grader.gradebook.compare_runs import compare_runs
from grader.gradebook.run_diff import as_json as changes_json
from grader.reporting.build_log import Guarded
from grader.wording.text import one_line

MOST_CHANGES: Final = 100


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="The number of a run; by default the last but one.")] = "",
    new: Annotated[str, typer.Argument(metavar="NEW", help="The number of a run; by default the last.")] = "",
    *,
    assignment: Annotated[str, typer.Option("--assignment", help="Of which the last runs are compared.")] = "",
    out: OutFolder = RESULTS,
    gradebook: GradebookPlace = "",
    as_json: JsonOption = False,
    course: CourseFolder = None,
) -> None:
    """Say per student and check what changed between two runs, and why. Exits 1 where something did."""
    refuse_no_course(course)
    before, after, comparison = compare_runs(existing_database(gradebook, out), old, new, assignment)
    code = ExitCode.NOT_ALL_PASSED if comparison.changes else ExitCode.ALL_PASSED
    if as_json:
        sys.stdout.write(json.dumps(changes_json(before, after, comparison), indent=2) + "\n")
        raise typer.Exit(code)
    console = table_console()
    if comparison.changes:
        table = Table("student", "check", "was", "is", "because of", box=None, pad_edge=False)
        for change in comparison.changes[:MOST_CHANGES]:
            row = (change.student, change.check or "score", change.was, change.now, ", ".join(change.causes))
            table.add_row(*(Text(one_line(cell)) for cell in row))
        console.print(Guarded(table))
        if len(comparison.changes) > MOST_CHANGES:
            console.print(f"and {len(comparison.changes) - MOST_CHANGES} more: --json lists all")
        console.print()
    for line in comparison.summary(before, after):
        console.print(line, markup=False)
    raise typer.Exit(code)
