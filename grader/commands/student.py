"""The commands of a student: grade, list, take a hint, make a report again."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from grader.catalog import Course
from grader.commands.arguments import (
    AssignmentName,
    CourseFolder,
    SeedOption,
    UsageError,
    ViewOption,
    course_at,
    read_result,
    said,
)
from grader.grading import Grader
from grader.model import Result, Status
from grader.platforms.platform import EXIT_CODES, outcome_of
from grader.report import render_html, template_environment
from grader.results import as_text, to_json
from grader.terminal import rendering
from grader.views import View, counted, one_line, points_text

REPORTS: Final = Path(".grade") / "reports"


def run(
    assignment: AssignmentName,
    submission: Annotated[
        Path | None,
        typer.Option("--submission", "-s", help="A folder, .zip or .tar.gz; by default student/ASSIGNMENT."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", "-o", help="Where to write the HTML report.", dir_okay=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON instead of text.")] = False,
    keyword: Annotated[str, typer.Option("-k", help="Only checks whose test matches, as in pytest.")] = "",
    seed: SeedOption = None,
    no_isolation: Annotated[
        bool, typer.Option("--no-isolation", help="Run the code with all that you may do: for your own code only.")
    ] = False,
    view: ViewOption = View.STUDENT,
    course: CourseFolder = None,
) -> None:
    """Grade one submission and write its report."""
    place = course_at(course)
    loaded = place.load(assignment)
    path = submission or place.folder / "student" / assignment
    with Grader(loaded, seed=seed, keyword=keyword, isolated=not no_isolation) as grader:
        if not grader.judge.checks:
            raise UsageError(f"no check of {assignment} matches -k {keyword!r}")
        result = grader.grade(path)
        save_recordings(grader)
    document = to_json(result, view)
    html = render_html(result, view, template_environment())
    written = keep_reports(place, result, html, report)
    if as_json:
        sys.stdout.write(as_text(document))
    else:
        Console(highlight=False).print(rendering(result, view))
    if loaded.assignment.by_hand:
        more = sum((row.points for row in loaded.assignment.by_hand), Fraction(0))
        said(f"not in this score: {counted(more, 'point')} that a person marks")
    if written is not None:
        said(f"report: {written}")
    raise typer.Exit(EXIT_CODES[outcome_of(result)])


def save_recordings(grader: Grader) -> None:
    """Keep what the reference answered for the next run; a folder that cannot be written costs only time."""
    try:
        grader.judge.recordings.save()
    except OSError as error:
        said(f"recordings are not kept: {error}")


def keep_reports(place: Course, result: Result, html: str, report: Path | None) -> Path | None:
    """Write the HTML report, and the result that `grade hint` and `grade report` start from."""
    folder = place.folder / REPORTS
    page = report or folder / f"{result.assignment}.html"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(html, encoding="utf-8")
        (folder / f"{result.assignment}.json").write_text(as_text(to_json(result, View.INSTRUCTOR)), encoding="utf-8")
    except OSError as error:
        if report is not None:
            raise UsageError(f"the report cannot be written: {error}") from None
        said(f"no report is kept: {error}")
        return None
    return page


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
        page.write_text(render_html(result, view, template_environment()), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"the report cannot be written: {error}") from None
    sys.stdout.write(f"{page}\n")
