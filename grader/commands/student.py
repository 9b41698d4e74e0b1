"""What a student does beside grading: list, take a hint, make a report again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from grader.commands.arguments import AssignmentName, CourseFolder, ViewOption, course_at, read_result
from grader.course.discovery import Course
from grader.errors import UsageError
from grader.model import Result, Status
from grader.reporting.html import render_html, template_environment
from grader.views import one_line, points_text
from grader.visibility import View, visible_to

REPORTS: Final = Path(".grade") / "reports"


def last_result(place: Course, assignment: str) -> Result | None:
    """Read the result of the last run of an assignment, if there was one."""
    file = place.folder / REPORTS / f"{assignment}.json"
    return read_result(file) if file.is_file() else None


def list_assignments(course: CourseFolder = None) -> None:
    """List the assignments of the course, with the last score of each."""
    place = course_at(course)
    table = Table("assignment", "title", "checks", "points", "last score", box=None, pad_edge=False)
    for name in place.names():
        assignment = place.load(name).assignment
        result = last_result(place, name)
        score = (
            "not graded yet" if result is None else f"{points_text(result.score)} of {points_text(result.max_score)}"
        )
        table.add_row(
            name, assignment.title, str(len(assignment.checks)), points_text(assignment.max_score), score
        )  # fmt: skip
    Console(highlight=False).print(table)


def hint(
    assignment: AssignmentName,
    check: Annotated[str, typer.Argument(help="A check; by default the first that did not pass in the last run.")] = "",
    course: CourseFolder = None,
) -> None:
    """Show the hint of a check: a question, not the answer."""
    place = course_at(course)
    rubric = {row.name: row for row in place.load(assignment).assignment.checks}
    result = last_result(place, assignment)
    rows = {row.name: row for row in result.checks} if result is not None else {}
    if not check:
        open_rows = [row.name for row in rows.values() if row.status is not Status.PASSED]
        if not open_rows:
            raise UsageError(
                f"every check of {assignment} passed in the last run; name a check to see its hint" if rows
                else f"{assignment} was not graded yet: name a check, or start with `grade run {assignment}`"
            )  # fmt: skip
        check = open_rows[0]
    if check not in rubric:
        raise UsageError(f"{assignment} has no check {check!r}; its checks: {', '.join(rubric)}")
    console = Console(highlight=False)
    console.print(f"{check}: {rubric[check].says}", markup=False)
    console.print(f"hint: {rubric[check].hint}", markup=False)
    for mistake in rows[check].mistakes if check in rows else ():
        console.print(f"about {mistake.name}: {one_line(mistake.hint)}", markup=False)
        console.print(f"more: grade explain {assignment} {mistake.name}", markup=False)


def report(
    result_file: Annotated[Path, typer.Argument(metavar="RESULT.json", help="From `grade run --json`.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Where to write; by default beside it.")] = None,
    view: ViewOption = View.STUDENT,
) -> None:
    """Make the HTML report of a result again, for any reader."""
    result = read_result(result_file)
    page = out or result_file.with_suffix(".html")
    try:
        page.write_text(render_html(visible_to(result, view), template_environment()), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"the report cannot be written: {error}") from None
    sys.stdout.write(f"{page}\n")
