"""The grades of a class for Canvas's import of grades, and put into the worksheet that Canvas exported. Pure.

Source: canvas-lms lib/gradebook_importer.rb and gradebook_exporter.rb.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import Final

from grader.errors import WorksheetError
from grader.exports.column_names import CANVAS_NUMBERS, named_columns
from grader.exports.format import ClassFormat
from grader.exports.grades import Grade, Grades, points, table
from grader.exports.worksheets import Filled, fill, listed, number_of, pad, read
from grader.wording.text import cell_text, points_text

IDS: Final = (*CANVAS_NUMBERS, "id", "integrationid")
HEADER: Final = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
OF_STUDENTS: Final = ("student", "section", "rootaccount", *IDS)
POINTS_POSSIBLE: Final = "Points Possible"
POSSIBLE: Final = "    "  # what the row begins with that says so, in every language
EXCUSED: Final = "EX"
TEST_STUDENT: Final = ("studenttest", "teststudent")  # Student, Test
OF_ASSIGNMENT: Final = re.compile(r".+ \([0-9]+\)")  # with Canvas's number of it
MADE_UP: Final = re.compile(r"[0-9a-f]{16,}")  # its login


def is_test_student(name: str, sis: str, login: str) -> bool:
    """Return whether a row is of the student that Canvas makes up for teachers: it has no number of the school's."""
    plain = "".join(char for char in name.casefold() if char.isalpha())
    is_made_up = MADE_UP.fullmatch(login.strip()) is not None
    return not sis.strip() and (is_made_up or (plain in TEST_STUDENT and not login.strip()))


def canvas_table(grades: Grades) -> str:
    """Write a file from which Canvas takes grades; it finds students by the first of the columns that it knows."""
    rows = [
        [cell_text(row.name), "", cell_text(row.identifier), "", "", EXCUSED if row.is_excused else points(row.score)]
        for row in grades.rows
    ]
    possible = [f"    {POINTS_POSSIBLE}", "", "", "", "", points_text(grades.max_score)]
    return table([*HEADER, grades.title], [possible, *rows])


def canvas_worksheet(grades: Grades, worksheet: str) -> Filled:
    """Put the grades of a class into what Canvas exported.

    A student is found in it by the one of SIS id, login and Canvas's number that most are known by, or by name. The
    column is the one that the caller named, else of the assignment's title, with or without Canvas's number behind it.
    If there is none of that title it is a new one, which is told: of it Canvas makes a new assignment.

    Raises:
        WorksheetError: it is no export of Canvas, or has no column of the name that the caller gave.
    """
    rows, delimiter = read(worksheet)
    header = rows[0]
    names = named_columns(header)
    if "id" not in names or not ("section" in names or CANVAS_NUMBERS[0] in names):
        raise WorksheetError(f"has the columns {listed(header)}, expected Student, ID and Section as Canvas exports")
    ids = [names.index(title) for title in IDS if title in names]
    name = names.index("student") if "student" in names else 0
    remarks: list[str] = []
    wanted = grades.column or grades.title
    column = _column(header, wanted, before=max(place for place, title in enumerate(names) if title in OF_STUDENTS))
    if column is None:
        others = [title for title in header if OF_ASSIGNMENT.fullmatch(title)]
        if grades.column:
            raise WorksheetError(f"has no column {wanted}, expected one of {listed(others)}")
        column = len(header)
        header.append(wanted)
        remarks.append(
            f"no column is called {wanted}, so Canvas will make a new assignment of that name"
            + (f"; to fill in another, name it: --column {shlex.quote(others[-1])}" if others else "")
        )

    def is_student(row: Sequence[str]) -> bool:
        sis, login = (row[names.index(title)] if title in names else "" for title in CANVAS_NUMBERS)
        if _is_possible(row) or (CANVAS_NUMBERS[0] in names and is_test_student(row[0], sis, login)):
            return False
        return bool(row[names.index("id")].strip())

    possible_row = next((row for row in rows[1:] if row and _is_possible(row)), None)
    if possible_row is not None:
        pad(possible_row, column)
        if (said := possible_row[column].strip()) and number_of(said) is None:
            raise WorksheetError(f"has a column {header[column]} that Canvas will not take back: it says {said}")
        possible = possible_row[column] = possible_row[column].strip() or points_text(grades.max_score)
        if (number := number_of(possible)) is not None and number != grades.max_score:
            ours = points_text(grades.max_score)
            remarks.append(f"Canvas has {possible} points possible for {header[column]}, the assignment gives {ours}")

    def put(row: list[str], grade: Grade) -> str:
        if grade.is_excused:
            row[column] = EXCUSED
        if grade.score is None:
            return ""
        if row[column].strip() == EXCUSED:
            return "excused in Canvas"
        row[column] = points(grade.score)
        return ""

    return fill(grades, (rows, delimiter), is_student, ids, name, put, remarks)


def _column(header: Sequence[str], wanted: str, before: int) -> int | None:
    """Return the place of an assignment's column behind those that say who a student is; None where there is none.

    Raises:
        WorksheetError: there are several of that title, or what is wanted says who a student is.
    """
    if wanted in header[: before + 1]:
        raise WorksheetError(f"has who a student is in the column {wanted}, expected one of an assignment")
    exact = [place for place, title in enumerate(header) if title == wanted and place > before]
    places = exact or [place for place, title in enumerate(header) if _is_titled(title, wanted) and place > before]
    if len(places) > 1:
        several = listed([header[place] for place in places])
        raise WorksheetError(f"has {len(places)} columns of that title, {several}: name one with --column")
    return places[0] if places else None


def _is_possible(row: Sequence[str]) -> bool:
    """Return whether a row says how many points are possible."""
    return row[0].startswith(POSSIBLE) or POINTS_POSSIBLE in row[0]


def _is_titled(title: str, wanted: str) -> bool:
    """Return whether a column is the assignment's: its title alone, or with Canvas's number behind it."""
    plain, space, number = title.rpartition(" ")
    return title == wanted or bool(space and plain == wanted and number.strip("()").isdigit())


FORMAT: Final = ClassFormat(
    description="Canvas's own export with the scores in the column of the assignment",
    suffix=".csv",
    render=canvas_table,
    fill=canvas_worksheet,
)
