"""A result as Classroom 50's `result.json`, form `classroom50/result/v1`, and the text of its release. Pure.

Source: Classroom 50's documentation, "Autograders" and "Advanced Autograding".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final, TypeAlias

import jinja2

from grader.exports.bounded_rows import Row, sum_of, within
from grader.exports.format import HUNDREDTHS, ExportError, SingleFormat
from grader.exports.markdown import Markdown, bounded_summary, escaped
from grader.exports.plain import passed_text, score_text
from grader.model.result import Item
from grader.model.status import Status
from grader.results.codec import Json, as_text
from grader.results.visibility import VisibleResult, renderer
from grader.wording.statuses import outcome_text
from grader.wording.text import counted, one_line, points_text

SCHEMA = "classroom50/result/v1"
MOST_BYTES = 10 << 20  # of result.json: what is larger is read by neither the runner nor the collector
LEFT_OUT = "left out: Classroom 50 takes at most 10 MiB"
BODY_BYTES = 96 << 10  # the runner hands the text on as one argument of a command, and Linux takes 128 KiB
WHOLE = 1
WANTED: Final = ("CLASSROOM", "ASSIGNMENT", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL")
TAG_MOMENT: Final = re.compile(r"submit/(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z")


Run: TypeAlias = Mapping[str, Json]


def run_of(environ: Mapping[str, str], graded_at: str) -> Run:
    """Read what the runner of Classroom 50 says about the submission, as the form repeats it.

    Moments are written `YYYY-MM-DDTHH:MM:SSZ`. A runner that names a type of assignment wants the owner alone; older
    ones want user names.

    Raises:
        ExportError: variables are missing; all of them are named.
    """
    missing = [name for name in WANTED if not environ.get(name)]
    owner = environ.get("OWNER") or environ.get("USERNAME") or ""
    missing += [] if owner else ["USERNAME"]
    if missing:
        are = "is" if len(missing) == 1 else "are"
        raise ExportError(f"the runner of Classroom 50 sets {', '.join(missing)}, which {are} not set here")
    classroom_name, assignment, tag, commit, release = (environ[name] for name in WANTED)
    kind = environ.get("ASSIGNMENT_TYPE")
    handed_in = TAG_MOMENT.match(tag)
    return {
        "classroom": classroom_name,
        "assignment": assignment,
        **({"assignment_type": kind} if kind else {"usernames": [owner]}),
        "owner": owner,
        "submission": tag,
        "commit": commit,
        "release": release,
        "review": environ.get("REVIEW_URL") or commit,
        "datetime": "{}T{}:{}:{}Z".format(*handed_in.groups()) if handed_in else graded_at,
        "graded_at": graded_at,
    }


def scale_for(points: Sequence[Fraction], *, partial: bool) -> int:
    """Choose how many units a point is worth, from the points in the rubric alone, so that one class has one scale.

    `partial` says that a check can earn a share of its points.
    """
    return WHOLE if not partial and all(value.denominator == 1 for value in points) else HUNDREDTHS


@renderer
def result_json(seen: VisibleResult, run: Run, scale: int = HUNDREDTHS) -> dict[str, Json]:
    """Write a result with every score as an integer of so many units to the point."""
    document: Row = {
        "schema": SCHEMA,
        **run,
        "score": units(seen.score, seen.max_score, scale),
        "max-score": units(seen.max_score, seen.max_score, scale),
        "tests": [_test_row(item, scale) for item in seen.items],
    }
    return within(document, MOST_BYTES, says="message", left_out=LEFT_OUT, together=_together)


def units(points: Fraction, most: Fraction, scale: int) -> int:
    """Round points to whole units, between none and all of them; rounding alone never makes the score full."""
    full = round(max(most, Fraction(0)) * scale)
    rounded = min(max(round(points * scale), 0), full)
    return rounded - 1 if points < most and rounded == full > 0 else rounded


@renderer
def scaling_note(seen: VisibleResult, scale: int) -> str:
    """Describe what the integers of a scaled result stand for; empty where a unit is a point."""
    if scale == WHOLE:
        return ""
    score, most = (units(points, seen.max_score, scale) for points in (seen.score, seen.max_score))
    return f"Classroom 50 keeps whole numbers: its {score} of {most} are {score_text(seen)}, {scale} to the point."


@renderer
def release_body(seen: VisibleResult, environment: jinja2.Environment, scale: int = HUNDREDTHS) -> str:
    """Write the text of the submission's release: the summary, and what its integers stand for."""
    note = scaling_note(seen, scale)
    room = BODY_BYTES - 2 * len(note.encode("utf-8"))  # it grows when it is escaped
    body = bounded_summary(seen, environment, room, "Classroom 50 shows at most 96 KiB")
    return Markdown(f"{body}\n{escaped(note)}\n") if note else body


@renderer
def summary_line(seen: VisibleResult) -> str:
    """Describe in one line how the grading ended."""
    return f"{one_line(seen.title)}: {score_text(seen)}, {passed_text(seen.checks)}"


def _test_row(item: Item, scale: int) -> Json:
    return {
        "test-name": one_line(item.name),
        "passed": item.status is Status.PASSED,
        "score": units(item.points, item.max_points, scale),
        "max-score": units(item.max_points, item.max_points, scale),
        "points": f"{points_text(item.points)} of {counted(item.max_points, 'point')}",
        "message": one_line(outcome_text(item)),
    }


def _together(rows: Sequence[Row]) -> Row:
    return {
        "test-name": f"and {len(rows)} more",
        "passed": all(row["passed"] for row in rows),
        "score": sum_of(rows, "score"),
        "max-score": sum_of(rows, "max-score"),
        "message": LEFT_OUT,
    }


FORMAT: Final = SingleFormat(
    description="The result.json that the runner and the collector of Classroom 50 read, in whole numbers",
    suffix=".json",
    render=lambda seen, context: as_text(result_json(seen, run_of(context.environ, context.written_at), context.scale)),
)
