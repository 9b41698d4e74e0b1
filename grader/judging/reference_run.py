"""Run checks on the reference itself, to find out whether void results are the course's fault, and where."""

from __future__ import annotations

import traceback
from collections.abc import Collection
from typing import Final

from grader.authoring import Inconclusive
from grader.course.assignment import CourseAssignment
from grader.course.validation import path_in_course
from grader.errors import OverBudgetError, Problem
from grader.judging.judge import Judge
from grader.subjects.course import CourseSubject, ReferenceFailure
from grader.wording.text import one_line

MOST_CHARACTERS: Final = 300  # of an exception's text


def reference_problems(judge: Judge, only: Collection[str]) -> tuple[Problem, ...]:
    """Run checks on the reference, nothing recorded, and name the first failure of each with its file and line.

    Args:
        judge: The judge of an assignment that has its reference.
        only: The names of the checks.
    """
    problems: dict[str, Problem] = {}
    subject = judge.reference.unrecorded()
    for check, item in judge.cases():
        if check.name not in only or check.name in problems:
            continue
        try:
            error = judge.run_case_with(check, item, subject, subject)
        except OverBudgetError as over:
            error = over
        if error is not None and not isinstance(error, Inconclusive):
            problems[check.name] = _problem(judge.course, check.name, error, subject)
    return tuple(problems.values())


def _problem(course: CourseAssignment, check: str, error: BaseException, subject: CourseSubject) -> Problem:
    said = one_line(str(error))[:MOST_CHARACTERS]
    if isinstance(error, ReferenceFailure):
        text = f"{said} ({subject.failed_at})" if subject.failed_at else said
    else:
        text = f"{type(error).__name__}: {said}" if said else type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    folder = f"{course.folder}/"
    place = next((frame for frame in reversed(frames) if frame.filename.startswith(folder)), None)
    where = path_in_course(course.folder)
    if place is not None:
        where = f"{where}{place.filename.removeprefix(str(course.folder))}:{place.lineno}"
    return Problem(where, check, text)
