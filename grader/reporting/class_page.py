"""A class as one HTML page that needs nothing else: no network, no second file but the reports that it links to.

`render_class` is pure; the environment is that of `grader.reporting.html`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import jinja2

from grader.model.status import Outcome, Status
from grader.reporting.class_data import ClassSnapshot, StudentRow
from grader.reporting.class_figures import (
    FLAGGED,
    OUTCOMES,
    Bin,
    Flag,
    Spread,
    cost,
    flags,
    late_figure,
    mistake_figures,
    part_figures,
    slowest,
    spread,
)
from grader.reporting.class_statistics import ClassStatistics, Kind, StatisticRow
from grader.results.form import MeasureRow
from grader.wording.measures import ordinal, value_text
from grader.wording.statuses import WORDS
from grader.wording.text import cell_text, counted, points_text

MIB: Final = 1 << 20
HEIGHT: Final = 150  # of the highest bar, in pixels
MOST_FLAGGED: Final = 12
MOST_MISTAKES: Final = 10
LEAST_COLUMNS: Final = 3  # the class and two sections
SECTION_KINDS: Final = frozenset({Kind.STUDENTS, Kind.SCORE, Kind.CHECK, Kind.MISTAKE})
GROUPS: Final = {"flagged": "to look at", "late": "late", "full": "full marks", "none": "without a score"}
GRAVITY: Final = (
    *(OUTCOMES[outcome] for outcome in (Outcome.VOID, Outcome.FAILED, Outcome.UNDECIDED, Outcome.UNREADABLE)),
    *(WORDS[status] for status in FLAGGED),
    "equal",
    "similar",
    "not on the roster",
    "notice",
    OUTCOMES[Outcome.MISSING],
)
"""The words of all flags, worst first."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bin of scores as drawn: place and width in percent of the picture, top and height in pixels."""

    x: float
    width: float
    y: float
    height: float
    bin: Bin


@dataclass(frozen=True, slots=True)
class Row:
    """One student in the table. `tokens` are what a filter looks for, each beginning with a letter for its kind."""

    student: StudentRow
    passed: int
    flags: tuple[Flag, ...]
    tokens: str


def render_class(
    snapshot: ClassSnapshot,
    environment: jinja2.Environment,
    statistics: ClassStatistics | None = None,
    made_of: str = "",
) -> str:
    """Write the page of a class, for its instructors; its sections stand side by side where `statistics` have some.

    `made_of` is a hash of what the page was made of, which it says to whoever would write it again.
    """
    flagged = flags(snapshot)
    mistakes = mistake_figures(snapshot)
    scores = spread(snapshot.students)
    tokens = {figure.name: f"m{number}" for number, figure in enumerate(mistakes)}
    missed = {row.name: f"c{number}" for number, row in enumerate(snapshot.checks)}
    worst_first = sorted({flag.word for told in flagged.values() for flag in told}, key=GRAVITY.index)
    words = {word: f"f{number}" for number, word in enumerate(worst_first)}
    rows = [
        Row(
            student,
            sum(one.status is Status.PASSED for one in student.checks.values()),
            flagged.get(student.identifier, ()),
            " ".join(_tokens(student, flagged.get(student.identifier, ()), tokens, missed, words)),
        )
        for student in snapshot.students
    ]
    counts = Counter(token for row in rows for token in row.tokens.split())
    wanted = {
        "Students": GROUPS,
        "To look at": {token: word for word, token in words.items()},
        "Did not pass": {token: name for name, token in missed.items()},
        "Known mistakes": {tokens[figure.name]: figure.description for figure in mistakes},
    }
    to_look_at = [row for row in rows if row.flags]
    return environment.get_template("class.html.j2").render(
        snapshot=snapshot,
        made_of=made_of,
        sections=() if statistics is None or len(statistics.columns) < LEAST_COLUMNS else statistics.columns,
        section_rows=() if statistics is None else [row for row in statistics.rows if row.kind in SECTION_KINDS],
        section_value=section_value,
        rows=rows,
        counts=counts,
        choices={label: shown for label, texts in wanted.items() if (shown := _that_show(texts, counts))},
        flag_words=words,
        headline=headline(snapshot),
        scores=scores,
        bars=() if scores is None else bars(scores),
        height=HEIGHT,
        groups=part_figures(snapshot),
        mistakes=mistakes[:MOST_MISTAKES],
        graded=sum(bool(student.checks) for student in snapshot.students),
        tokens=tokens,
        missed=missed,
        late=late_figure(snapshot.students),
        period=snapshot.late_period,
        seconds=cost(student.cpu_seconds for student in snapshot.students),
        bytes=cost(float(student.peak_bytes) for student in snapshot.students),
        slowest=slowest(snapshot.students),
        flagged=sorted(to_look_at, key=lambda row: min(GRAVITY.index(flag.word) for flag in row.flags)),
        most_flagged=MOST_FLAGGED,
        max_score=max((m.max_score for m in snapshot.students if m.max_score is not None), default=Fraction(0)),
        measured=[check for check in snapshot.checks if check.measure is not None],
        measured_value=measured_value,
        ordinal=ordinal,
        cell=cell_text,
        mib=mib,
    )


def section_value(row: StatisticRow, value: float | None) -> str:
    """Write what a section has in a row; a dash where there is nobody."""
    if value is None:
        return "–"
    return f"{100 * value:.0f} %" if row.kind is Kind.CHECK else f"{value:.2f}".rstrip("0").rstrip(".")


def headline(snapshot: ClassSnapshot) -> str:
    """Describe in one sentence what became of the class."""
    outcomes = Counter(student.outcome for student in snapshot.students)
    clauses = [f"{outcomes[outcome]} {word}" for outcome, word in OUTCOMES.items() if outcomes[outcome]]
    return f"{counted(len(snapshot.students), 'student')}: {', '.join(clauses)}."


def bars(scores: Spread) -> tuple[Bar, ...]:
    """Draw the bins beside each other, the highest as high as can be and the lowest that is not empty still seen."""
    width = 100 / len(scores.bins)
    most = max(found.count for found in scores.bins)
    drawn = []
    for place, found in enumerate(scores.bins):
        height = max(round(HEIGHT * found.count / most, 1), 2.0) if found.count else 0.0
        drawn.append(Bar(round(place * width, 3), round(width, 3), round(HEIGHT - height, 1), height, found))
    return tuple(drawn)


def measured_value(row: MeasureRow) -> str:
    """Write a measured value without its unit, which stands above its column."""
    return value_text(row["value"], "", row["decimals"])


def mib(size: float) -> str:
    """Write a number of bytes in MiB."""
    return points_text(Fraction(round(size / MIB)))


def _that_show(texts: Mapping[str, str], counts: Mapping[str, int]) -> dict[str, str]:
    """Leave out of what the table can be filtered by, text by token, what would show nobody."""
    return {token: text for token, text in texts.items() if counts.get(token)}


def _tokens(
    student: StudentRow,
    found: Sequence[Flag],
    mistakes: Mapping[str, str],
    missed: Mapping[str, str],
    words: Mapping[str, str],
) -> list[str]:
    tokens = [words[word] for word in dict.fromkeys(flag.word for flag in found)]
    tokens += ["flagged"] if found else []
    tokens += ["late"] if student.late is not None and student.late.periods else []
    tokens += ["full"] if student.has_full_marks else []
    tokens += ["none"] if student.score is None else []
    tokens += [
        missed[name] for name, one in student.checks.items() if one.status is not Status.PASSED and name in missed
    ]
    made = {known["name"] for one in student.checks.values() for known in one.mistakes}
    return [*tokens, *(token for name, token in mistakes.items() if name in made)]
