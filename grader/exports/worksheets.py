"""The grades of a class put into the worksheet that Canvas or Moodle gave out, to be taken back there. Pure.

Their own columns come back as they were. Sources: canvas-lms lib/gradebook_importer.rb and gradebook_exporter.rb;
Moodle mod/assign/feedback/offline.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from grader.errors import WorksheetError
from grader.exports.grades import Grade, Grades, points, safe
from grader.views import one_line, points_text

CANVAS_IDS: Final = ("SIS User ID", "SIS Login ID", "ID", "Integration ID")
CANVAS_HEADER: Final = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
POINTS_POSSIBLE: Final = "Points Possible"
READ_ONLY: Final = "read only"
EXCUSED: Final = "EX"

MOODLE_NEEDED: Final = ("Identifier", "Grade", "Last modified (grade)")
MOODLE_IDS: Final = ("ID number", "Email address", "Username", "Identifier")
MOODLE_FEEDBACK: Final = "Feedback comments"
MOODLE_HEADER: Final = ("ID number", "Email address", "Full name", "Grade", MOODLE_FEEDBACK)
MOODLE_IS_NUMBER: Final = "Participant "


@dataclass(frozen=True, slots=True)
class Filled:
    """A worksheet with grades in it. `absent` are students with a score whom it does not know, `empty` rows without."""

    text: str
    filled: int
    absent: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()


def canvas(grades: Grades, worksheet: str | None = None) -> Filled:
    """Write a file for Canvas's import of grades.

    Args:
        grades: The class.
        worksheet: What Canvas exported; a student is found in it by SIS id, login, Canvas's number, or name. The
            column is the one of the assignment's title, with or without Canvas's number behind it; a new one if
            there is none. Without a worksheet Canvas finds students by the first of these that it knows.

    Raises:
        WorksheetError: it is no export of Canvas.
    """
    if worksheet is None:
        rows = [[safe(row.name), "", safe(row.identifier), "", "", points(row.score)] for row in grades.rows]
        possible = [f"    {POINTS_POSSIBLE}", "", "", "", "", points_text(grades.max_score)]
        text = _written([[*CANVAS_HEADER, grades.title], possible, *rows], ",")
        return Filled(text, sum(row.score is not None for row in grades.rows))
    table, delimiter = _read(worksheet)
    header = table[0]
    if "ID" not in header or "Section" not in header:
        raise WorksheetError(f"has the columns {_listed(header)}, expected Student, ID and Section as Canvas exports")
    column = next((place for place, title in enumerate(header) if _is_titled(title, grades.title)), None)
    if column is None:
        column = len(header)
        header.append(grades.title)
    name = header.index("Student") if "Student" in header else None

    def is_student(row: Sequence[str]) -> bool:
        return POINTS_POSSIBLE not in row[0] and bool(row[header.index("ID")].strip())

    possible_row = next((row for row in table[1:] if row and POINTS_POSSIBLE in row[0]), None)
    if possible_row is not None:
        _pad(possible_row, column)
        if possible_row[column].strip().casefold() == READ_ONLY:
            raise WorksheetError(f"has a column {header[column]} that Canvas will not take back: it says read only")
        possible_row[column] = possible_row[column].strip() or points_text(grades.max_score)

    def put(row: list[str], grade: Grade) -> None:
        if row[column].strip() != EXCUSED:
            row[column] = points(grade.score)

    ids = [header.index(title) for title in CANVAS_IDS if title in header]
    return _filled(grades, table, delimiter, is_student, ids, name, put, column)


def moodle(grades: Grades, worksheet: str | None = None) -> Filled:
    """Write a file for Moodle.

    Args:
        grades: The class.
        worksheet: The offline grading worksheet of the assignment; a student is found in it by ID number, address,
            login or name. Grade and feedback are put in, all else stays, the time of the last change included, by which
            Moodle sees whether somebody was quicker. Without one it is a file for the import of grades, where a
            person says which column is what.

    Raises:
        WorksheetError: it is no such worksheet, or holds the marks of an assignment without points.
    """
    if worksheet is None:
        rows = [
            [safe(row.identifier), safe(row.email), safe(row.name), points(row.score), _comment(row)]
            for row in grades.rows
        ]
        return Filled(_written([list(MOODLE_HEADER), *rows], ","), sum(row.score is not None for row in grades.rows))
    table, delimiter = _read(worksheet)
    header = table[0]
    if missing := [title for title in MOODLE_NEEDED if title not in header]:
        raise WorksheetError(
            f"has no column {missing[0]}, expected a grading worksheet as Moodle offers it, in English, with all of "
            f"{_listed(MOODLE_NEEDED)}"
        )
    if not any(row and row[header.index("Identifier")].startswith(MOODLE_IS_NUMBER) for row in table[1:]):
        raise WorksheetError(f"has no student: no row whose Identifier begins with {MOODLE_IS_NUMBER.strip()}")
    highest = next((place for place, title in enumerate(header) if title.casefold() == "maximum grade"), None)
    feedback = header.index(MOODLE_FEEDBACK) if MOODLE_FEEDBACK in header else None
    for row in table[1:]:
        if highest is not None and len(row) > highest and _is_number(row[highest]):
            most = float(row[highest].replace(",", "."))
            if most < float(grades.max_score):
                raise WorksheetError(
                    f"says that {row[highest]} points are the most, and the assignment gives "
                    f"{points_text(grades.max_score)}: set the maximum grade in Moodle and export it again"
                )

    def put(row: list[str], grade: Grade) -> None:
        row[header.index("Grade")] = points(grade.score)
        if feedback is not None:
            row[feedback] = _comment(grade)

    def is_student(row: Sequence[str]) -> bool:
        return row[header.index("Identifier")].startswith(MOODLE_IS_NUMBER)

    ids = [header.index(title) for title in MOODLE_IDS if title in header]
    name = header.index("Full name") if "Full name" in header else None
    return _filled(grades, table, delimiter, is_student, ids, name, put, len(header) - 1)


def _filled(
    grades: Grades,
    table: list[list[str]],
    delimiter: str,
    is_student: Callable[[Sequence[str]], bool],
    ids: Sequence[int],
    name: int | None,
    put: Callable[[list[str], Grade], None],
    last: int,
) -> Filled:
    by_id = {_folded(key): grade for grade in grades.rows for key in (grade.email, grade.identifier) if key}
    by_name = _by_name(grades.rows)
    found: set[str] = set()
    empty = []
    for row in table[1:]:
        _pad(row, last)
        if not is_student(row):
            continue
        keys = [_folded(row[place]) for place in ids if row[place].strip()]
        grade = next((by_id[key] for key in keys if key in by_id), None)
        if grade is None and name is not None:
            grade = by_name.get(_name_key(row[name]))
        if grade is None or grade.score is None or grade.identifier in found:
            empty.append(one_line(row[name if name is not None else 0]))
            continue
        found.add(grade.identifier)
        put(row, grade)
    absent = [one_line(row.identifier) for row in grades.rows if row.score is not None and row.identifier not in found]
    return Filled(_written(table, delimiter), len(found), tuple(absent), tuple(empty))


def _by_name(rows: Sequence[Grade]) -> Mapping[str, Grade]:
    """Index students by name; a name that two share tells nothing."""
    keys = [_name_key(row.name) for row in rows]
    return {key: row for key, row in zip(keys, rows, strict=True) if key and keys.count(key) == 1}


def _name_key(name: str) -> str:
    return " ".join(sorted(_folded(name.replace(",", " ")).split()))


def _folded(text: str) -> str:
    return text.strip().casefold()


def _is_titled(title: str, wanted: str) -> bool:
    """Whether a column is the assignment's: its title alone, or with Canvas's number behind it."""
    plain, space, number = title.rpartition(" ")
    return title == wanted or bool(space and plain == wanted and number.strip("()").isdigit())


def _comment(grade: Grade) -> str:
    return "\n".join(safe(line) for line in grade.feedback)


def _is_number(text: str) -> bool:
    return text.replace(",", ".", 1).replace(".", "", 1).strip().isdigit()


def _read(text: str) -> tuple[list[list[str]], str]:
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    try:
        table = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise WorksheetError(f"is no CSV: {error}") from None
    if not table or not table[0]:
        raise WorksheetError("is empty, expected the file that was exported for grading")
    return table, delimiter


def _written(table: Sequence[Sequence[str]], delimiter: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(table)
    return text.getvalue()


def _pad(row: list[str], last: int) -> None:
    row += [""] * (last + 1 - len(row))


def _listed(titles: Sequence[str]) -> str:
    return ", ".join(one_line(title) for title in titles[:12])
