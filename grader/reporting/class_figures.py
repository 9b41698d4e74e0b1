"""What a roll adds up to: scores, checks, mistakes, lateness, cost, and who should be looked at. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from statistics import mean, median
from typing import Final

from grader.model.assignment import Check, Part
from grader.model.result import NamedMistake
from grader.model.status import Outcome, Status
from grader.reporting.class_data import ClassSnapshot, StudentRow
from grader.wording.statuses import WORDS
from grader.wording.text import counted

MOST_BINS: Final = 20
BIN_WIDTHS: Final = tuple(step * Fraction(10) ** power for power in range(-2, 6) for step in (1, 2, 5))
MOST_MISTAKES: Final = 3  # told of one check
MOST_REASONS: Final = 2
LEAST_REASON: Final = 2  # students who share a reason before it is told of the class
MOST_SLOW: Final = 5
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
    says: str
    count: int


@dataclass(frozen=True, slots=True)
class CheckFigure:
    """How one check went over the `total` students whom it could be judged for.

    `others` are the statuses but `passed`, the most frequent first. `reasons` are what several students share who made
    no known mistake there.
    """

    row: Check
    total: int
    passed: int
    others: tuple[tuple[Status, int], ...]
    mistakes: tuple[MistakeFigure, ...]
    reasons: tuple[tuple[str, int], ...]
    median_seconds: float

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
    forgiven: int
    taken: Fraction
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


def spread(members: Iterable[StudentRow]) -> Spread | None:
    """Describe the scores; None where nobody has one."""
    graded = [member for member in members if member.score is not None]
    scores = sorted(member.score for member in graded if member.score is not None)
    if not scores:
        return None
    whole = max((member.max_score for member in graded if member.max_score is not None), default=Fraction(0))
    full = sum(member.max_score is not None and member.score == member.max_score for member in graded)
    return Spread(bins(scores, whole), mean(scores), median(scores), scores[0], scores[-1], full)


def bins(scores: Sequence[Fraction], whole: Fraction) -> tuple[Bin, ...]:
    """Sort scores between 0 and the whole into bins of a round width."""
    width = next((width for width in BIN_WIDTHS if whole <= width * MOST_BINS), max(whole / MOST_BINS, Fraction(1)))
    number = max(1, ceil(whole / width))
    places = Counter(min(max(floor(score / width), 0), number - 1) for score in scores)
    return tuple(Bin(place * width, min((place + 1) * width, whole), places[place]) for place in range(number))


def part_figures(roll: ClassSnapshot) -> tuple[PartFigure, ...]:
    """Describe every part with its checks, in the order of the rubric."""
    figures = []
    for part in roll.parts:
        points = [member.parts[part.name] for member in roll.members if part.name in member.parts]
        rows = tuple(check_figure(roll, row) for row in roll.checks if row.part == part.name)
        if not points or not any(row.total for row in rows):
            continue
        most = roll.part_points.get(part.name, Fraction(0))
        figures.append(PartFigure(part, mean(points), median(points), most, rows))
    return tuple(figures)


def check_figure(roll: ClassSnapshot, row: Check) -> CheckFigure:
    """Describe one check."""
    ended = [member.checks[row.name] for member in roll.members if row.name in member.checks]
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
    )  # fmt: skip


def mistake_figures(roll: ClassSnapshot) -> tuple[MistakeFigure, ...]:
    """Count who made which known mistake anywhere, the most frequent first."""
    return _mistakes([known for one in member.checks.values() for known in one.mistakes] for member in roll.members)


def late_figure(members: Iterable[StudentRow]) -> LateFigure:
    """Describe how late the graded were."""
    graded = [member for member in members if member.score is not None]
    known = [member.late for member in graded if member.late is not None]
    return LateFigure(
        tuple(sorted(Counter(late.periods for late in known).items())),
        sum(late.forgiven for late in known),
        sum((late.taken for late in known), Fraction(0)),
        len(graded) - len(known),
    )


def cost(values: Iterable[float]) -> Cost | None:
    """Describe measurements; those that are 0 were not made. None where there is none."""
    known = sorted(value for value in values if value > 0)
    if not known:
        return None
    return Cost(median(known), known[ceil(len(known) * 95 / 100) - 1], known[-1])


def slowest(members: Iterable[StudentRow]) -> tuple[StudentRow, ...]:
    """Name the students whose submissions took the most processor time."""
    ran = [member for member in members if member.cpu_seconds > 0]
    return tuple(sorted(ran, key=lambda member: -member.cpu_seconds)[:MOST_SLOW])


def flags(roll: ClassSnapshot) -> dict[str, tuple[Flag, ...]]:
    """Return why a person should look at each student; those with nothing to look at are left out."""
    twins = _equal(roll.members)
    told = {member.identifier: tuple(_flags(member, roll, twins)) for member in roll.members}
    return {identifier: found for identifier, found in told.items() if found}


def _flags(member: StudentRow, roll: ClassSnapshot, twins: Mapping[str, Sequence[str]]) -> Iterable[Flag]:
    if member.outcome is not Outcome.GRADED:
        word = OUTCOMES[member.outcome]
        yield Flag(word, member.message or word)
    elif member.message:
        yield Flag("notice", member.message)
    for status in FLAGGED:
        names = [
            row.name for row in roll.checks if row.name in member.checks and member.checks[row.name].status is status
        ]
        if names:
            yield Flag(WORDS[status], f"{WORDS[status]} in {_listed(names)}")
    if roll.has_roster and not member.is_expected:
        yield Flag("not on the roster", "not on the roster")
    others = [name for name in twins.get(member.content, ()) if name != member.identifier]
    if others:
        yield Flag("equal", f"handed in the same files as {_listed(others)}")
    if member.like is not None and member.like[0] not in others:
        yield Flag("similar", "{1:.0%} of the code is like that of {0}".format(*member.like))


def _equal(members: Iterable[StudentRow]) -> dict[str, list[str]]:
    """Find equal submissions that were handed in apart, but for those in which nothing is written."""
    alike: dict[str, list[StudentRow]] = defaultdict(list)
    for member in members:
        if member.content and any(one.status not in NOTHING_WRITTEN for one in member.checks.values()):
            alike[member.content].append(member)
    return {
        content: [member.identifier for member in found]
        for content, found in alike.items()
        if len({member.source for member in found}) > 1
    }


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {counted(len(names) - 3, 'other')}"


def _mistakes(made: Iterable[Sequence[NamedMistake]]) -> tuple[MistakeFigure, ...]:
    """Count who made which mistake; each of `made` are one student's."""
    by_name = [{known.name: known.says for known in mistakes} for mistakes in made]
    says = {name: text for one in by_name for name, text in one.items()}
    counts = Counter(name for one in by_name for name in one)
    return tuple(MistakeFigure(name, says[name], count) for name, count in _most(counts))


def _most(counts: Counter[str]) -> list[tuple[str, int]]:
    """Sort by how frequent, those of one count by name."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
