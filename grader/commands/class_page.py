"""`grade class`: write the page of a class."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from grader.batch.class_report import run_class
from grader.batch.options import ClassOptions
from grader.commands.arguments import AssignmentName, CourseFolder, course_at, warn
from grader.commands.class_options import RESULTS, GradebookPlace, OutFolder
from grader.intake.roster import read_roster

UTC: Final = "UTC"  # of times in the roster, which nothing here reads


def class_page(
    assignment: AssignmentName,
    *,
    roster: Annotated[
        Path | None, typer.Option("--roster", help="Who is in which section; by default the last batch's.")
    ] = None,
    out: OutFolder = RESULTS,
    gradebook: GradebookPlace = "",
    course: CourseFolder = None,
) -> None:
    """Write the page of the class anew: who earned what, and what went wrong most. `grade batch` ends with it."""
    options = ClassOptions(course=course_at(course), assignment=assignment, out=out, gradebook=gradebook)
    rows = None if roster is None else read_roster(roster, UTC).rows
    sections = None if rows is None else {identifier: row.section for identifier, row in rows.items() if row.section}
    sys.stdout.write(f"{run_class(options, warn, sections)}\n")
