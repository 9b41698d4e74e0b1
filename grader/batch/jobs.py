"""Jobs of a batch and their results, and how a result of grading becomes one of these.

They are plain data, so that any executor of `concurrent.futures` can carry them, to this machine's cores or to others'.
A result is never an exception: what went wrong is a value with its sentence.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import jinja2

from grader.gradebook.final_grade import Adjustments
from grader.gradebook.records import FinalDocument, NewResult, Outcome
from grader.model.result import Result
from grader.model.status import Status
from grader.reporting.html import render_html
from grader.results.codec import as_line, to_json
from grader.results.visibility import View, visible_to
from grader.submissions.read import Submission


@dataclass(frozen=True, slots=True)
class RunConfig:
    """What all jobs of a run share: which assignment, drawn from which seed, seen by whom.

    `course` is the hash of all that it is graded with: a process that outlives a run makes itself ready anew.
    `versions` are those that the run is keyed by; a process that has others must not grade. `consent` are the words
    that turn isolation off.
    """

    folder: Path
    course: str
    seed: int | None
    view: View
    versions: tuple[tuple[str, str], ...]
    consent: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One submission to grade, with what its key is and what people and the clock add to the result."""

    config: RunConfig
    submission: Submission
    key: str
    scoring: str
    adjustments: Adjustments


@dataclass(frozen=True, slots=True)
class Pages:
    """What is written for one student: the report, and the result as JSON for the instructor."""

    html: str
    json: str


@dataclass(frozen=True, slots=True)
class JobResult:
    """A graded submission: the result as graded, what it comes to, and what is written."""

    graded: NewResult
    final: FinalDocument
    score: Fraction
    max_score: Fraction
    late_penalty: Fraction
    pages: Pages


@dataclass(frozen=True, slots=True)
class NotGraded:
    """A submission that was not graded through no fault of its own; where `is_final` no other would be either."""

    message: str
    is_final: bool = False
    is_course: bool = False


def graded(result: Result, key: str, scoring: str) -> NewResult:
    """Write a result as the gradebook keeps it."""
    document = as_line(to_json(visible_to(result, View.INSTRUCTOR))).encode("ascii")
    is_void = any(check.status is Status.VOID for check in result.checks)
    return NewResult(
        key, scoring, Outcome.VOID if is_void else Outcome.GRADED, result.score, result.max_score,
        {check.name: check.status.value for check in result.checks},
        zlib.compress(document), result.cpu_seconds, result.seconds,
    )  # fmt: skip


def final_document(result: Result, counts: Result, pages: Pages, adjustments: Adjustments) -> FinalDocument:
    """Write what a result comes to as the gradebook keeps it, which is nothing more where nothing was added to it."""
    document = b"" if counts == result else zlib.compress(pages.json.encode("ascii"))
    return FinalDocument(adjustments=adjustments.digest, document=document)


def pages_of(result: Result, view: View, environment: jinja2.Environment) -> Pages:
    """Write what is handed out and what the instructor keeps."""
    html = render_html(visible_to(result, view), environment)
    return Pages(html, as_line(to_json(visible_to(result, View.INSTRUCTOR))))


def labelled(result: Result, submission: Submission) -> Result:
    """Put one student's label and notes on a result that another's equal submission got."""
    return replace(result, submission=submission.label, notes=submission.notes)
