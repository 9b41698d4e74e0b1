"""The grades of a class, and what the tables that they are written in have in common. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType

from grader.wording.text import one_line, points_text

OBEYED = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


@dataclass(frozen=True, slots=True)
class Grade:
    """What one student gets. `score` is None where there is none that counts; `late_penalty` went off for being late.

    `submitted_at` is UTC as `2026-11-22 10:30:00`, empty where it is not known; `late_seconds` counts from the due
    moment. `checks` are points by check. `feedback` are lines for the student.
    """

    identifier: str
    name: str
    email: str
    outcome: str
    score: Fraction | None
    late_penalty: Fraction = Fraction(0)
    submitted_at: str = ""
    late_seconds: int = 0
    checks: Mapping[str, Fraction] = field(default_factory=lambda: MappingProxyType({}))
    feedback: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grades:
    """The grades of a class. `due` is UTC, empty where nothing is due; `checks` are in the rubric's order."""

    assignment: str
    title: str
    max_score: Fraction
    checks: tuple[str, ...]
    rows: tuple[Grade, ...]
    due: str = ""


def safe(text: str) -> str:
    """Write a text from anywhere so that no spreadsheet computes it: an apostrophe stands before it."""
    line = one_line(text)
    return f"'{line}" if text.startswith(OBEYED) or line.startswith(OBEYED) else line


def points(score: Fraction | None) -> str:
    """Write a score with at most two decimals, and nothing where there is none."""
    return "" if score is None else points_text(score)


def last_and_first(name: str) -> tuple[str, str]:
    """Take a name apart: `Lovelace, Ada` and `Ada Lovelace` alike."""
    last, comma, first = name.partition(",")
    if comma:
        return last.strip(), first.strip()
    first, _, last = name.strip().rpartition(" ")
    return last, first


def table(header: Sequence[str], rows: Iterable[Sequence[str]], delimiter: str = ",") -> str:
    """Write a header and rows as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
