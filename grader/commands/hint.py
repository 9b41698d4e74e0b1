"""`grade hint`: the hint of a check."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from grader.commands.arguments import AssignmentName, CourseFolder, check_names, course_at
from grader.course.hints import check_to_hint, hint_lines
from grader.reporting.formulas import formulas_on
from grader.reporting.last_results import last_seen


def hint(
    assignment: AssignmentName,
    check: Annotated[
        str,
        typer.Argument(
            help="A check; by default the first that did not pass in the last run.", autocompletion=check_names
        ),
    ] = "",
    more: Annotated[
        int, typer.Option("--more", "-m", count=True, help="Say a place as well; given twice, nearly the answer.")
    ] = 0,
    course: CourseFolder = None,
) -> None:
    """Show the hint of a check: a question, not the answer; on demand more than that."""
    place = course_at(course)
    rubric, last = place.load(assignment).assignment, last_seen(place.folder, assignment)
    console = Console(highlight=False)
    for line in hint_lines(rubric, check_to_hint(rubric, check, last), last, more, formulas_on(console)):
        console.print(line, markup=False)
