"""`grade totals`: what every student has in the whole course."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from grader.batch.course_totals import read_totals
from grader.commands.arguments import CourseFolder, course_at, table_console, warn
from grader.commands.class_options import RESULTS, GradebookPlace, OutFolder
from grader.errors import UsageError
from grader.exports.course_totals import how, totals_csv
from grader.model.course_rules import Standing
from grader.reporting.build_log import Guarded
from grader.reporting.html import template_environment
from grader.reporting.totals import render_totals
from grader.wording.text import counted, one_line, points_text


def totals(
    *,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Also write the table to this file.", dir_okay=False)
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Also write the sheet for the exam board.", dir_okay=False)
    ] = None,
    out: OutFolder = RESULTS,
    gradebook: GradebookPlace = "",
    course: CourseFolder = None,
) -> None:
    """Add up all assignments by the weights, drops and grades of `course.toml`, for every student."""
    rules, found = read_totals(course_at(course), out, gradebook, warn)
    names = [name for name, _ in rules.weights]
    shown = Table("student", *names, f"of {points_text(rules.points)}", *(["grade"] if rules.grades else []), box=None)
    for total in found:
        parts = [
            (points_text(part.points) if part.points is not None else "-")
            + ("" if part.standing is Standing.COUNTS else f" {how(part)}")
            for part in total.assignments
        ]
        amount = "-" if total.share is None else points_text(total.share * rules.points)
        cells = [total.identifier, *parts, amount, *([total.grade or "-"] if rules.grades else [])]
        shown.add_row(*(Text(one_line(cell)) for cell in cells))
    table_console().print(Guarded(shown))
    if csv is not None:
        _write(csv, totals_csv(rules, found))
    if html is not None:
        _write(html, render_totals(rules, found, f"{dt.datetime.now(dt.UTC):%Y-%m-%d}", template_environment()))
    if waiting := sum(total.share is None for total in found):
        warn(f"{counted(waiting, 'student')} without a total yet: something of theirs is open")


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from None
    sys.stdout.write(f"{file}\n")
