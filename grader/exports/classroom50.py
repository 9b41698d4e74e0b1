"""A result as Classroom 50's `result.json`, form `classroom50/result/v1`, and the text of its release. Pure.

Source: Classroom 50's documentation, "Autograders" and "Advanced Autograding".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import jinja2

from grader.exports.markdown import Markdown, escaped, summary
from grader.exports.plain import passed_text, score_text
from grader.model import CheckResult, Result, Status
from grader.results import Json
from grader.views import View, counted, one_line, outcome_text, points_text, seen_by

SCHEMA = "classroom50/result/v1"
WHOLE, HUNDREDTHS = 1, 100


@dataclass(frozen=True, slots=True)
class Run:
    """What the runner says about a submission and only repeats.

    `submission` is its tag, `commit`, `release` and `review` are addresses, `submitted_at` and `graded_at` are written
    `YYYY-MM-DDTHH:MM:SSZ`. A runner that names an `assignment_type` wants the owner alone; older ones want user names.
    """

    classroom: str
    assignment: str
    owner: str
    submission: str
    commit: str
    release: str
    review: str
    submitted_at: str
    graded_at: str
    assignment_type: str = ""


def scale_for(points: Sequence[Fraction], *, partial: bool) -> int:
    """Choose how many units a point is worth, from the rubric alone, so that one class has one scale.

    Args:
        points: The points of the rubric's checks and rules.
        partial: Whether a check can earn a share of its points.
    """
    return WHOLE if not partial and all(value.denominator == 1 for value in points) else HUNDREDTHS


def result_json(result: Result, run: Run, scale: int = HUNDREDTHS, view: View = View.STUDENT) -> dict[str, Json]:
    """Write a result with every score as an integer of so many units to the point."""
    seen = seen_by(result, view)
    return {
        "schema": SCHEMA,
        "classroom": run.classroom,
        "assignment": run.assignment,
        **_identity(run),
        "submission": run.submission,
        "commit": run.commit,
        "release": run.release,
        "review": run.review,
        "datetime": run.submitted_at,
        "graded_at": run.graded_at,
        "score": units(seen.score, seen.max_score, scale),
        "max-score": units(seen.max_score, seen.max_score, scale),
        "tests": [_test_row(check, scale) for check in seen.checks],
    }


def units(points: Fraction, most: Fraction, scale: int) -> int:
    """Round points to whole units, between none and all of them; rounding alone never makes the score full."""
    full = round(max(most, Fraction(0)) * scale)
    rounded = min(max(round(points * scale), 0), full)
    return rounded - 1 if points < most and rounded == full > 0 else rounded


def scaling_note(result: Result, scale: int, view: View = View.STUDENT) -> str:
    """Say what the integers of a scaled result stand for; empty where a unit is a point."""
    if scale == WHOLE:
        return ""
    seen = seen_by(result, view)
    score, most = (units(points, seen.max_score, scale) for points in (seen.score, seen.max_score))
    return f"Classroom 50 keeps whole numbers: its {score} of {most} are {score_text(seen)}, {scale} to the point."


def release_body(result: Result, environment: jinja2.Environment, scale: int = HUNDREDTHS,
                 view: View = View.STUDENT) -> str:  # fmt: skip
    """Write the text of the submission's release: the summary, and what its integers stand for."""
    note = scaling_note(result, scale, view)
    body = summary(result, view, environment)
    return Markdown(f"{body}\n{escaped(note)}\n") if note else body


def summary_line(result: Result, view: View = View.STUDENT) -> str:
    """Say in one line how the grading ended."""
    seen = seen_by(result, view)
    return f"{one_line(seen.title)}: {score_text(seen)}, {passed_text(seen.checks)}"


def _identity(run: Run) -> dict[str, Json]:
    if run.assignment_type:
        return {"assignment_type": run.assignment_type, "owner": run.owner}
    return {"usernames": [run.owner], "owner": run.owner}


def _test_row(check: CheckResult, scale: int) -> Json:
    return {
        "test-name": one_line(check.name),
        "passed": check.status is Status.PASSED,
        "score": units(check.points, check.max_points, scale),
        "max-score": units(check.max_points, check.max_points, scale),
        "points": f"{points_text(check.points)} of {counted(check.max_points, 'point')}",
        "message": one_line(outcome_text(check)),
    }
