"""The grades of a class for Moodle's import of grades, and put into its offline grading worksheet. Pure.

Source: Moodle mod/assign/feedback/offline.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from grader.errors import WorksheetError
from grader.exports.format import ClassFormat
from grader.exports.grades import Grade, Grades, points, table
from grader.exports.worksheets import Filled, fill, listed, number_of, read
from grader.wording.text import cell_text, counted, one_line, points_text

NEEDED: Final = ("Identifier", "Grade", "Last modified (grade)")
IDS: Final = ("ID number", "Email address", "Username", "Identifier")
FEEDBACK: Final = "Feedback comments"
HEADER: Final = ("ID number", "Email address", "Full name", "Grade", FEEDBACK)
CHANGEABLE: Final = "Grade can be changed"
OURS: Final = '<div class="autograded">'
OURS_BEFORE: Final = re.compile(rf"{re.escape(OURS)}.*?</div>", re.DOTALL)
NUMBERED: Final = "Participant "


def moodle_table(grades: Grades) -> str:
    """Write a file for Moodle's import of grades, where a person says which column is what."""
    cells = (
        (cell_text(row.identifier), cell_text(row.email), cell_text(row.name), points(row.score), _comment(row))
        for row in grades.rows
    )
    return table(HEADER, cells)


def moodle_worksheet(grades: Grades, worksheet: str) -> Filled:
    """Put the grades of a class into the offline grading worksheet of its assignment.

    A student is found in it by the one of ID number, address and login that most are known by, or by name. Grade and
    feedback are put in, the feedback after what others wrote and in place of what an earlier export put there. All else
    stays, the time of the last change included, by which Moodle sees whether somebody was quicker, and rows that Moodle
    has locked.

    Raises:
        WorksheetError: it is no such worksheet, or holds the marks of an assignment without points.
    """
    rows, delimiter = read(worksheet)
    header = rows[0]
    if missing := [title for title in NEEDED if title not in header]:
        raise WorksheetError(
            f"has no column {missing[0]}, expected a grading worksheet as Moodle offers it, in English, with all of "
            f"{listed(NEEDED)}"
        )
    if not any(row and row[header.index("Identifier")].startswith(NUMBERED) for row in rows[1:]):
        raise WorksheetError(f"has no student: no row whose Identifier begins with {NUMBERED.strip()}")
    remarks: list[str] = []
    highest = next((place for place, title in enumerate(header) if title.casefold() == "maximum grade"), None)
    feedback = header.index(FEEDBACK) if FEEDBACK in header else None
    for row in rows[1:]:
        most = number_of(row[highest]) if highest is not None and len(row) > highest else None
        if highest is not None and most is not None and most != grades.max_score:
            ours = points_text(grades.max_score)
            said = f"says that {row[highest]} points are the most, and the assignment gives {ours}"
            if most < grades.max_score:
                raise WorksheetError(f"{said}: set the maximum grade in Moodle and export it again")
            remarks = [f"the worksheet {said}"]

    changeable = header.index(CHANGEABLE) if CHANGEABLE in header else None
    comments = 0

    def put(row: list[str], grade: Grade) -> str:
        nonlocal comments
        if changeable is not None and row[changeable].strip().casefold() == "no":
            return "locked in Moodle"
        if grade.score is not None:
            row[header.index("Grade")] = points(grade.score)
        if feedback is not None and any(grade.feedback):
            theirs = _without_ours(row[feedback], grade)
            comments += bool(theirs)
            row[feedback] = "\n".join(filter(None, (theirs, _comment(grade))))
        return ""

    def is_student(row: Sequence[str]) -> bool:
        return row[header.index("Identifier")].startswith(NUMBERED)

    filled = fill(grades, (rows, delimiter), is_student, IDS, "Full name", put, remarks)
    if comments:
        kept = f"comments of others stayed in {counted(comments, 'row')}, the feedback stands after them"
        filled = replace(filled, remarks=(*filled.remarks, kept))
    return filled


def _comment(grade: Grade) -> str:
    """Write feedback as Moodle keeps comments, as HTML."""
    lines = [html.escape(one_line(line)) for line in grade.feedback if line]
    return f"{OURS}{'<br>'.join(lines)}</div>" if lines else ""


def _without_ours(comment: str, grade: Grade) -> str:
    """Return what others wrote into a comment: neither what this program did nor the same as its last version did."""
    theirs = OURS_BEFORE.sub("", comment).strip()
    return "" if theirs == "\n".join(cell_text(line) for line in grade.feedback) else theirs


FORMAT: Final = ClassFormat(
    description="Moodle's offline grading worksheet with grade and feedback comments",
    suffix=".csv",
    render=moodle_table,
    fill=moodle_worksheet,
)
