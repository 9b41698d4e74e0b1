"""What each field of a rubric affects: the words that the rubric's types are annotated with."""

from __future__ import annotations

from enum import StrEnum


class Affects(StrEnum):
    """What a field of a rubric affects. Every field of a rubric's types is annotated with one."""

    VERDICT = "verdict"
    """How a check ends: when the field changes, submissions run again."""

    SCORE = "score"
    """The points and words that a stored result holds: it is scored again from its verdicts, and nothing runs."""

    FINAL_GRADE = "final grade"
    """What lateness and people do to a result: stored in none, applied whenever a grade is given."""

    DISPLAY = "display"
    """Neither result nor grade: it is read from the rubric wherever it is shown or needed."""
