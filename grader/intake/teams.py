"""Who handed in together: teams from a CSV or from a column of the roster. One submission is all members'."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from grader.errors import UsageError, WorksheetError
from grader.exports.column_names import COLUMNS, MEMBERS, SECTIONS, alnum_key
from grader.exports.delimited import decoded, rows_of
from grader.gradebook.records import Student
from grader.intake.identify import Submitter, plain_owner
from grader.intake.roster import MOST_PROBLEMS, NUMBER_MARK, RosterFile
from grader.wording.text import one_line

TEAM: Final = ("group", "groupname", "team", "teamname", "gruppe", "gruppenname", "projektgruppe", *SECTIONS)
DIGITS: Final = "0123456789"  # of a column `Member 2`
SEPARATOR: Final = re.compile(r"[;,|/\n]")


@dataclass(frozen=True, slots=True)
class Teams:
    """The members of teams by the team's name, folded, and the team of each student by identifier."""

    members: Mapping[str, tuple[Student, ...]] = field(default_factory=dict)
    of: Mapping[str, str] = field(default_factory=dict)

    def who(self, owner: Submitter, student: Student) -> tuple[Student, ...]:
        """Return whose a submission is: all of the team that its owner is in, or that it is named for."""
        named = [alnum_key(owner.identifier), *(name for kind, name in owner.keys if kind == "name")]
        named += [alnum_key(name) for kind, name in owner.within if kind == "github"]
        own = [self.of[student.identifier]] if student.identifier in self.of else []
        teams = own if own or student.on_roster else named
        return next((self.members[team] for team in teams if team in self.members), (student,))


def read_teams(path: Path, roster: RosterFile) -> Teams:
    """Read a CSV of teams: a row for each member, or for each team with all its members in one cell.

    Raises:
        UsageError: it cannot be read, or rows of it cannot be followed; all of them are told.
    """
    try:
        table, _ = rows_of(decoded(path.read_bytes()))
    except WorksheetError as error:
        raise UsageError(f"{path} {error}") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    start = next((place for place, row in enumerate(table) if any(map(str.strip, row))), None)
    header = [] if start is None else [alnum_key(cell) for cell in table[start]]
    team = next((header.index(name) for name in TEAM if name in header), None)
    member = next((header.index(name) for name in (*MEMBERS, *COLUMNS["identifier"]) if name in header), None)
    several = [place for place, name in enumerate(header) if name.rstrip(DIGITS) in MEMBERS]
    if start is not None and team is None and member is None and (lists := _lists(table, roster)):
        return _teams(lists, roster, str(path))
    if start is None or team is None or (member is None and not several):
        shown = ", ".join(table[start]) if start is not None else "none"
        raise UsageError(f"{path} has the columns {one_line(shown)}, expected group and student, or group and members")
    rows = [(number, cells) for number, cells in enumerate(table[start + 1 :], start=start + 2) if any(cells)]
    found: list[tuple[str, str, Sequence[str]]] = []
    for number, cells in rows:
        columns = several if len(several) > 1 or member is None else [member]
        names = [name for column in columns for name in _names(_cell(cells, column), header[column])]
        found.append((f"row {number}", _cell(cells, team), names))
    return _teams(found, roster, str(path))


def _lists(table: Sequence[Sequence[str]], roster: RosterFile) -> list[tuple[str, str, Sequence[str]]]:
    """Read rows of a group and its members without a header, as MarkUs writes them; nothing where they are none.

    They are such rows where everybody named after the first cell of each is on the roster.
    """
    filled = [(number, [cell.strip() for cell in row if cell.strip()]) for number, row in enumerate(table, start=1)]
    for first in (1, 2):  # the second cell may be the name of a repository
        rows: list[tuple[str, str, Sequence[str]]] = [
            (f"row {number}", cells[0], cells[first:]) for number, cells in filled if cells
        ]
        are_known = all(roster.roster.find(plain_owner(name)) for _, _, names in rows for name in names)
        if are_known and all(names for *_, names in rows):
            return rows
    return []


def teams_of(roster: RosterFile) -> Teams:
    """Return the teams of a roster's column.

    Raises:
        UsageError: never where rows are a roster's, which names each student once.
    """
    found = [(row.student.identifier, row.team, [row.student.identifier]) for row in roster.rows.values() if row.team]
    return _teams(found, roster, "the roster")


def _teams(found: Iterable[tuple[str, str, Sequence[str]]], roster: RosterFile, place: str) -> Teams:
    members: dict[str, list[Student]] = {}
    of: dict[str, str] = {}
    problems: list[str] = []
    for where, name, names in found:
        team = alnum_key(name)
        if not team or not names:
            problems.append(f"{where} does not say {'who is in it' if team else 'which group'}")
            continue
        for one in names:
            student = roster.roster.find(plain_owner(one.removeprefix(NUMBER_MARK)))
            if student is None and roster.rows:
                problems.append(f"{where} names {one_line(one)}, who is not on the roster")
                continue
            student = student or Student(one)
            if of.setdefault(student.identifier, team) != team:
                problems.append(f"{where} puts {one_line(student.identifier)} into a second group")
            elif student not in members.setdefault(team, []):
                members[team].append(student)
    if problems:
        more = [f"{len(problems) - MOST_PROBLEMS} more"] if len(problems) > MOST_PROBLEMS else []
        raise UsageError("\n".join(f"{place}, {problem}" for problem in (*problems[:MOST_PROBLEMS], *more)))
    return Teams({team: tuple(students) for team, students in members.items()}, of)


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place].strip() if len(cells) > place else ""


def _names(text: str, column: str) -> list[str]:
    """Split a cell of members; a name with a comma in a column of one is one person's."""
    parts = SEPARATOR.split(text) if column in MEMBERS else [text]
    return [part.strip() for part in parts if part.strip()]
