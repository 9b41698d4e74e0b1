"""`grade hint`: the hint of a check."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from grader.commands.arguments import AssignmentName, CourseFolder, check_names, course_at
from grader.course.hints import check_to_hint, hint_lines
from grader.reporting.last_results import last_known


def hint(
    assignment: AssignmentName,
    check: Annotated[
        str,
        typer.Argument(
            help="A check; by default the first that did not pass in the last run.", autocompletion=check_names
        ),
    ] = "",
    course: CourseFolder = None,
) -> None:
    """Show the hint of a check: a question, not the answer."""
    place = course_at(course)
    rubric, last = place.load(assignment).assignment, last_known(place.folder, assignment)
    console = Console(highlight=False)
    for line in hint_lines(rubric, check_to_hint(rubric, check, last), last):
        console.print(line, markup=False)
