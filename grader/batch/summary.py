"""What a run found, in a table for people or as JSON. Reads nothing."""

from __future__ import annotations

from dataclasses import asdict
from statistics import mean, median
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from grader.batch.progress import statuses
from grader.batch.statistics import NEEDS_ATTENTION, RunStatistics
from grader.model.status import Outcome, Status
from grader.results.codec import Json
from grader.wording.statuses import WORDS
from grader.wording.text import counted, one_line, points_text

SCHEMA: Final = "grade/batch/v1"
MOST_NOTICES: Final = 20


def rendering(statistics: RunStatistics, course_checks: tuple[str, ...]) -> Group:
    """Render a run: how checks went over the class, the scores, and what a person should look at."""
    blocks: list[RenderableType] = []
    if statistics.checks:
        blocks += [_checks(statistics, course_checks), Text()]
    blocks.append(Text(f"{counted(statistics.done, 'submission')}: {statuses(statistics)}", style="bold"))
    if statistics.scores:
        blocks.append(Text(_spread(statistics)))
    if statistics.notices:
        blocks += [Text(), _notices(statistics)]
    return Group(*blocks)


def document(statistics: RunStatistics, run: int, state: str, places: dict[str, str]) -> dict[str, Json]:
    """Write a run as JSON."""
    scores, outcomes = statistics.scores, statistics.outcomes
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
        "mean": float(mean(scores)) if scores else None,
        "median": float(median(scores)) if scores else None,
        "checks": {
            check: {status.value: number for status, number in counts.items()}
            for check, counts in statistics.checks.items()
        },
        "course_problems": list(statistics.course_problems),
        "notices": [asdict(notice) for notice in statistics.notices],
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


def _spread(statistics: RunStatistics) -> str:
    scores = statistics.scores
    return (
        f"mean {points_text(mean(scores))}, median {points_text(median(scores))}, "
        f"lowest {points_text(min(scores))}, highest {points_text(max(scores))} of {points_text(statistics.max_score)}"
    )


def _notices(statistics: RunStatistics) -> Table:
    table = Table("student", "", "what a person should look at", box=None, pad_edge=False)
    rows = [(one_line(one.student), one.outcome, one_line(one.message)) for one in statistics.notices[:MOST_NOTICES]]
    more = len(statistics.notices) - MOST_NOTICES
    if more > 0:
        rows.append(("", "", f"and {more} more: grade batch --json lists all"))
    for row in rows:
        table.add_row(*map(Text, row))
    return table
