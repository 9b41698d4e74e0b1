"""Jobs of a batch and their results, and how a result of grading becomes one of these.

They are plain data, so that any executor of `concurrent.futures` can carry them, to this machine's cores or to others'.
A result is never an exception: what went wrong is a value with its sentence.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import jinja2

from grader.gradebook.final_grade import Adjustments, apply_adjustments, late_points
from grader.gradebook.records import FinalDocument, NewResult
from grader.model.assignment import Assignment
from grader.model.result import Result
from grader.model.status import Outcome, Status
from grader.reporting.html import render_html
from grader.results.codec import as_line, to_json
from grader.results.visibility import View, visible_to
from grader.submissions.read import Submission


@dataclass(frozen=True, slots=True)
class RunConfig:
    """What all jobs of a run share: which assignment, drawn from which seed, seen by whom.

    `course` is the hash of all that it is graded with: a process that outlives a run makes itself ready anew.
    `versions` are those that the run is keyed by; a process that has others must not grade. `consent` are the words
    that turn isolation off. Where it `seeks_examples`, results have the smallest inputs on which checks fail.
    """

    folder: Path
    course: str
    seed: int | None
    view: View
    versions: tuple[tuple[str, str], ...]
    consent: str | None = None
    seeks_examples: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """One submission to grade, with what its key is and what people and the clock add to the result."""

    config: RunConfig
    submission: Submission
    key: str
    scoring: str
    adjustments: Adjustments
    variant: int | None = None


@dataclass(frozen=True, slots=True)
class ReferenceCheck:
    """A question: does the reference fail in these checks where no student's code ever was?"""

    config: RunConfig
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pages:
    """What is written for one student: the report, and the result as JSON for the instructor."""

    html: str
    json: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What a result comes to for one student, and what is written. `final` and `pages` are None where they are kept."""

    score: Fraction | None
    max_score: Fraction | None
    late_penalty: Fraction
    final: FinalDocument | None = None
    pages: Pages | None = None


@dataclass(frozen=True, slots=True)
class JobResult:
    """A graded submission: the result as graded, and what it comes to."""

    graded: NewResult
    counted: Counted


@dataclass(frozen=True, slots=True)
class NotGraded:
    """Why a submission was not graded; where `is_final` no other would be either.

    `is_of_submission` says that it is to blame, and not the machine or the course: others are graded there.
    """

    message: str
    is_final: bool = False
    is_course: bool = False
    is_of_submission: bool = False


def graded(result: Result, key: str, scoring: str) -> NewResult:
    """Write a result as the gradebook keeps it."""
    document = as_line(to_json(visible_to(result, View.INSTRUCTOR))).encode("ascii")
    is_void = any(check.status is Status.VOID for check in result.checks)
    return NewResult(
        key, scoring, Outcome.VOID if is_void else Outcome.GRADED, result.score, result.max_score,
        {check.name: check.status.value for check in result.checks},
        zlib.compress(document), result.cpu_seconds, result.seconds,
        {check.name: check.measurement.value for check in result.checks if check.measurement is not None},
    )  # fmt: skip


def page_digest(
    key: str, scoring: str, label: str, notes: tuple[str, ...], adjustments: Adjustments, view: View
) -> str:  # fmt: skip
    """Hash what a report shows."""
    shows = (key, scoring, label, notes, adjustments.document, view.value)
    return hashlib.sha256(json.dumps(shows).encode()).hexdigest()


def counted_result(
    result: Result, label: str, notes: tuple[str, ...], assignment: Assignment, adjustments: Adjustments, view: View,
    environment: jinja2.Environment,
) -> Counted:  # fmt: skip
    """Compute what a result comes to for one student, whose label and notes it gets, and render it.

    The result may be another's who handed in the same.
    """
    own = replace(result, submission=label, notes=notes)
    counts = apply_adjustments(own, assignment, adjustments)
    html = render_html(visible_to(counts, view), environment, is_returned=True)
    line = as_line(to_json(visible_to(counts, View.INSTRUCTOR)))
    # Where nothing was added the result itself says all of it.
    document = b"" if counts == result else zlib.compress(line.encode("ascii"))
    return Counted(
        score=counts.score, max_score=counts.max_score, late_penalty=late_points(counts), pages=Pages(html, line),
        final=FinalDocument(adjustments=adjustments.digest, document=document),
    )  # fmt: skip
