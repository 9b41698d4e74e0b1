"""The grades of a class put into a worksheet that another system gave out, to be taken back there. Pure.

Its own columns come back as they were.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from grader.errors import WorksheetError
from grader.exports.grades import Grade, Grades, table
from grader.wording.text import one_line


@dataclass(frozen=True, slots=True)
class Filled:
    """A worksheet with grades in it. `absent` are students with a score whom it does not know, `empty` rows without."""

    text: str
    filled: int
    absent: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()


def fill(
    grades: Grades,
    worksheet: tuple[list[list[str]], str],
    is_student: Callable[[Sequence[str]], bool],
    ids: Sequence[str],
    name_title: str,
    put: Callable[[list[str], Grade], None],
    last: int,
) -> Filled:
    """Put the score of each student into the row of a worksheet that is theirs.

    `ids` are titles of the columns to find students by, the surer first, `name_title` that of the names, by which the
    others are found. Every row is made to reach to the column `last`.
    """
    (header, *rows), delimiter = worksheet
    places = [header.index(title) for title in ids if title in header]
    name = header.index(name_title) if name_title in header else None
    by_id = {_folded(key): grade for grade in grades.rows for key in (grade.email, grade.identifier) if key}
    by_name = _by_name(grades.rows)
    found: set[str] = set()
    empty = []
    for row in rows:
        pad(row, last)
        if not is_student(row):
            continue
        keys = [_folded(row[place]) for place in places if row[place].strip()]
        grade = next((by_id[key] for key in keys if key in by_id), None)
        if grade is None and name is not None:
            grade = by_name.get(_name_key(row[name]))
        if grade is None or grade.score is None or grade.identifier in found:
            empty.append(one_line(row[name if name is not None else 0]))
            continue
        found.add(grade.identifier)
        put(row, grade)
    absent = [one_line(row.identifier) for row in grades.rows if row.score is not None and row.identifier not in found]
    return Filled(table(header, rows, delimiter), len(found), tuple(absent), tuple(empty))


def _by_name(rows: Sequence[Grade]) -> Mapping[str, Grade]:
    """Index students by name; a name that two share tells nothing."""
    keys = [_name_key(row.name) for row in rows]
    return {key: row for key, row in zip(keys, rows, strict=True) if key and keys.count(key) == 1}


def _name_key(name: str) -> str:
    return " ".join(sorted(_folded(name.replace(",", " ")).split()))


def _folded(text: str) -> str:
    return text.strip().casefold()


def read(text: str) -> tuple[list[list[str]], str]:
    """Read a worksheet, and what parts its columns.

    Raises:
        WorksheetError: it is none.
    """
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    try:
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise WorksheetError(f"is no CSV: {error}") from None
    if not rows or not rows[0]:
        raise WorksheetError("is empty, expected the file that was exported for grading")
    return rows, delimiter


def pad(row: list[str], last: int) -> None:
    """Make a row at least so long."""
    row += [""] * (last + 1 - len(row))


def listed(titles: Sequence[str]) -> str:
    """Name columns in a sentence."""
    return ", ".join(one_line(title) for title in titles[:12])
