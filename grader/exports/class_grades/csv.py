"""The grades of a class as a table of CSV. Pure."""

from __future__ import annotations

from typing import Final

from grader.exports.format import ClassFormat
from grader.exports.grades import Grades, measure_cells, measure_names, points, table
from grader.wording.text import cell_text, points_text


def csv_table(grades: Grades) -> str:
    """Write a row for each student: who, how it ended, the score, the points of each check and what was measured."""
    header = ["id", "name", "email", "outcome", "score", "max_score", "taken_for_lateness", "submitted_at"]
    return table([*header, *grades.checks, *measure_names(grades)], ([
        cell_text(row.identifier), cell_text(row.name), cell_text(row.email), row.outcome, points(row.score),
        points_text(grades.max_score), points_text(row.late_penalty), row.submitted_at,
        *(points(row.checks.get(check)) for check in grades.checks), *measure_cells(grades, row),
    ] for row in grades.rows))  # fmt: skip


FORMAT: Final = ClassFormat(
    description="A row for each student with how it ended, the score and the points of each check; a roster again",
    suffix=".csv",
    render=csv_table,
)
