"""`grade extend`: give a student more time."""

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
from grader.gradebook.manual_decisions import give_extension


def extend(
    assignment: AssignmentName,
    student: StudentName,
    length: Annotated[
        str, typer.Argument(metavar="LENGTH", help="2 d, 36 h, 2024-04-20T12:00, or `none` to take it back.")
    ],
    why: WhyOption,
    by: ByOption = "",
    anyway: AnywayOption = False,
    out: OutFolder = RESULTS,
    gradebook: GradebookPlace = "",
    course: CourseFolder = None,
) -> None:
    """Give a student more time. Lateness is counted anew with the next run."""
    loaded = course_at(course).load(assignment)
    give_extension(existing_database(gradebook, out), loaded.assignment, student, length, by=by, why=why, anyway=anyway)
    warn(f"kept; to count it: {next_command('regrade', assignment, out, gradebook, '--student', student)}")
