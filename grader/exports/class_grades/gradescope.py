"""The grades of a class in the columns in which Gradescope gives those of one assignment. Pure.

Source: the file that Gradescope offers as "Download grades".
"""

from __future__ import annotations

from typing import Final

from grader.exports.format import ClassFormat
from grader.exports.grades import Grades, last_and_first, points, table
from grader.wording.text import cell_text, points_text


def gradescope_table(grades: Grades) -> str:
    """Write the columns in which Gradescope gives the grades of one assignment, for what reads those."""
    header = [
        "First Name", "Last Name", "SID", "Email", "Sections", "Total Score", "Max Points", "Status", "Submission ID",
        "Submission Time", "Lateness (H:M:S)", "View Count", "Submission Count",
    ]  # fmt: skip
    return table(header, ([
        *map(cell_text, (*reversed(last_and_first(row.name)), row.identifier, row.email)), "", points(row.score),
        points_text(grades.max_score), "Missing" if row.outcome == "missing" else "Graded" if row.score is not None
        else "Ungraded", "", f"{row.submitted_at} +0000" if row.submitted_at else "", hours(row.late_seconds), "", "",
    ] for row in grades.rows))  # fmt: skip


def hours(seconds: int) -> str:
    """Write a length of time as hours, minutes and seconds: 27:05:00."""
    minutes, rest = divmod(max(0, seconds), 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest:02d}"


FORMAT: Final = ClassFormat(
    description="The columns in which Gradescope gives the grades of one assignment",
    suffix=".csv",
    render=gradescope_table,
)
