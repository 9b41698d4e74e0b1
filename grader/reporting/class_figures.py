"""What a class adds up to: scores, checks, mistakes, lateness, cost, and who should be looked at. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from math import ceil, floor
from statistics import mean, median
from typing import Final

from grader.model.assignment import Check, Part
from grader.model.status import Outcome, Status
from grader.reporting.class_data import ClassSnapshot, StudentRow
from grader.reporting.class_statistics import discriminations
from grader.results.form import MeasureRow, MistakeRow
from grader.wording.measures import value_text
from grader.wording.statuses import WORDS
from grader.wording.text import counted

MOST_BINS: Final = 20
BIN_WIDTHS: Final = tuple(step * Fraction(10) ** power for power in range(-2, 6) for step in (1, 2, 5))
MOST_MISTAKES: Final = 3  # told of one check
MOST_REASONS: Final = 2
LEAST_REASON: Final = 2  # students who share a reason before it is told of the class
MOST_SLOW: Final = 5
LISTED: Final = 3  # names, before the others are only counted
NOTHING_WRITTEN: Final = frozenset({Status.UNWRITTEN, Status.BLOCKED})
FLAGGED: Final = (Status.DIED, Status.FORBIDDEN, Status.TIMED_OUT, Status.OUT_OF_MEMORY)
"""Statuses of a check that put a student among those to look at, worst first."""

OUTCOMES: Final[Mapping[Outcome, str]] = {
    Outcome.GRADED: "graded",
    Outcome.VOID: "not judged",
    Outcome.UNREADABLE: "cannot be read",
    Outcome.FAILED: "not graded",
    Outcome.UNDECIDED: "undecided",
    Outcome.MISSING: "nothing handed in",
}


@dataclass(frozen=True, slots=True)
class Bin:
    """How many scores lie from `low` to below `high`; the last bin holds its upper end and what lies above."""

    low: Fraction
    high: Fraction
    count: int


@dataclass(frozen=True, slots=True)
class Spread:
    """The scores of a class, of which there is at least one."""

    bins: tuple[Bin, ...]
    mean: Fraction
    median: Fraction
    lowest: Fraction
    highest: Fraction
    full_marks: int


@dataclass(frozen=True, slots=True)
class MistakeFigure:
    """A known mistake and how many made it."""

    name: str
    description: str
    count: int


@dataclass(frozen=True, slots=True)
class CheckFigure:
    """How one check went over the `total` students whom it could be judged for.

    `others` are the statuses but `passed`, the most frequent first. `reasons` are what several students share who made
    no known mistake there. `measured` describes in words what was measured, empty where nothing was.
    """

    row: Check
    total: int
    passed: int
    others: tuple[tuple[Status, int], ...]
    mistakes: tuple[MistakeFigure, ...]
    reasons: tuple[tuple[str, int], ...]
    median_seconds: float
    measured: str = ""
    discrimination: float | None = None

    @property
    def wrong(self) -> int:
        """Count those who wrote something that did not pass."""
        return sum(count for status, count in self.others if status not in NOTHING_WRITTEN)


@dataclass(frozen=True, slots=True)
class PartFigure:
    """How one part went."""

    part: Part
    mean: Fraction
    median: Fraction
    max_points: Fraction
    checks: tuple[CheckFigure, ...]


@dataclass(frozen=True, slots=True)
class LateFigure:
    """How late the class was: students by started periods, the sums, and for how many no time is known."""

    periods: tuple[tuple[int, int], ...]
    late_days_used: int
    late_penalty: Fraction
    unknown: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What grading a submission took: the middle, what 95 of 100 stay within, and the most."""

    median: float
    most_stay_within: float
    most: float


@dataclass(frozen=True, slots=True)
class Flag:
    """Why a person should look at a student: a word for a column and a filter, and a sentence."""

    word: str
    sentence: str


def spread(students: Iterable[StudentRow]) -> Spread | None:
    """Describe the scores; None where nobody has one."""
    graded = [student for student in students if student.score is not None]
    scores = sorted(student.score for student in graded if student.score is not None)
    if not scores:
        return None
    whole = max((student.max_score for student in graded if student.max_score is not None), default=Fraction(0))
    full = sum(student.has_full_marks for student in graded)
    return Spread(bins(scores, whole), mean(scores), median(scores), scores[0], scores[-1], full)


def bins(scores: Sequence[Fraction], whole: Fraction) -> tuple[Bin, ...]:
    """Sort scores between 0 and the whole into bins of a round width."""
    width = next((width for width in BIN_WIDTHS if whole <= width * MOST_BINS), max(whole / MOST_BINS, Fraction(1)))
    number = max(1, ceil(whole / width))
    places = Counter(min(max(floor(score / width), 0), number - 1) for score in scores)
    return tuple(Bin(place * width, min((place + 1) * width, whole), places[place]) for place in range(number))


def part_figures(snapshot: ClassSnapshot) -> tuple[PartFigure, ...]:
    """Describe every part with its checks, in the order of the rubric."""
    figures = []
    told = discriminations(snapshot.checks, snapshot.students)
    for part in snapshot.parts:
        points = [student.parts[part.name] for student in snapshot.students if part.name in student.parts]
        of_part = [row for row in snapshot.checks if row.part == part.name]
        rows = tuple(check_figure(snapshot, row, told[row.name]) for row in of_part)
        if not points or not any(row.total for row in rows):
            continue
        most = snapshot.part_points.get(part.name, Fraction(0))
        figures.append(PartFigure(part, mean(points), median(points), most, rows))
    return tuple(figures)


def check_figure(snapshot: ClassSnapshot, row: Check, discrimination: float | None = None) -> CheckFigure:
    """Describe one check; how far it tells strong from weak work follows from the whole class."""
    ended = [student.checks[row.name] for student in snapshot.students if row.name in student.checks]
    judged = [one for one in ended if one.status is not Status.VOID]
    statuses = Counter(one.status for one in judged)
    passed = statuses.pop(Status.PASSED, 0)
    reasons = Counter(reason for one in judged if not one.mistakes for reason in set(one.reasons))
    ran = [one.cpu_seconds for one in judged if one.cpu_seconds > 0]
    return CheckFigure(
        row, len(judged), passed, tuple(statuses.most_common()),
        _mistakes(one.mistakes for one in judged)[:MOST_MISTAKES],
        tuple((reason, count) for reason, count in _most(reasons)[:MOST_REASONS] if count >= LEAST_REASON),
        median(ran) if ran else 0.0,
        _measured([one.measure for one in judged if one.measure is not None]),
        discrimination,
    )  # fmt: skip


def _measured(rows: Sequence[MeasureRow]) -> str:
    """Describe what was measured: mean IoU: median 0.86, from 0.4 to 0.93."""
    if not rows:
        return ""
    values = sorted(row["value"] for row in rows)
    first = rows[0]
    middle, least, most = (
        value_text(value, first["unit"], first["decimals"]) for value in (median(values), values[0], values[-1])
    )
    return f"{first['name']}: median {middle}, from {least} to {most}"


def mistake_figures(snapshot: ClassSnapshot) -> tuple[MistakeFigure, ...]:
    """Count who made which known mistake anywhere, the most frequent first."""
    of_students = (student.checks.values() for student in snapshot.students)
    return _mistakes([known for one in checks for known in one.mistakes] for checks in of_students)


def late_figure(students: Iterable[StudentRow]) -> LateFigure:
    """Describe how late the graded were."""
    graded = [student for student in students if student.score is not None]
    known = [student.late for student in graded if student.late is not None]
    return LateFigure(
        tuple(sorted(Counter(late.periods for late in known).items())),
        sum(late.late_days_used for late in known),
        sum((late.late_penalty for late in known), Fraction(0)),
        len(graded) - len(known),
    )


def cost(values: Iterable[float]) -> Cost | None:
    """Describe measurements; those that are 0 were not made. None where there is none."""
    known = sorted(value for value in values if value > 0)
    if not known:
        return None
    return Cost(median(known), known[ceil(len(known) * 95 / 100) - 1], known[-1])


def slowest(students: Iterable[StudentRow]) -> tuple[StudentRow, ...]:
    """Name the students whose submissions took the most processor time."""
    ran = [student for student in students if student.cpu_seconds > 0]
    return tuple(sorted(ran, key=lambda student: -student.cpu_seconds)[:MOST_SLOW])


def flags(snapshot: ClassSnapshot) -> dict[str, tuple[Flag, ...]]:
    """Return of each student why a person should look at them; those with nothing to look at are left out."""
    twins = _equal(snapshot.students)
    told = {student.identifier: tuple(_flags(student, snapshot, twins)) for student in snapshot.students}
    return {identifier: found for identifier, found in told.items() if found}


def _flags(student: StudentRow, snapshot: ClassSnapshot, twins: Mapping[str, Mapping[str, None]]) -> Iterable[Flag]:
    if student.outcome is not Outcome.GRADED:
        word = OUTCOMES[student.outcome]
        yield Flag(word, student.message or word)
    elif student.message:
        yield Flag("notice", student.message)
    for status in FLAGGED:
        ended = {name for name, one in student.checks.items() if one.status is status}
        names = [row.name for row in snapshot.checks if row.name in ended]
        if names:
            yield Flag(WORDS[status], f"{WORDS[status]} in {_listed(names, len(names))}")
    if snapshot.has_roster and not student.is_expected:
        yield Flag("not on the roster", "not on the roster")
    equal = twins.get(student.content, {})
    if equal:
        others = [name for name in islice(equal, LISTED + 1) if name != student.identifier]
        yield Flag(
            "equal", f"handed in the same files as {_listed(others, len(equal) - (student.identifier in equal))}"
        )
    if student.like is not None and student.like[0] not in equal:
        yield Flag("similar", "{1:.0%} of the code is like that of {0}".format(*student.like))


def _equal(students: Iterable[StudentRow]) -> dict[str, dict[str, None]]:
    """Find equal submissions that were handed in apart, but for those in which nothing is written.

    Returns by their hash whose they are, as keys in the order of the class.
    """
    alike: dict[str, list[StudentRow]] = defaultdict(list)
    for student in students:
        if student.content and any(one.status not in NOTHING_WRITTEN for one in student.checks.values()):
            alike[student.content].append(student)
    return {
        content: dict.fromkeys(student.identifier for student in found)
        for content, found in alike.items()
        if len({student.source for student in found}) > 1
    }


def _listed(names: Sequence[str], count: int) -> str:
    """Name the first of so many."""
    shown = ", ".join(names[:LISTED])
    return shown if count <= LISTED else f"{shown} and {counted(count - LISTED, 'other')}"


def _mistakes(made: Iterable[Sequence[MistakeRow]]) -> tuple[MistakeFigure, ...]:
    """Count who made which mistake; each of `made` are one student's."""
    by_name = [{known["name"]: known["says"] for known in mistakes} for mistakes in made]
    description = {name: text for one in by_name for name, text in one.items()}
    counts = Counter(name for one in by_name for name in one)
    return tuple(MistakeFigure(name, description[name], count) for name, count in _most(counts))


def _most(counts: Counter[str]) -> list[tuple[str, int]]:
    """Sort by how frequent, those of one count by name."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
