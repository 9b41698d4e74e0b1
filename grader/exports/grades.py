"""The grades of a class as tables: plain CSV, JSON lines, and the forms of nbgrader and Gradescope. Pure.

Sources: nbgrader's plugins/export.py for its columns; the file that Gradescope offers as "Download grades".
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType

from grader.exports.plain import hundredths
from grader.views import one_line, points_text

OBEYED = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


@dataclass(frozen=True, slots=True)
class Grade:
    """What one student gets. `score` is None where there is none that counts; `taken` went off for being late.

    `submitted_at` is UTC as `2026-11-22 10:30:00`, empty where it is not known; `late_seconds` counts from the due
    moment. `checks` are points by check. `feedback` are lines for the student.
    """

    identifier: str
    name: str
    email: str
    outcome: str
    score: Fraction | None
    taken: Fraction = Fraction(0)
    submitted_at: str = ""
    late_seconds: int = 0
    checks: Mapping[str, Fraction] = field(default_factory=lambda: MappingProxyType({}))
    feedback: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grades:
    """The grades of a class. `due` is UTC, empty where nothing is due; `checks` are in the rubric's order."""

    assignment: str
    title: str
    max_score: Fraction
    checks: tuple[str, ...]
    rows: tuple[Grade, ...]
    due: str = ""


def csv_table(grades: Grades) -> str:
    """Write a row for each student: who, how it ended, the score and the points of each check."""
    header = ["id", "name", "email", "outcome", "score", "max_score", "taken_for_lateness", "submitted_at"]
    return _table([*header, *grades.checks], ([
        safe(row.identifier), safe(row.name), safe(row.email), row.outcome, points(row.score),
        points_text(grades.max_score), points_text(row.taken), row.submitted_at,
        *(points(row.checks.get(check)) for check in grades.checks),
    ] for row in grades.rows))  # fmt: skip


def json_lines(grades: Grades) -> str:
    """Write an object for each student; `score` is rounded to two decimals, `exact_score` is the fraction."""
    return "".join(
        json.dumps(
            {
                "assignment": grades.assignment,
                "student": row.identifier,
                "name": row.name,
                "email": row.email,
                "outcome": row.outcome,
                "score": None if row.score is None else hundredths(row.score),
                "exact_score": None if row.score is None else str(row.score),
                "max_score": hundredths(grades.max_score),
                "taken_for_lateness": hundredths(row.taken),
                "submitted_at": row.submitted_at or None,
                "checks": {name: hundredths(earned) for name, earned in row.checks.items()},
            },
            ensure_ascii=False,
        )
        + "\n"
        for row in grades.rows
    )


def nbgrader_table(grades: Grades) -> str:
    """Write what nbgrader's own export writes; who handed in nothing gets 0, as there."""
    header = [
        "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score",
        "late_submission_penalty", "score", "max_score",
    ]  # fmt: skip
    return _table(header, ([
        grades.assignment, grades.due, row.submitted_at, safe(row.identifier), *map(safe, last_and_first(row.name)),
        safe(row.email), decimal((row.score or Fraction(0)) + row.taken), decimal(row.taken),
        decimal(row.score or Fraction(0)), decimal(grades.max_score),
    ] for row in grades.rows))  # fmt: skip


def gradescope_table(grades: Grades) -> str:
    """Write the columns in which Gradescope gives the grades of one assignment, for what reads those."""
    header = [
        "First Name", "Last Name", "SID", "Email", "Sections", "Total Score", "Max Points", "Status", "Submission ID",
        "Submission Time", "Lateness (H:M:S)", "View Count", "Submission Count",
    ]  # fmt: skip
    return _table(header, ([
        *map(safe, reversed(last_and_first(row.name))), safe(row.identifier), safe(row.email), "", points(row.score),
        points_text(grades.max_score), "Missing" if row.outcome == "missing" else "Graded" if row.score is not None
        else "Ungraded", "", f"{row.submitted_at} +0000" if row.submitted_at else "", hours(row.late_seconds), "", "",
    ] for row in grades.rows))  # fmt: skip


def safe(text: str) -> str:
    """Write a text from anywhere so that no spreadsheet computes it: an apostrophe stands before it."""
    line = one_line(text)
    return f"'{line}" if text.startswith(OBEYED) or line.startswith(OBEYED) else line


def points(score: Fraction | None) -> str:
    """Write a score with at most two decimals, and nothing where there is none."""
    return "" if score is None else points_text(score)


def decimal(number: Fraction) -> str:
    """Write points as Python writes a float: 6.0, 4.5."""
    return str(float(hundredths(number)))


def hours(seconds: int) -> str:
    """Write a length of time as hours, minutes and seconds: 27:05:00."""
    minutes, rest = divmod(max(0, seconds), 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest:02d}"


def last_and_first(name: str) -> tuple[str, str]:
    """Take a name apart: `Lovelace, Ada` and `Ada Lovelace` alike."""
    last, comma, first = name.partition(",")
    if comma:
        return last.strip(), first.strip()
    first, _, last = name.strip().rpartition(" ")
    return last, first


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
