"""What a run found, in a table for people or as JSON. Reads nothing."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from grader.batch.display import statuses
from grader.batch.tally import NOT_GRADED, Tally
from grader.gradebook.records import Outcome
from grader.model import Status
from grader.results import Json
from grader.views import WORDS, counted, one_line, points_text

SCHEMA: Final = "grade/batch/v1"
MOST_NOTICES: Final = 20


def rendering(tally: Tally, course_checks: tuple[str, ...]) -> Group:
    """Tell a run: how checks went over the class, the scores, and what a person should look at."""
    blocks: list[RenderableType] = []
    if tally.checks:
        blocks += [_checks(tally, course_checks), Text()]
    blocks.append(Text(_headline(tally), style="bold"))
    if tally.scores:
        blocks.append(Text(_spread(tally)))
    if tally.notices:
        blocks += [Text(), _notices(tally)]
    return Group(*blocks)


def document(tally: Tally, run: int, state: str, places: dict[str, str]) -> dict[str, Json]:
    """Write a run as JSON."""
    scores = sorted(tally.scores)
    return {
        "schema": SCHEMA,
        "run": run,
        "state": state,
        **places,
        "submissions": tally.done,
        "outcomes": {outcome.value: tally.outcomes[outcome] for outcome in Outcome if tally.outcomes[outcome]},
        "graded_now": tally.graded_now,
        "unchanged": tally.unchanged,
        "weighed_again": tally.rescored,
        "late": tally.late,
        "full_marks": tally.full_marks,
        "max_score": float(tally.max_score),
        "mean": float(_mean(scores)) if scores else None,
        "median": float(_median(scores)) if scores else None,
        "checks": {
            check: {status.value: number for status, number in counts.items()} for check, counts in tally.checks.items()
        },
        "notices": [
            {"student": notice.student, "outcome": notice.outcome, "message": notice.message}
            for notice in tally.notices
        ],
    }


def is_broken(tally: Tally) -> bool:
    """Tell whether something went wrong that no student is to blame for."""
    return bool(tally.outcomes[Outcome.VOID] or tally.outcomes[Outcome.FAILED])


def is_whole(tally: Tally) -> bool:
    """Tell whether everything that was handed in could be graded."""
    return not any(tally.outcomes[outcome] for outcome in NOT_GRADED)


def _checks(tally: Tally, course_checks: tuple[str, ...]) -> Table:
    table = Table("check", "passed", "of", "else mostly", box=None, pad_edge=False)
    for name in course_checks:
        counts = tally.checks.get(name)
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


def _headline(tally: Tally) -> str:
    return f"{counted(tally.done, 'submission')}: {statuses(tally)}"


def _spread(tally: Tally) -> str:
    scores = sorted(tally.scores)
    of = points_text(tally.max_score)
    return (
        f"mean {points_text(_mean(scores))}, median {points_text(_median(scores))}, "
        f"lowest {points_text(scores[0])}, highest {points_text(scores[-1])} of {of}"
    )


def _mean(scores: list[Fraction]) -> Fraction:
    return sum(scores, Fraction(0)) / len(scores)


def _median(scores: list[Fraction]) -> Fraction:
    middle = len(scores) // 2
    return scores[middle] if len(scores) % 2 else (scores[middle - 1] + scores[middle]) / 2


def _notices(tally: Tally) -> Table:
    table = Table("student", "", "what a person should look at", box=None, pad_edge=False)
    for row in _first(tally):
        table.add_row(*map(Text, row))
    return table


def _first(tally: Tally) -> Iterator[tuple[str, str, str]]:
    for notice in tally.notices[:MOST_NOTICES]:
        yield one_line(notice.student), notice.outcome, one_line(notice.message)
    more = len(tally.notices) - MOST_NOTICES
    if more > 0:
        yield "", "", f"and {more} more: grade batch --json lists all"
