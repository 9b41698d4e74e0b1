"""Read a roster: a CSV with a row for each student, as Canvas, Moodle, Gradescope and people write them."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from grader.errors import MomentError, UsageError
from grader.exports.class_grades.canvas import is_test_student
from grader.gradebook.records import Student
from grader.intake.identify import Key, Roster, Submitter, alnum_key, name_keys, normalize
from grader.intake.stamps import stamp
from grader.rules.late import Extension, extension
from grader.wording.text import one_line

# What a column may be called, folded to letters and digits; the first of a row that is filled is taken.
IDENTIFIERS: Final = ("idnumber", "studentid", "sid", "sisuserid", "id", "sisloginid", "login", "username", "netid")
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "identifier": (*IDENTIFIERS, "email", "emailaddress", "identifier", "student", "name", "fullname"),
    "name": ("name", "fullname", "studentname", "student"),
    "first": ("firstname", "givenname"),
    "last": ("lastname", "surname", "familyname"),
    "email": ("email", "emailaddress", "mail"),
    "submission": ("submission", "path", "file"),
    "submitted": (
        "submittedat",
        "submitted",
        "submissiontime",
        "timestamp",
        "lastmodifiedsubmission",
        "zuletztgeändertabgabe",
    ),
    "extension": ("extension", "extended"),
}
KEY_COLUMNS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("idnumber", "studentid", "sid", "sisuserid", "identifier"), "id"),
    **dict.fromkeys(("login", "username", "netid", "sisloginid", "loginid"), "login"),
    **dict.fromkeys(("email", "emailaddress", "mail"), "email"),
    **dict.fromkeys(("github", "githubusername", "githublogin", "githubid"), "github"),
    "canvasid": "canvas",
}
POINTS_POSSIBLE: Final = "pointspossible"  # the second row of Canvas's grade book is no student
PARTICIPANT: Final = "participant"
MOST_PROBLEMS: Final = 20


@dataclass(frozen=True, slots=True)
class RosterRow:
    """What a roster says of one student besides who it is."""

    student: Student
    submitter: Submitter
    submission: Path | None = None
    submitted_at: dt.datetime | None = None
    extension: Extension | None = None


@dataclass(slots=True)
class RosterFile:
    """A roster as read; its rows by the student's identifier."""

    roster: Roster = field(default_factory=Roster)
    rows: dict[str, RosterRow] = field(default_factory=dict)


def read_roster(path: Path, time_zone: str) -> RosterFile:
    """Read a roster.

    Raises:
        UsageError: it cannot be read, or rows of it say nothing that can be understood; all of them are told.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"roster {path} is not UTF-8: save it as CSV UTF-8") from None
    except OSError as error:
        raise UsageError(f"roster {path} cannot be read: {error.strerror}") from None
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise UsageError(f"roster {path} is no CSV: {error}") from None
    if not table:
        raise UsageError(f"roster {path} is empty, expected a row of column names and a row for each student")
    header = [alnum_key(cell) for cell in table[0]]
    if not set(header) & {*COLUMNS["identifier"], *COLUMNS["last"]}:
        shown = ", ".join(table[0])
        raise UsageError(
            f"roster {path} has the columns {one_line(shown)}, expected one that says who: id, login, email or name"
        )
    file = RosterFile()
    problems: list[str] = []
    for number, cells in enumerate(table[1:], start=2):
        row = dict(zip(header, (cell.strip() for cell in cells), strict=False))
        is_nobody = "sisuserid" in row and is_test_student(
            _cell(row, "name"), row["sisuserid"], row.get("sisloginid", "")
        )
        if any(row.values()) and not is_nobody and POINTS_POSSIBLE not in map(alnum_key, row.values()):
            _add(file, row, path.parent, time_zone, problems, f"row {number}")
    if problems:
        more = [f"{len(problems) - MOST_PROBLEMS} more"] if len(problems) > MOST_PROBLEMS else []
        raise UsageError("\n".join(f"roster {path}: {problem}" for problem in (*problems[:MOST_PROBLEMS], *more)))
    return file


def _add(
    file: RosterFile, row: Mapping[str, str], folder: Path, time_zone: str, problems: list[str], where: str
) -> None:
    name = _cell(row, "name") or " ".join(filter(None, (_cell(row, "first"), _cell(row, "last"))))
    identifier = _cell(row, "identifier") or name
    if not identifier:
        problems.append(f"{where} does not say who it is about")
        return
    if identifier in file.rows:
        problems.append(f"{where} is about {one_line(identifier)} again")
        return
    student = Student(identifier, name, _cell(row, "email"), on_roster=True)
    submitted = extended = None
    try:
        submitted = _moment(_cell(row, "submitted"), time_zone)
        extended = extension(text) if (text := _cell(row, "extension")) else None
    except MomentError as error:
        problems.append(f"{where} says {one_line(str(error))}")
    path = _cell(row, "submission")
    keys = (("id", normalize(identifier)), *_keys(row, name, student.email))
    file.roster.add(student, keys)
    submitter = Submitter(identifier, name, student.email, (("id", normalize(identifier)),))
    file.rows[identifier] = RosterRow(student, submitter, folder / path if path else None, submitted, extended)


def _cell(row: Mapping[str, str], column: str) -> str:
    return next((row[name] for name in COLUMNS[column] if row.get(name)), "")


def _keys(row: Mapping[str, str], name: str, email: str) -> list[Key]:
    keys = [(kind, normalize(row[column])) for column, kind in KEY_COLUMNS.items() if row.get(column)]
    if "sisuserid" in row or "sisloginid" in row:
        keys.append(("canvas", normalize(row.get("id", ""))))  # Canvas calls its own number just ID
    elif row.get("id"):
        keys.append(("id", normalize(row["id"])))
    identifier = normalize(row.get("identifier", ""))
    if identifier.startswith(PARTICIPANT):
        keys.append(("moodle", identifier.removeprefix(PARTICIPANT).strip()))
    keys.append(("mailbox", normalize(email.partition("@")[0])))
    return [*keys, *name_keys(name)]


def _moment(text: str, time_zone: str) -> dt.datetime | None:
    return None if text in ("", "-") else stamp(text, time_zone)
