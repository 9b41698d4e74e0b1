"""`grade leaderboard`: what a class measured, best first."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console

from grader.batch.leaderboard import write_leaderboard
from grader.batch.options import ClassOptions
from grader.commands.arguments import AssignmentName, CourseFolder, ViewOption, course_at, warn
from grader.commands.class_options import RESULTS, GradebookPlace, OutFolder
from grader.errors import UsageError
from grader.reporting.build_log import Guarded
from grader.reporting.leaderboard import leaderboard_table
from grader.results.visibility import View
from grader.wording.text import counted


def leaderboard(
    assignment: AssignmentName,
    *,
    out: OutFolder = RESULTS,
    gradebook: GradebookPlace = "",
    names: Annotated[bool, typer.Option("--names", help="Show names in place of pseudonyms.")] = False,
    by: Annotated[
        str, typer.Option("--check", "--by", metavar="CHECK", help="Sort the table by what this check measures.")
    ] = "",
    top: Annotated[int, typer.Option("--top", min=1, help="How many rows to print; the page has all.")] = 20,
    view: ViewOption = View.STUDENT,
    course: CourseFolder = None,
) -> None:
    """Write the leaderboard of a class: what was measured, best first, under pseudonyms."""
    options = ClassOptions(course=course_at(course), assignment=assignment, out=out, gradebook=gradebook, view=view)
    board, page = write_leaderboard(options, has_names=names)
    checks = {column.check: column for column in board.columns}
    if by and by not in checks:
        raise UsageError(f"--check is {by!r}, expected one of {', '.join(checks)}")
    Console(highlight=False).print(Guarded(leaderboard_table(board, checks[by] if by else board.columns[0], top)))
    warn(f"{counted(len(board.standings), 'student')} with a measure")
    sys.stdout.write(f"{page}\n")
