"""The grades of a class for Moodle's import of grades, and put into its offline grading worksheet. Pure.

Source: Moodle mod/assign/feedback/offline.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from grader.errors import WorksheetError
from grader.exports.column_names import (
    EMAILS,
    LOGINS,
    NO,
    NUMBERS,
    WHOLE_NAMES,
    YES,
    alnum_key,
    is_participant,
    places_of,
)
from grader.exports.format import ClassFormat
from grader.exports.grades import Grade, Grades, points, table
from grader.exports.worksheets import Filled, fill, listed, number_of, read
from grader.wording.text import cell_text, counted, one_line, points_text

NEEDED: Final = ("Identifier", "Grade", "Last modified (grade)")
GRADE: Final = "Grade"
MAXIMUM: Final = "maximum grade"
LEAST_AFTER: Final = 2  # columns after the most points: when a grade was given last, and the feedback
FEEDBACK: Final = "Feedback comments"
HEADER: Final = ("ID number", "Email address", "Full name", "Grade", FEEDBACK)
CHANGEABLE: Final = "Grade can be changed"
OURS: Final = '<div class="autograded">'
OURS_BEFORE: Final = re.compile(rf"{re.escape(OURS)}.*?</div>", re.DOTALL)


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
    columns = _columns(header, rows[1:])
    highest, feedback, changeable = columns.highest, columns.feedback, columns.changeable
    remarks: list[str] = []
    for row in rows[1:]:
        most = number_of(row[highest]) if highest is not None and len(row) > highest else None
        if highest is not None and most is None and len(row) > highest and row[highest].strip() not in ("", "-"):
            scale = one_line(row[highest])
            raise WorksheetError(f"has a mark of a scale for the most points, {scale}: set points in Moodle first")
        if highest is not None and most is not None and most != grades.max_score:
            ours = points_text(grades.max_score)
            said = f"says that {row[highest]} points are the most, and the assignment gives {ours}"
            if most < grades.max_score:
                raise WorksheetError(f"{said}: set the maximum grade in Moodle and export it again")
            remarks = [f"the worksheet {said}"]
    if columns.is_told:
        names = [header[columns.grade], *([] if feedback is None else [header[feedback]])]
        remarks.append(f"the worksheet is in another language than English: filled in are {' and '.join(names)}")
    comments = 0

    def put(row: list[str], grade: Grade) -> str:
        nonlocal comments
        if changeable is not None and alnum_key(row[changeable]) in NO:
            return "locked in Moodle"
        if grade.score is not None:
            row[columns.grade] = points(grade.score)
        if feedback is not None and any(grade.feedback):
            theirs = _without_ours(row[feedback], grade)
            comments += bool(theirs)
            row[feedback] = "\n".join(filter(None, (theirs, _comment(grade))))
        return ""

    def is_student(row: Sequence[str]) -> bool:
        return is_participant(row[columns.identifier])

    ids = [*places_of(header, NUMBERS, EMAILS, LOGINS), columns.identifier]
    name = next(iter(places_of(header, WHOLE_NAMES)), None)
    filled = fill(grades, (rows, delimiter), is_student, ids, name, put, remarks)
    if comments:
        kept = f"comments of others stayed in {counted(comments, 'row')}, the feedback stands after them"
        filled = replace(filled, remarks=(*filled.remarks, kept))
    return filled


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where what is in a worksheet. `is_told` says that the columns were found by what is in them."""

    identifier: int
    grade: int
    highest: int | None
    changeable: int | None
    feedback: int | None
    is_told: bool = False


def _columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Columns:
    """Find the columns by their English titles, else by what they hold: Moodle writes them in one order.

    Raises:
        WorksheetError: it is no such worksheet, or holds the marks of an assignment without points.
    """
    students = [row for row in rows if any(map(is_participant, row[:1]))]
    if not set(NEEDED) - set(header):
        if not any(row and is_participant(row[header.index(NEEDED[0])]) for row in rows):
            raise WorksheetError(f"has no student: no row whose {NEEDED[0]} begins with Participant")
        titles = [title.casefold() for title in header]
        return Columns(
            identifier=header.index(NEEDED[0]), grade=header.index(GRADE),
            highest=titles.index(MAXIMUM) if MAXIMUM in titles else None,
            changeable=header.index(CHANGEABLE) if CHANGEABLE in header else None,
            feedback=header.index(FEEDBACK) if FEEDBACK in header else None,
        )  # fmt: skip
    last = len(header) - 1
    whole = [row for row in students if len(row) > last]
    same = [place for place in range(2, last) if len({number_of(row[place]) for row in whole} - {None}) == 1]
    full = [place for place in same if all(number_of(row[place]) for row in whole)]
    highest = next((place for place in full if all(_is_grade(row[place - 1]) for row in whole)), last)
    if last - highest < LEAST_AFTER:
        missing = next(title for title in NEEDED if title not in header)
        raise WorksheetError(
            f"has no column {missing}, expected a grading worksheet as Moodle offers it, with all of {listed(NEEDED)} "
            "or the same in the course's language"
        )
    said = range(highest + 1, last)
    changeable = next((p for p in said if {alnum_key(row[p]) for row in whole} <= YES | NO), None)
    return Columns(
        identifier=0, grade=highest - 1, highest=highest, changeable=changeable, feedback=last, is_told=True
    )  # fmt: skip


def _is_grade(cell: str) -> bool:
    """Return whether a cell is one of grades: a number, or empty as yet."""
    return not cell.strip() or number_of(cell) is not None


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
