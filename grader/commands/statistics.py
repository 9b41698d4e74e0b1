"""`grade statistics`: what a class and its sections add up to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from grader.batch.class_report import read_statistics
from grader.batch.options import ClassOptions
from grader.commands.arguments import AssignmentName, CourseFolder, course_at, table_console, warn
from grader.commands.class_options import RESULTS, GradebookPlace, OutFolder
from grader.errors import UsageError
from grader.exports.grades import table
from grader.intake.roster import read_roster
from grader.reporting.build_log import Guarded
from grader.reporting.class_statistics import ClassStatistics, Kind, StatisticRow
from grader.wording.text import cell_text, one_line, points_text

UTC = "UTC"  # of times in the roster, which nothing here reads
MOST_WHO = 5


def statistics(
    assignment: AssignmentName,
    *,
    roster: Annotated[Path | None, typer.Option("--roster", help="Who is in which section.")] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Also write the table to this file.")] = None,
    out: OutFolder = RESULTS,
    gradebook: GradebookPlace = "",
    course: CourseFolder = None,
) -> None:
    """Count scores, checks, mistakes and attempts of a class, its sections side by side."""
    options = ClassOptions(course=course_at(course), assignment=assignment, out=out, gradebook=gradebook)
    known = {} if roster is None else read_roster(roster, UTC).rows
    sections = {identifier: row.section for identifier, row in known.items() if row.section}
    if roster is not None and not sections:
        raise UsageError(f"roster {roster} has no column section")
    found = read_statistics(options, sections, warn)
    shown = Table("", "what", "of", *found.columns, "", box=None, pad_edge=False)
    for row in found.rows:
        cells = (row.kind.value, row.name, "" if row.of is None else points_text(row.of), *_values(row), _note(row))
        shown.add_row(*(Text(one_line(cell)) for cell in cells))
    table_console().print(Guarded(shown))
    if csv is not None:
        try:
            csv.write_text(_csv(found), encoding="utf-8", newline="")
        except OSError as error:
            raise UsageError(f"{csv} cannot be written: {error.strerror}") from None


def _values(row: StatisticRow) -> list[str]:
    def written(value: float | None) -> str:
        if value is None:
            return "-"
        return f"{100 * value:.0f} %" if row.kind is Kind.CHECK else f"{value:.2f}".rstrip("0").rstrip(".")

    return [written(value) for value in row.values]


def _note(row: StatisticRow) -> str:
    if row.kind is Kind.CHECK:
        return "" if row.discrimination is None else f"tells apart {row.discrimination:.2f}"
    more = f" and {len(row.who) - MOST_WHO} more" if len(row.who) > MOST_WHO else ""
    return f"{', '.join(row.who[:MOST_WHO])}{more}"


def _csv(found: ClassStatistics) -> str:
    header = ["kind", "name", "of", *map(cell_text, found.columns), "discrimination", "who"]
    rows = (
        [
            row.kind.value, cell_text(row.name), "" if row.of is None else points_text(row.of),
            *("" if value is None else f"{value:.4f}" for value in row.values),
            "" if row.discrimination is None else f"{row.discrimination:.4f}", cell_text("; ".join(row.who)),
        ]
        for row in found.rows
    )  # fmt: skip
    return table(header, rows)
