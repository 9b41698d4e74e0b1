"""What a process of a batch does: make an assignment ready once, then grade one submission after another.

Jobs and answers are plain data, so that any executor of `concurrent.futures` can carry them, to this machine's cores or
to others'. An answer is never an exception: what went wrong is a value with its sentence.
"""

from __future__ import annotations

import json
import zlib
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

import jinja2

from grader.batch.keys import versions
from grader.catalog import CourseError, read_assignment
from grader.gradebook.rows import Graded, Outcome
from grader.grading import Grader, grade_submission
from grader.model import Result, Status
from grader.report import render_html, template_environment
from grader.results import as_line, to_json
from grader.sandbox.endings import MachineError
from grader.sandbox.session import Session
from grader.standing import Adjustments, standing
from grader.submissions.read import Submission
from grader.views import View


@dataclass(frozen=True, slots=True)
class Setting:
    """What all jobs of a run share: which assignment, drawn from which seed, seen by whom.

    `course` is the hash of all that it is graded with: a process that outlives a run makes itself ready anew.
    `versions` are those that the run is keyed by; a process that has others must not grade.
    """

    folder: Path
    course: str
    seed: int | None
    view: View
    versions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Job:
    """One submission to grade, with what its key is and what people and the clock add to the result."""

    setting: Setting
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
class Answer:
    """A graded submission: the result as graded, what it comes to, and what is written."""

    graded: Graded
    score: Fraction
    max_score: Fraction
    taken: Fraction
    pages: Pages


@dataclass(frozen=True, slots=True)
class Refusal:
    """A submission that was not graded through no fault of its own; where `is_final` no other would be either."""

    message: str
    is_final: bool = False
    is_course: bool = False


@dataclass(slots=True)
class _Ready:
    """What this process holds for the setting it was made ready for."""

    setting: Setting
    grader: Grader
    environment: jinja2.Environment


_ready: Final[list[_Ready]] = []  # at most one: a process serves one run


def prepare(setting: Setting) -> None:
    """Make an assignment ready in this process, to be kept for all its jobs.

    Raises:
        CourseError: the course is broken.
        MachineError: the sandbox cannot be set up, or the versions are not the run's.
    """
    if _ready and _ready[0].setting == setting:
        return
    release()
    course = read_assignment(setting.folder)
    here = tuple(versions(course.assignment.runtime.modules).items())
    if here != setting.versions:
        differing = sorted(set(here) ^ set(setting.versions))
        raise MachineError(f"the versions here are not those of the run: {', '.join(map(' '.join, differing))}")
    grader = Grader(course, seed=setting.seed)
    try:
        _try_a_worker(grader)
    except BaseException:
        grader.close()
        raise
    _ready.append(_Ready(setting, grader, template_environment()))


def release() -> None:
    """Let go of what this process holds."""
    while _ready:
        grader = _ready.pop().grader
        _keep_recordings(grader)
        grader.close()


def make_ready(setting: Setting) -> Refusal | None:
    """Make an assignment ready in this process; say why it cannot be."""
    try:
        prepare(setting)
    except CourseError as error:
        return Refusal(str(error), is_final=True, is_course=True)
    except MachineError as error:
        return Refusal(str(error), is_final=True)
    return None


def grade(job: Job) -> Answer | Refusal:
    """Grade one submission, making this process ready first where that is still to be done."""
    refusal = make_ready(job.setting)
    if refusal is not None:
        return refusal
    ready = _ready[0]
    try:
        result = grade_submission(ready.grader, job.submission)
    except MachineError as error:
        return Refusal(str(error))
    _keep_recordings(ready.grader)
    counts = standing(result, ready.grader.course.assignment.output_rule, job.adjustments)
    pages = pages_of(counts, job.setting.view, ready.environment)
    return Answer(graded(result, job.key, job.scoring), counts.score, counts.max_score, late_points(counts), pages)


def graded(result: Result, key: str, scoring: str) -> Graded:
    """Write a result as the gradebook keeps it."""
    is_void = any(check.status is Status.VOID for check in result.checks)
    return Graded(
        key, scoring, Outcome.VOID if is_void else Outcome.GRADED, result.score, result.max_score,
        {check.name: check.status.value for check in result.checks},
        zlib.compress(json.dumps(to_json(result, View.INSTRUCTOR)).encode("ascii")), result.cpu_seconds, result.seconds,
    )  # fmt: skip


def pages_of(result: Result, view: View, environment: jinja2.Environment) -> Pages:
    """Write what is handed out and what the instructor keeps."""
    return Pages(render_html(result, view, environment), as_line(to_json(result, View.INSTRUCTOR)))


def late_points(result: Result) -> Fraction:
    """Give what lateness took, a number of at least zero."""
    return -sum((outcome.points for outcome in result.rules if outcome.rule == "late"), Fraction(0))


def labelled(result: Result, submission: Submission) -> Result:
    """Put one student's label and notes on a result that another's equal submission got."""
    return replace(result, submission=submission.label, notes=submission.notes)


def _try_a_worker(grader: Grader) -> None:
    """See a worker come up before a submission needs one: a machine where none does must not be given submissions.

    Raises:
        MachineError: it does not.
    """
    grader.server.wait_until_ready()
    session = Session(grader.server, {}, grader.course.drivers, grader.course.assignment.runtime)
    try:
        session.start()
    finally:
        session.close()


def _keep_recordings(grader: Grader) -> None:
    """Keep what the reference answered; where that cannot be written, the next process computes it again."""
    with suppress(OSError):
        grader.judge.recordings.save()
