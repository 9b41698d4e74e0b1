"""Rows for the tests of the gradebook, with what does not matter filled in."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from grader.gradebook.records import HandedIn, NewEntry, NewResult, NewRun
from grader.model.status import Outcome

GRADED = NewResult("key", "scoring", Outcome.GRADED, Fraction(1), Fraction(2), {"variance": "passed"}, b"document")
RUN = NewRun("tiny", "batch", "course", "{}", "/out", "eve")


def new_run() -> NewRun:
    """Give a run that begins."""
    return RUN


def graded(**changes: Any) -> NewResult:  # noqa: ANN401  # fields of any type
    """Give a result."""
    return replace(GRADED, **changes)


def handed_in(digest: str = "digest") -> HandedIn:
    """Give a submission."""
    return HandedIn(digest, "handed/ada", "folder", content=b"content")


def entry(student: int, **changes: Any) -> NewEntry:  # noqa: ANN401  # fields of any type
    """Give what a run found of a student."""
    base = NewEntry(
        student, Outcome.GRADED, handed_in=handed_in(), result=GRADED, score=Fraction(1), max_score=Fraction(2)
    )
    return replace(base, **changes)
