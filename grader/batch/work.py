"""What a process of a batch does: make an assignment ready once, then grade one submission after another."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import jinja2

from grader.batch.fork_safety import can_be_forked_after
from grader.batch.jobs import Job, JobResult, NotGraded, ReferenceCheck, RunConfig, counted_result, graded
from grader.course.assignment import CourseAssignment
from grader.course.discovery import read_assignment
from grader.course.fingerprint import versions
from grader.errors import CourseError, GradeError, JudgingError, MachineError, Problem, over_one_submission
from grader.judging.grading import Grader, grade_submission, recordings_of
from grader.judging.judge import Judge
from grader.judging.reference_run import reference_problems
from grader.reporting.html import template_environment, warm_templates
from grader.sandbox.host.server import strangers_are_isolated
from grader.sandbox.host.session import Session


@dataclass(slots=True)
class _Ready:
    """What this process holds for the config it was made ready for."""

    config: RunConfig
    grader: Grader
    environment: jinja2.Environment


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What was made for a config before this process was forked: nobody has been graded with it."""

    config: RunConfig
    course: CourseAssignment
    judge: Judge


_loaded: Final[list[_Loaded]] = []  # at most one: it is taken by whoever grades first
_ready: Final[list[_Ready]] = []  # at most one: a process serves one run


def load(config: RunConfig) -> None:
    """Read an assignment and collect its hidden tests, for the processes that are forked from this one.

    What cannot be loaded each of them finds anew, and tells; and each collects hidden tests for itself that hold what
    processes cannot share.
    """
    loaded: list[_Loaded] = []

    def read_and_collect() -> None:
        course = _read(config)
        loaded.append(_Loaded(config, course, Judge(course, recordings_of(course), config.seed)))

    warm_templates()
    _loaded.clear()
    with suppress(GradeError):
        if can_be_forked_after(read_and_collect):
            _loaded[:] = loaded


def prepare(config: RunConfig) -> None:
    """Make an assignment ready in this process, to be kept for all its jobs.

    Raises:
        CourseError: the course is broken.
        MachineError: the sandbox cannot be set up or is not there, or the versions are not the run's.
    """
    if _ready and _ready[0].config == config:
        return
    release()
    isolated = strangers_are_isolated(config.consent)
    loaded = _loaded.pop() if _loaded else None
    if loaded is not None and loaded.config == config:
        grader = Grader(loaded.course, seed=config.seed, isolated=isolated, judge=loaded.judge)
    else:
        grader = Grader(_read(config), seed=config.seed, isolated=isolated)
    grader.judge.seeks_examples = config.seeks_examples
    try:
        _try_a_worker(grader)
    except BaseException:
        grader.close()
        raise
    _ready.append(_Ready(config, grader, template_environment()))


def _read(config: RunConfig) -> CourseAssignment:
    """Read the assignment of a run.

    Raises:
        CourseError: the course is broken.
        MachineError: the versions here are not the run's.
    """
    course = read_assignment(config.folder)
    here = tuple(versions(course.assignment.runtime.modules).items())
    if here != config.versions:
        differing = sorted(set(here) ^ set(config.versions))
        raise MachineError(f"the versions here are not those of the run: {', '.join(map(' '.join, differing))}")
    return course


def release() -> None:
    """Let go of what this process holds."""
    while _ready:
        grader = _ready.pop().grader
        _keep_recordings(grader)
        grader.close()


def make_ready(config: RunConfig) -> NotGraded | None:
    """Make an assignment ready in this process; say why it cannot be."""
    try:
        prepare(config)
    except CourseError as error:
        return NotGraded(str(error), is_final=True, is_course=True)
    except MachineError as error:
        return NotGraded(str(error), is_final=True)
    return None


def grade(job: Job) -> JobResult | NotGraded:
    """Grade one submission, making this process ready first where that is still to be done."""
    refusal = make_ready(job.config)
    if refusal is not None:
        return refusal
    ready = _ready[0]
    try:
        with over_one_submission(job.submission.label):
            result = grade_submission(ready.grader.in_variant(job.variant), job.submission)
            _keep_recordings(ready.grader)
            counts = counted_result(
                result, job.submission.label, job.submission.notes, ready.grader.course.assignment, job.adjustments,
                job.config.view, ready.environment,
            )  # fmt: skip
            return JobResult(graded(result, job.key, job.scoring), counts)
    except JudgingError as error:
        release()  # what the bug left behind is nothing to grade others with
        return NotGraded(str(error))
    except GradeError as error:
        return NotGraded(str(error))


def check_machine(config: RunConfig) -> NotGraded | None:
    """See a worker come up that no submission is given to; say why it does not."""
    refusal = make_ready(config)
    if refusal is not None:
        return refusal
    try:
        _try_a_worker(_ready[0].grader)
    except MachineError as error:
        return NotGraded(str(error), is_final=True)
    return None


def check_reference(asked: ReferenceCheck) -> tuple[Problem, ...] | NotGraded:
    """Make this process ready anew and run checks on the reference; give what it fails in, or why that is not known."""
    release()
    refusal = make_ready(asked.config)
    if refusal is not None:
        return refusal
    try:
        return reference_problems(_ready[0].grader.judge, asked.checks)
    except GradeError as error:
        return NotGraded(str(error))


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
