"""What a process of a batch does: make an assignment ready once, then grade one submission after another."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import jinja2

from grader.batch.jobs import Answer, Job, Refusal, Setting, graded, late_points, pages_of
from grader.batch.keys import versions
from grader.catalog import CourseError, read_assignment
from grader.grading import Grader, grade_submission
from grader.report import template_environment
from grader.sandbox.host.exit_status import MachineError
from grader.sandbox.host.session import Session
from grader.standing import standing


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
