"""What a class and its sections add up to, as rows of one table: scores, checks, mistakes, attempts. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from statistics import StatisticsError, correlation, fmean, median
from typing import Final

from grader.model.assignment import Check
from grader.model.status import Status
from grader.reporting.class_data import ClassSnapshot, StudentRow

ALL: Final = "all"
BINS: Final = 10  # of the distribution, in shares of what can be had
MOST_MISTAKES: Final = 5
LEAST_STUDENTS: Final = 3  # for a correlation to say anything


class Kind(StrEnum):
    """What a row is about."""

    STUDENTS = "students"
    SCORE = "score"
    DISTRIBUTION = "distribution"
    ATTEMPTS = "attempts"
    CHECK = "check"
    MISTAKE = "mistake"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticRow:
    """One row: a value for the class and one for each section, None where there is nobody.

    Of a check the values are shares of those who passed, `discrimination` the correlation of passing with the points of
    the other checks, None where all or none passed. `who` made a mistake, by identifier.
    """

    kind: Kind
    name: str
    values: tuple[float | None, ...]
    of: Fraction | None = None
    discrimination: float | None = None
    who: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassStatistics:
    """The rows, and what their values are of: the class, then each section."""

    columns: tuple[str, ...]
    rows: tuple[StatisticRow, ...]


def class_statistics(
    snapshot: ClassSnapshot, section_of: Mapping[str, str], attempts: Mapping[str, int]
) -> ClassStatistics:
    """Count a class.

    Args:
        snapshot: The class.
        section_of: The section of each student, by identifier; who has none counts for the class alone.
        attempts: How many different submissions each student handed in, by identifier.
    """
    everybody = list(snapshot.students)
    sections: dict[str, list[StudentRow]] = defaultdict(list)
    for one in everybody:
        if section := section_of.get(one.identifier):
            sections[section].append(one)
    names = sorted(sections)
    parts = [everybody, *(sections[name] for name in names)]
    graded = [[one for one in part if one.score is not None] for part in parts]

    def row(kind: Kind, name: str, value: Callable[[Sequence[StudentRow]], float | None]) -> StatisticRow:
        return StatisticRow(kind=kind, name=name, values=tuple(value(part) if part else None for part in graded))

    told = discriminations(snapshot.checks, graded[0])
    rows = [
        StatisticRow(kind=Kind.STUDENTS, name="students", values=tuple(float(len(part)) for part in parts)),
        StatisticRow(kind=Kind.STUDENTS, name="graded", values=tuple(float(len(part)) for part in graded)),
        row(Kind.STUDENTS, "late", lambda part: sum(bool(one.late and one.late.periods) for one in part)),
        row(Kind.STUDENTS, "full marks", lambda part: sum(one.has_full_marks for one in part)),
        row(Kind.SCORE, "mean", lambda part: fmean(_scores(part))),
        row(Kind.SCORE, "median", lambda part: median(_scores(part))),
        row(Kind.SCORE, "lowest", lambda part: min(_scores(part))),
        row(Kind.SCORE, "highest", lambda part: max(_scores(part))),
        *(row(Kind.DISTRIBUTION, _bin_name(place), _in_bin(place)) for place in range(BINS)),
        row(Kind.ATTEMPTS, "mean", lambda part: fmean(attempts.get(one.identifier, 1) for one in part)),
        row(Kind.ATTEMPTS, "most", lambda part: max(attempts.get(one.identifier, 1) for one in part)),
        *(_check_row(check, told[check.name], graded) for check in snapshot.checks),
        *_mistake_rows(graded),
    ]
    return ClassStatistics(columns=(ALL, *names), rows=tuple(rows))


def discriminations(rows: Sequence[Check], students: Sequence[StudentRow]) -> dict[str, float | None]:
    """Correlate passing each check with the points of the other checks; None where that says nothing."""
    points = {row.name: float(row.points) for row in rows}
    passed = [{name for name, one in student.checks.items() if one.status is Status.PASSED} for student in students]
    totals = [sum(points.get(name, 0.0) for name in names) for names in passed]
    found: dict[str, float | None] = {}
    for row in rows:
        judged = [place for place, student in enumerate(students) if _is_judged(student, row)]
        own = [float(row.name in passed[place]) for place in judged]
        rest = [totals[place] - points[row.name] * one for place, one in zip(judged, own, strict=True)]
        try:
            found[row.name] = correlation(own, rest) if len(judged) >= LEAST_STUDENTS else None
        except StatisticsError:  # all or none passed it, or all have the same points elsewhere
            found[row.name] = None
    return found


def _is_judged(student: StudentRow, check: Check) -> bool:
    found = student.checks.get(check.name)
    return found is not None and found.status is not Status.VOID


def _has_passed(student: StudentRow, check: Check) -> bool:
    found = student.checks.get(check.name)
    return found is not None and found.status is Status.PASSED


def _check_row(check: Check, told: float | None, parts: Sequence[Sequence[StudentRow]]) -> StatisticRow:
    shares = []
    for part in parts:
        judged = [one for one in part if _is_judged(one, check)]
        shares.append(fmean(_has_passed(one, check) for one in judged) if judged else None)
    return StatisticRow(
        kind=Kind.CHECK, name=check.name, values=tuple(shares), of=check.points,
        discrimination=told,
    )  # fmt: skip


def _mistake_rows(parts: Sequence[Sequence[StudentRow]]) -> list[StatisticRow]:
    """List the mistakes that most made, with who made them."""
    made = [{one.identifier: _mistakes_of(one) for one in part} for part in parts]
    counts = Counter(name for names in made[0].values() for name in names)
    most = sorted(counts, key=lambda name: (-counts[name], name))[:MOST_MISTAKES]
    return [
        StatisticRow(
            kind=Kind.MISTAKE, name=name, who=tuple(one for one, names in made[0].items() if name in names),
            values=tuple(float(sum(name in names for names in part.values())) for part in made),
        )
        for name in most
    ]  # fmt: skip


def _mistakes_of(student: StudentRow) -> frozenset[str]:
    return frozenset(known["name"] for check in student.checks.values() for known in check.mistakes)


def _scores(part: Sequence[StudentRow]) -> list[float]:
    return [float(one.score) for one in part if one.score is not None]


def _share(student: StudentRow) -> Fraction:
    return (student.score or Fraction(0)) / student.max_score if student.max_score else Fraction(0)


def _in_bin(place: int) -> Callable[[Sequence[StudentRow]], float]:
    """Return what counts the scores of a bin: its lower end belongs to it, and to the last what lies above."""

    def count(part: Sequence[StudentRow]) -> float:
        return sum(min(max(int(_share(one) * BINS), 0), BINS - 1) == place for one in part)

    return count


def _bin_name(place: int) -> str:
    until = "100 %" if place == BINS - 1 else f"below {(place + 1) * 100 // BINS} %"
    return f"{place * 100 // BINS} % to {until}"
