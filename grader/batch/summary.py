"""What a run found, in a table for people or as JSON. Reads nothing."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from grader.batch.progress import statuses
from grader.batch.statistics import NEEDS_ATTENTION, RunStatistics
from grader.gradebook.records import Outcome
from grader.model import Status
from grader.results import Json
from grader.views import WORDS, counted, one_line, points_text

SCHEMA: Final = "grade/batch/v1"
MOST_NOTICES: Final = 20


def rendering(statistics: RunStatistics, course_checks: tuple[str, ...]) -> Group:
    """Render a run: how checks went over the class, the scores, and what a person should look at."""
    blocks: list[RenderableType] = []
    if statistics.checks:
        blocks += [_checks(statistics, course_checks), Text()]
    blocks.append(Text(_headline(statistics), style="bold"))
    if statistics.scores:
        blocks.append(Text(_spread(statistics)))
    if statistics.notices:
        blocks += [Text(), _notices(statistics)]
    return Group(*blocks)


def document(statistics: RunStatistics, run: int, state: str, places: dict[str, str]) -> dict[str, Json]:
    """Write a run as JSON."""
    scores, outcomes = sorted(statistics.scores), statistics.outcomes
    return {
        "schema": SCHEMA,
        "run": run,
        "state": state,
        **places,
        "submissions": statistics.done,
        "outcomes": {outcome.value: outcomes[outcome] for outcome in Outcome if outcomes[outcome]},
        "graded_now": statistics.graded_now,
        "unchanged": statistics.unchanged,
        "weighed_again": statistics.rescored,
        "late": statistics.late,
        "full_marks": statistics.full_marks,
        "max_score": float(statistics.max_score),
        "mean": float(_mean(scores)) if scores else None,
        "median": float(_median(scores)) if scores else None,
        "checks": {
            check: {status.value: number for status, number in counts.items()}
            for check, counts in statistics.checks.items()
        },
        "notices": [
            {"student": notice.student, "outcome": notice.outcome, "message": notice.message}
            for notice in statistics.notices
        ],
    }


def is_broken(statistics: RunStatistics) -> bool:
    """Return whether something went wrong that no student is to blame for."""
    return bool(statistics.outcomes[Outcome.VOID] or statistics.outcomes[Outcome.FAILED])


def is_whole(statistics: RunStatistics) -> bool:
    """Return whether everything that was handed in could be graded."""
    return not any(statistics.outcomes[outcome] for outcome in NEEDS_ATTENTION)


def _checks(statistics: RunStatistics, course_checks: tuple[str, ...]) -> Table:
    table = Table("check", "passed", "of", "else mostly", box=None, pad_edge=False)
    for name in course_checks:
        counts = statistics.checks.get(name)
        if not counts:
            continue
        others = [(number, status) for status, number in counts.items() if status is not Status.PASSED]
        number, status = max(others, default=(0, Status.PASSED))
        total = sum(counts.values())
        share = f"{100 * counts[Status.PASSED] // total} %"
        table.add_row(
            Text(one_line(name)), share, str(total), Text(f"{WORDS[status]} ({number})" if number else "")
        )  # fmt: skip
    return table


def _headline(statistics: RunStatistics) -> str:
    return f"{counted(statistics.done, 'submission')}: {statuses(statistics)}"


def _spread(statistics: RunStatistics) -> str:
    scores = sorted(statistics.scores)
    of = points_text(statistics.max_score)
    return (
        f"mean {points_text(_mean(scores))}, median {points_text(_median(scores))}, "
        f"lowest {points_text(scores[0])}, highest {points_text(scores[-1])} of {of}"
    )


def _mean(scores: list[Fraction]) -> Fraction:
    return sum(scores, Fraction(0)) / len(scores)


def _median(scores: list[Fraction]) -> Fraction:
    middle = len(scores) // 2
    return scores[middle] if len(scores) % 2 else (scores[middle - 1] + scores[middle]) / 2


def _notices(statistics: RunStatistics) -> Table:
    table = Table("student", "", "what a person should look at", box=None, pad_edge=False)
    for row in _first(statistics):
        table.add_row(*map(Text, row))
    return table


def _first(statistics: RunStatistics) -> Iterator[tuple[str, str, str]]:
    for notice in statistics.notices[:MOST_NOTICES]:
        yield one_line(notice.student), notice.outcome, one_line(notice.message)
    more = len(statistics.notices) - MOST_NOTICES
    if more > 0:
        yield "", "", f"and {more} more: grade batch --json lists all"
