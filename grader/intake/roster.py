"""Read a roster: a CSV with a row for each student, as Canvas, Moodle, Gradescope and people write them."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from grader.errors import MomentError, UsageError, WorksheetError
from grader.exports.class_grades.canvas import is_test_student
from grader.exports.column_names import (
    COLUMNS,
    KEY_COLUMNS,
    NUMBERS,
    PARTICIPANTS,
    alnum_key,
    is_participant,
    named_columns,
)
from grader.exports.delimited import decoded, rows_of
from grader.gradebook.records import Student
from grader.intake.identify import Key, Roster, Submitter, name_keys, normalize, without_zeros
from grader.intake.stamps import stamp, stamp_or_none
from grader.rules.late import Extension, extension
from grader.submissions.members import listed
from grader.wording.text import one_line

CANVAS_POSSIBLE: Final = "    "  # what that row begins with, whatever the language
POINTS_POSSIBLE: Final = "pointspossible"  # the second row of Canvas's grade book is no student
NUMBER_MARK: Final = "#"  # before Brightspace's numbers and logins, so that spreadsheets keep their zeros
# What stands in a column of roles for whoever teaches: of Gradescope, Canvas, Moodle.
STAFF: Final = frozenset({
    "instructor", "ta", "teachingassistant", "reader", "grader", "teacher", "noneditingteacher", "teacherenrollment",
    "taenrollment", "designer", "manager", "tutor", "tutorin", "trainer", "trainerin", "dozent", "dozentin",
    "enseignant",
})  # fmt: skip
# By which a cell keeps its zeros, and what begins as a formula does is none.
_AS_TEXT: Final = re.compile(r"""'(?=[0-9=+@-])|="(?=.*"\Z)""")
_BREAKS: Final = re.compile(r"[\n\r\v\f\x85\xa0\u2028\u2029\u3000]")
_WHOLE: Final = re.compile(r"([0-9]+)[.,]0")
_CUT: Final = re.compile(r"[0-9][.,][0-9]+E\+[0-9]+")
MOODLES_TIME: Final = "last modified"  # a name that no folded one is
MOST_PROBLEMS: Final = 20
MOST_SIGNS: Final = 8  # of a name in Chinese, Japanese or Korean
MOST_BEFORE_HEADER: Final = 20  # rows


@dataclass(frozen=True, slots=True)
class RosterRow:
    """What a roster says of one student besides who it is."""

    student: Student
    submitter: Submitter
    submission: Path | None = None
    submitted_at: dt.datetime | None = None
    extension: Extension | None = None
    section: str = ""
    team: str = ""


@dataclass(slots=True)
class RosterFile:
    """A roster as read; its rows by the student's identifier. `left_aside` are sentences about rows of no student."""

    roster: Roster = field(default_factory=Roster)
    rows: dict[str, RosterRow] = field(default_factory=dict)
    left_aside: list[str] = field(default_factory=list)


def read_roster(path: Path, time_zone: str) -> RosterFile:
    """Read a roster.

    Raises:
        UsageError: it cannot be read, or rows of it say nothing that can be understood; all of them are told.
    """
    try:
        table, _ = rows_of(decoded(path.read_bytes()))
    except WorksheetError as error:
        raise UsageError(f"roster {path} {error}") from None
    except OSError as error:
        raise UsageError(f"roster {path} cannot be read: {error.strerror}") from None
    filled = [row for row in table if any(map(str.strip, row))]
    if not filled:
        raise UsageError(f"roster {path} is empty, expected a row of column names and a row for each student")
    # Some exports begin with empty lines, or with the name of the course.
    start = next((place for place, row in enumerate(table[:MOST_BEFORE_HEADER]) if _says_who(row)), None)
    if start is None:
        shown = ", ".join(filled[0])
        raise UsageError(
            f"roster {path} has the columns {one_line(shown)}, expected one that says who: id, login, email or name"
        )
    header = _with_moodles_time(named_columns(table[start]), table[start:])
    mark = NUMBER_MARK if "orgdefinedid" in header else ""
    file = RosterFile()
    problems: list[str] = []
    staff: list[str] = []
    others: list[str] = []
    seen: set[tuple[str, ...]] = set()
    for number, cells in enumerate(table[start + 1 :], start=start + 2):
        row = dict(zip(header, (_plain(cell, mark) for cell in cells), strict=False))
        is_nobody = "sisuserid" in row and is_test_student(
            _cell(row, "name"), row["sisuserid"], row.get("sisloginid", "")
        )
        is_possible = bool(cells) and cells[0].startswith(CANVAS_POSSIBLE) and not row.get("id")
        is_header = _is_header_again(cells, table[start])  # of the next page, or of the next list
        if not any(row.values()) or is_header or is_nobody or is_possible or _is_points_possible(row):
            continue
        if alnum_key(_cell(row, "role")) in STAFF:
            staff.append(_name(row) or _cell(row, "identifier"))
        elif len(header) > 1 and _is_no_student(row):
            others.append(next(filter(None, row.values())))
        elif tuple(cells) not in seen:  # the same row twice says the same
            seen.add(tuple(cells))
            _add(file, row, path.parent, time_zone, problems, f"row {number}")
    told = ((staff, "who teach, by their role"), (others, "no students"))
    file.left_aside = [f"roster {path}: {listed(names)} left aside, {why}" for names, why in told if names]
    if problems:
        more = [f"{len(problems) - MOST_PROBLEMS} more"] if len(problems) > MOST_PROBLEMS else []
        raise UsageError("\n".join(f"roster {path}: {problem}" for problem in (*problems[:MOST_PROBLEMS], *more)))
    return file


def _with_moodles_time(header: list[str], table: Sequence[Sequence[str]]) -> list[str]:
    """Name the column of Moodle's worksheet that says when something came, which in any language is two of a kind.

    They are `Last modified (submission)` and `Last modified (grade)`, of which the first is the one.
    """
    is_moodles = len(table) > 1 and bool(table[1]) and is_participant(table[1][0])
    if not is_moodles or not {*header}.isdisjoint(COLUMNS["submitted"]):
        return header
    starts = [cell.partition("(")[0].strip() if cell.strip().endswith(")") else "" for cell in table[0]]
    pairs = [place for place, (first, second) in enumerate(itertools.pairwise(starts)) if first and first == second]
    return [MOODLES_TIME if [place] == pairs else name for place, name in enumerate(header)]


def _plain(cell: str, mark: str) -> str:
    """Return what a cell says, without what spreadsheets put around a number."""
    text = " ".join(filter(None, map(str.strip, _BREAKS.split(cell)))).removeprefix(mark)
    if _AS_TEXT.match(text):
        text = _AS_TEXT.sub("", text, count=1).removesuffix('"')
    whole = _WHOLE.fullmatch(text)
    return text if whole is None else whole[1]


def _is_header_again(cells: Sequence[str], header: Sequence[str]) -> bool:
    """Return whether a row names the columns again; most rows tell by their first cell that they do not."""
    starts = bool(cells) and alnum_key(cells[0]) == alnum_key(header[0])
    return starts and named_columns(cells) == named_columns(header)


def _is_points_possible(row: Mapping[str, str]) -> bool:
    """Return whether a row is Canvas's of points possible, which stands in any of its cells."""
    return POINTS_POSSIBLE in alnum_key("".join(row.values())) and POINTS_POSSIBLE in map(alnum_key, row.values())


def _is_no_student(row: Mapping[str, str]) -> bool:
    """Return whether a row ends a list, as `Anzahl: 1` and `endHISsheet` do: one cell, and nobody's number."""
    filled = [(name, text) for name, text in row.items() if text]
    name, text = filled[0]
    return len(filled) == 1 and name in NUMBERS and (" " in text or not any(map(str.isdecimal, text)))


def _add(
    file: RosterFile, row: Mapping[str, str], folder: Path, time_zone: str, problems: list[str], where: str
) -> None:
    name = _name(row)
    identifier = _cell(row, "identifier") or name
    if not identifier:
        problems.append(f"{where} does not say who it is about")
        return
    if _CUT.fullmatch(identifier):
        problems.append(f"{where} has {identifier} for a number: the spreadsheet cut it, format that column as text")
        return
    if identifier in file.rows:
        problems.append(f"{where} is about {one_line(identifier)} again")
        return
    student = Student(identifier, name, _cell(row, "email"), on_roster=True)
    submitted = extended = None
    try:
        guessed = stamp_or_none(row.get(MOODLES_TIME, ""), time_zone)  # in whatever language
        submitted = _moment(_cell(row, "submitted"), time_zone) or guessed
        extended = extension(text) if (text := _cell(row, "extension")) else None
    except MomentError as error:
        problems.append(f"{where} says {one_line(str(error))}")
    path = _cell(row, "submission")
    own = (("id", normalize(identifier)), ("number", without_zeros(normalize(identifier))))
    keys = (*own, *_keys(row, name, student.email))
    file.roster.add(student, keys)
    submitter = Submitter(identifier, name, student.email, (("id", normalize(identifier)),))
    file.rows[identifier] = RosterRow(
        student, submitter, folder / path if path else None, submitted, extended, _cell(row, "section"),
        _cell(row, "team"),
    )  # fmt: skip


def _says_who(cells: Sequence[str]) -> bool:
    return not {alnum_key(cell) for cell in cells}.isdisjoint((*COLUMNS["identifier"], *COLUMNS["last"]))


def _name(row: Mapping[str, str]) -> str:
    """Return a student's whole name; where a first name stands in a column of its own, `Name` is the last."""
    first, last, whole = (_cell(row, column) for column in ("first", "last", "name"))
    if last and whole and not first and last not in whole:  # in some languages one word means both
        first = whole
    if first and (last or whole):
        family = last or whole
        is_chinese = len(first) + len(family) <= MOST_SIGNS and all(map(_is_sign, first + family))
        joined = f"{family}{first}" if is_chinese else f"{first} {family}"
        return whole if not last and first in whole else joined
    return whole or last or first


def _is_sign(char: str) -> bool:
    """Return whether a character is one with which names are written without a space, the family's first."""
    return "\u3400" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3"


def _cell(row: Mapping[str, str], column: str) -> str:
    return next((row[name] for name in _names_of(tuple(row), column) if row[name]), "")


@functools.lru_cache(maxsize=256)
def _names_of(header: tuple[str, ...], column: str) -> tuple[str, ...]:
    """Return those of a column's names that a roster has: most are in other languages."""
    return tuple(name for name in COLUMNS[column] if name in header)


def _keys(row: Mapping[str, str], name: str, email: str) -> list[Key]:
    keys = [(kind, normalize(text)) for column, text in row.items() if text and (kind := KEY_COLUMNS.get(column))]
    if "id" in row and "sisuserid" in row:
        keys.append(("canvas", normalize(row.get("id", ""))))  # Canvas calls its own number just ID
    elif row.get("id"):
        keys.append(("id", normalize(row["id"])))
    numbered = normalize(row.get("identifier", "") or row.get("id", "") or next(iter(row.values()), ""))
    word = next((word for word in PARTICIPANTS if numbered.startswith(word)), "")
    if word and (number := numbered.removeprefix(word).strip()).isdecimal():
        keys.append(("moodle", number))
    keys.append(("mailbox", normalize(email.partition("@")[0])))
    keys += [("number", number) for kind, key in keys if kind == "id" and (number := without_zeros(key))]
    return [*keys, *name_keys(name)]


def _moment(text: str, time_zone: str) -> dt.datetime | None:
    return None if text in ("", "-") else stamp(text, time_zone)
