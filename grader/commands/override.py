"""`grade override`: set points by hand."""

from __future__ import annotations

from typing import Annotated

import typer

from grader.commands.arguments import AssignmentName, CourseFolder, course_at, warn
from grader.commands.class_options import (
    RESULTS,
    AnywayOption,
    ByOption,
    GradebookPlace,
    OutFolder,
    StudentName,
    WhyOption,
    next_command,
)
from grader.gradebook.book import existing_database
from grader.gradebook.manual_decisions import give_override


def override(
    assignment: AssignmentName,
    student: StudentName,
    points: Annotated[str, typer.Argument(metavar="POINTS", help="Or `none`, to take an override back.")],
    why: WhyOption,
    check: Annotated[
        str, typer.Option("--check", help="Of one check, or one row marked by hand; by default the whole score.")
    ] = "",
    by: ByOption = "",
    anyway: AnywayOption = False,
    out: OutFolder = RESULTS,
    gradebook: GradebookPlace = "",
    course: CourseFolder = None,
) -> None:
    """Set the points of a student by hand. It survives every regrade; `grade regrade` writes the report anew."""
    loaded = course_at(course).load(assignment)
    give_override(
        existing_database(gradebook, out), loaded.assignment, student, check, points, by=by, why=why, anyway=anyway
    )
    warn(f"kept; to write the report anew: {next_command('regrade', assignment, out, gradebook, '--student', student)}")
