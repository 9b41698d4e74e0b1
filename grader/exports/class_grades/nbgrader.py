"""The grades of a class in the columns that nbgrader exports. Pure.

Source: nbgrader's plugins/export.py.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from grader.exports.format import ClassFormat
from grader.exports.grades import Grades, last_and_first, table
from grader.exports.plain import hundredths
from grader.wording.text import cell_text


def nbgrader_table(grades: Grades) -> str:
    """Write what nbgrader's own export writes; who handed in nothing gets 0, as there, and who is excused nothing."""
    header = [
        "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score",
        "late_submission_penalty", "score", "max_score",
    ]  # fmt: skip
    return table(header, ([
        grades.assignment, grades.due, row.submitted_at,
        *map(cell_text, (row.identifier, *last_and_first(row.name), row.email)),
        *(("", "", "") if row.is_excused else (
            decimal((row.score or Fraction(0)) + row.late_penalty), decimal(row.late_penalty),
            decimal(row.score or Fraction(0)),
        )), decimal(grades.max_score),
    ] for row in grades.rows))  # fmt: skip


def decimal(number: Fraction) -> str:
    """Write points as Python writes a float: 6.0, 4.5."""
    return str(float(hundredths(number)))


FORMAT: Final = ClassFormat(
    description="The columns of nbgrader export, where who handed in nothing gets 0",
    suffix=".csv",
    render=nbgrader_table,
)
