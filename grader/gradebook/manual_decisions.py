"""Check what a person decided as it was typed, and keep it."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from grader.errors import MomentError, UsageError
from grader.gradebook.book import current_user, gradebook
from grader.model.assignment import Assignment, Check, ManualRow
from grader.rules.late import extension, takes_time_away
from grader.wording.text import points_text

TAKEN_BACK: Final = "none"
MOST_DAYS: Final = 366  # of an extension: more is a typing mistake
DECIMAL_COMMA: Final = re.compile(r"(?<=[0-9]),(?=[0-9]{1,9}$)")
NUMBER: Final = re.compile(r"[+-]?(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9}|\d{1,9}/\d{1,9})")
"""Points as they are read: the power of ten in `1e999999999` would be computed."""


def give_override(
    database: str, assignment: Assignment, student: str, check: str, points: str, *, by: str, why: str,
    anyway: bool = False,
) -> None:  # fmt: skip
    """Keep points set by hand, of one check or row, or of everything where `check` is empty; `none` takes them back.

    Points that nobody can have are a typing mistake, unless they are meant `anyway`.

    Raises:
        UsageError: there is no such check, or the points are none, or more or less than can be had.
        GradebookError: there is no such student.
    """
    number = checked_points(assignment, check, points, anyway=anyway)
    with gradebook(database, lambda _: None) as book:
        kept_for = book.runs.student(student)
        book.decisions.override(kept_for, assignment.name, check, number, by or current_user(), _reason(why))


def give_extension(
    database: str, assignment: Assignment, student: str, length: str, *, by: str, why: str, anyway: bool = False
) -> None:
    """Keep more time for a student; `none` takes it back. An earlier deadline is a typing mistake, unless `anyway`.

    Raises:
        UsageError: the length is none, or takes time away.
        GradebookError: there is no such student.
    """
    text = checked_extension(assignment, length, anyway=anyway)
    with gradebook(database, lambda _: None) as book:
        book.decisions.extend(book.runs.student(student), assignment.name, text, by or current_user(), _reason(why))


def checked_points(assignment: Assignment, check: str, points: str, *, anyway: bool = False) -> Fraction | None:
    """Read points set by hand, of a check or row, or of everything where `check` is empty; None takes them back.

    Raises:
        UsageError: there is no such check, or the points are none or cannot be had and are not meant `anyway`.
    """
    if problem := unknown_item(assignment, check):
        raise UsageError(problem)
    number = None if points == TAKEN_BACK else _points(points)
    items: tuple[Check | ManualRow, ...] = (*assignment.checks, *assignment.by_hand)
    most = next((row.points for row in items if row.name == check), _most_of(assignment))
    if number is not None and not anyway and not 0 <= number <= most:
        of = f"of {check} " if check else ""
        raise UsageError(f"points {of}are {points}, expected 0 to {points_text(most)}; if they are meant: --anyway")
    return number


def unknown_item(assignment: Assignment, name: str) -> str:
    """Describe that a name is neither a check's nor that of a row marked by hand; nothing where it is, or is empty."""
    checks, rows = ([row.name for row in items] for items in (assignment.checks, assignment.by_hand))
    if not name or name in checks or name in rows:
        return ""
    by_hand = f"; marked by hand: {', '.join(rows)}" if rows else ""
    return f"{assignment.name} has no check {name!r}; its checks: {', '.join(checks)}{by_hand}"


def checked_extension(assignment: Assignment, length: str, *, anyway: bool = False) -> str:
    """Read an extension and give it as it is kept; empty takes it back.

    Raises:
        UsageError: it is none, or ends before the deadline and is not meant anyway.
    """
    try:
        given = None if length == TAKEN_BACK else extension(length)
    except MomentError as error:
        raise UsageError(f"the extension is {error}") from None
    if given is not None and assignment.late is not None and not anyway and takes_time_away(assignment.late, given):
        raise UsageError(
            f"the extension is {given.until}, which is before the deadline {assignment.late.due} itself; "
            "if it is meant: --anyway"
        )
    if given is not None and not anyway and given.days + given.hours / 24 > MOST_DAYS:
        raise UsageError(f"the extension is {given}, expected at most {MOST_DAYS} d; if it is meant: --anyway")
    return "" if given is None else given.as_written


def _most_of(assignment: Assignment) -> Fraction:
    """Return what a whole score can be at most, with what a person marks."""
    return sum((row.points for row in assignment.by_hand), assignment.max_score)


def _points(text: str) -> Fraction:
    """Read points as people write them: `6`, `4.5`, `4,5` or `13/2`."""
    plain = DECIMAL_COMMA.sub(".", text.strip())
    try:
        if NUMBER.fullmatch(plain):
            return Fraction(plain)
    except ZeroDivisionError:
        pass
    raise UsageError(f"points are {text!r}, expected a number such as 4.5")


def _reason(why: str) -> str:
    if not why.strip():
        raise UsageError("--why is empty, expected the reason: it stays in the gradebook")
    return why.strip()
