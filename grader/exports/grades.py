"""The grades of a class, and what the tables that they are written in have in common. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from grader.model.measure import Measurement, MeasureRule
from grader.wording.measures import value_text
from grader.wording.text import cell_text, points_text

NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Grade:
    """What one student gets. `score` is None where there is none that counts; `late_penalty` went off for being late.

    `submitted_at` is UTC as `2026-11-22 10:30:00`, empty where it is not known; `late_seconds` counts from the due
    moment. `checks` are points by check, `measures` what checks measured. `feedback` are lines for the student. Who
    `is_excused` has no score, whatever was handed in.
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
    measures: Mapping[str, Measurement] = field(default_factory=lambda: MappingProxyType({}))
    is_excused: bool = False


@dataclass(frozen=True, slots=True)
class Grades:
    """The grades of a class. `due` is UTC, empty where nothing is due; `checks` are in the rubric's order.

    `measures` are the rules of the checks that measure something. `column` is the one of a worksheet that the caller
    named to be filled in.
    """

    assignment: str
    title: str
    max_score: Fraction
    checks: tuple[str, ...]
    rows: tuple[Grade, ...]
    due: str = ""
    measures: Mapping[str, MeasureRule] = field(default_factory=lambda: MappingProxyType({}))
    column: str = ""


def points(score: Fraction | None) -> str:
    """Write a score with at most two decimals, and nothing where there is none."""
    return "" if score is None else points_text(score)


def measure_names(grades: Grades) -> list[str]:
    """Name the columns of what was measured: `masks: mean IoU`, and `masks: place` where places are given."""
    names = []
    for check, rule in grades.measures.items():
        names += [cell_text(f"{check}: {rule.name}{f' ({rule.unit})' if rule.unit else ''}")]
        names += [cell_text(f"{check}: place")] if rule.rank is not None else []
    return names


def measure_cells(grades: Grades, row: Grade) -> list[str]:
    """Write what was measured of one student under these names; nothing where there is nothing."""
    cells = []
    for check, rule in grades.measures.items():
        measured = row.measures.get(check)
        cells += ["" if measured is None else value_text(measured.value, "", measured.decimals)]
        if rule.rank is not None:
            cells += ["" if measured is None or measured.rank is None else str(measured.rank.place)]
    return cells


def last_and_first(name: str) -> tuple[str, str]:
    """Take a name apart: `Lovelace, Ada` and `Ada Lovelace` alike."""
    last, comma, first = name.partition(",")
    if comma:
        return last.strip(), first.strip()
    first, _, last = name.strip().rpartition(" ")
    return last, first


def table(header: Sequence[str], rows: Iterable[Sequence[str]], delimiter: str = ",") -> str:
    """Write a header and rows as CSV, every text quoted: what parts cells differs from spreadsheet to spreadsheet."""
    lines = (delimiter.join(map(_quoted, row)) for row in (header, *rows))
    return "".join(f"{line}\n" for line in lines)


def _quoted(cell: str) -> str:
    """Write a cell; numbers and what is empty need no quotes."""
    if not cell or NUMBER.fullmatch(cell):
        return cell
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'
