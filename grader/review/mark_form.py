"""What a marker typed: points and comments read, and compared with what others saved meanwhile. Reads nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final

from grader.errors import MarkError
from grader.gradebook.records import GivenMark, NewMark
from grader.model.assignment import ManualRow
from grader.wording.text import KEPT, MAX_CHARACTERS

DECIMAL: Final = re.compile(r"([0-9]{0,6})[.,]?([0-9]{0,6})")
RATIO: Final = re.compile(r"([0-9]{1,9})\s*/\s*([0-9]{1,9})")
MOST_VERSIONS: Final = 10**6  # past any that people make; keeps numbers from elsewhere out of the database


class Decision(StrEnum):
    """Which of two versions of a row a marker keeps."""

    THEIRS = "theirs"
    MINE = "mine"


@dataclass(frozen=True, slots=True)
class Typed:
    """What a marker typed for one row; `follows` is the version that was on their screen, 0 where there was none.

    `is_asked` says that two versions were shown for them to decide between, `is_settled` that the row stays as it is
    though a second marker gave other points.
    """

    points: str = ""
    comment: str = ""
    follows: int = 0
    is_asked: bool = False
    decision: Decision | None = None
    is_settled: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """What is to be saved, and what stands in the way of it, by row: sentences, and what others saved meanwhile."""

    marks: tuple[NewMark, ...]
    errors: Mapping[str, str]
    conflicts: Mapping[str, GivenMark]


def typed(fields: Mapping[str, str], rows: Iterable[ManualRow]) -> dict[str, Typed]:
    """Read a form's fields by row."""
    found = {}
    for row in rows:
        decision = fields.get(f"decision-{row.name}", "")
        found[row.name] = Typed(
            fields.get(f"points-{row.name}", "").strip(),
            comment(fields.get(f"comment-{row.name}", "")),
            _version(fields.get(f"follows-{row.name}", "")),
            f"asked-{row.name}" in fields,
            Decision(decision) if decision in set(Decision) else None,
            f"settled-{row.name}" in fields,
        )
    return found


def read(rows: Sequence[ManualRow], entered: Mapping[str, Typed], given: Iterable[GivenMark]) -> Read:
    """Return what a form changes; `given` is every version of this student's marks, each after the one before it."""
    versions: dict[str, list[GivenMark]] = {}
    for mark in given:
        versions.setdefault(mark.row, []).append(mark)
    marks, errors, conflicts = [], {}, {}
    for row in rows:
        entry = entered[row.name]
        newest = versions.get(row.name, [])[-1:]
        seen = next((mark for mark in versions.get(row.name, []) if mark.version == entry.follows), None)
        try:
            number = points(entry.points, row.points) if entry.points else None
            _check_length(entry.comment)
        except MarkError as error:
            errors[row.name] = str(error)
            continue
        is_same = _says(seen, number, entry.comment) or any(_says(mark, number, entry.comment) for mark in newest)
        is_same = is_same and not (entry.is_settled and seen is not None and newest == [seen])
        is_newest = (newest[-1].version if newest else 0) == entry.follows
        if is_same or (is_newest and entry.decision is Decision.THEIRS):
            continue
        if not newest and entry.follows:
            errors[row.name] = "the version that you saw is not in the gradebook: load the page again"
        elif newest and (not is_newest or (entry.is_asked and entry.decision is None)):
            conflicts[row.name] = newest[-1]
        else:
            marks.append(NewMark(row.name, row.title, number, row.points, entry.comment, entry.follows))
    return Read(tuple(marks), errors, conflicts)


def for_member(
    rows: Sequence[ManualRow], saved: Iterable[NewMark], first: Iterable[GivenMark], own: Iterable[GivenMark]
) -> list[NewMark]:
    """Return what a member of a group is marked with, so that the marks of the group are theirs too.

    Args:
        rows: Those that are marked.
        saved: What is saved of the group now, under its first member.
        first: Every version of the first member's marks before that.
        own: Every version of this member's. A row that they were marked otherwise in than the group stays theirs.
    """
    now = {mark.row: mark for mark in saved}
    before, mine = ({mark.row: mark for mark in marks} for marks in (first, own))
    found = []
    for row in rows:
        had, has = before.get(row.name), mine.get(row.name)
        wanted = now.get(row.name) or had
        if wanted is None or is_apart(had, has) or _says(has, wanted.points, wanted.comment):
            continue
        follows = 0 if has is None else has.version
        found.append(NewMark(row.name, row.title, wanted.points, row.points, wanted.comment, follows))
    return found


def is_apart(first: GivenMark | None, own: GivenMark | None) -> bool:
    """Return whether a member's newest version of a row is another than that of their group."""
    return own is not None and (own.points is not None or bool(own.comment)) and (
        first is None or not _says(own, first.points, first.comment)
    )  # fmt: skip


def points(text: str, most: Fraction) -> Fraction:
    """Read points as people write them: `2`, `2.5`, `2,5` or `3/4`.

    Raises:
        MarkError: they are none, or not from 0 to `most`.
    """
    found = _number(text.removeprefix("+"))
    if found is None:
        negative = _number(text.removeprefix("-")) is not None
        wanted = (
            f"0 to {exact_text(most)}" if negative else f"a number from 0 to {exact_text(most)}, such as 1.5 or 3/4"
        )
        raise MarkError(f"points are {text[:20]}, expected {wanted}")
    if found > most:
        raise MarkError(f"points are {exact_text(found)}, expected 0 to {exact_text(most)}")
    return found


def exact_text(number: Fraction) -> str:
    """Write points so that reading them gives the same points: 2.5, or 1/3 where no short decimal equals them."""
    decimal = f"{float(number):.6f}".rstrip("0").rstrip(".")
    return decimal if Fraction(decimal) == number else str(number)


def comment(text: str) -> str:
    """Make a comment what can be shown as it is kept: plain lines, no sign that a screen would obey."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in lines if char.isprintable() or char in KEPT or char in "\n\t").strip()


def _number(text: str) -> Fraction | None:
    if match := RATIO.fullmatch(text):
        whole, parts = int(match[1]), int(match[2])
        return Fraction(whole, parts) if parts else None
    match = DECIMAL.fullmatch(text)
    if match is None or not (match[1] or match[2]):
        return None
    return Fraction(f"{match[1] or 0}.{match[2] or 0}")


def _version(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,7}", text, re.ASCII) and int(text) <= MOST_VERSIONS else 0


def _check_length(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise MarkError(f"the comment has {len(text)} characters, expected at most {MAX_CHARACTERS}")


def _says(mark: GivenMark | None, number: Fraction | None, text: str) -> bool:
    """Return whether a version says the same; where there is none, whether nothing is said."""
    if mark is None:
        return number is None and not text
    return (mark.points, mark.comment) == (number, text)
