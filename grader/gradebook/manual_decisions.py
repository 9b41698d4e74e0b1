"""Check what a person decided as it was typed, and keep it."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from grader.errors import MomentError, UsageError
from grader.gradebook.book import current_user, gradebook
from grader.model.assignment import Assignment
from grader.rules.late import extension

TAKEN_BACK: Final = "none"


def give_override(
    database: str, assignment: Assignment, student: str, check: str, points: str, *, by: str, why: str
) -> None:
    """Keep points set by hand, of one check or of everything where `check` is empty; `none` takes them back.

    Raises:
        UsageError: there is no such check, or the points are none.
        GradebookError: there is no such student.
    """
    names = [row.name for row in assignment.checks]
    if check and check not in names:
        raise UsageError(f"{assignment.name} has no check {check!r}; its checks: {', '.join(names)}")
    number = None if points == TAKEN_BACK else _points(points)
    with gradebook(database, lambda _: None) as book:
        kept_for = book.runs.student(student)
        book.decisions.override(kept_for, assignment.name, check, number, by or current_user(), _reason(why))


def give_extension(database: str, assignment: Assignment, student: str, length: str, *, by: str, why: str) -> None:
    """Keep more time for a student; `none` takes it back.

    Raises:
        UsageError: the length is none.
        GradebookError: there is no such student.
    """
    try:
        text = "" if length == TAKEN_BACK else extension(length).as_written
    except MomentError as error:
        raise UsageError(f"the extension is {error}") from None
    with gradebook(database, lambda _: None) as book:
        book.decisions.extend(book.runs.student(student), assignment.name, text, by or current_user(), _reason(why))


def _points(text: str) -> Fraction:
    """Read points as people write them: `6`, `4.5` or `13/2`."""
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise UsageError(f"points are {text!r}, expected a number such as 4.5") from None


def _reason(why: str) -> str:
    if not why.strip():
        raise UsageError("--why is empty, expected the reason: it stays in the gradebook")
    return why.strip()
