"""Whether the tests of a course agree with its rubric, and with this version of the harness."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from grader.course.assignment import RUBRIC, CourseAssignment
from grader.course.validation import path_in_course
from grader.drivers import former_names
from grader.errors import CourseError, Problem
from grader.judging.collection import HiddenTests
from grader.judging.plugin import MEASURE, asks_us_for

WARNED: Final[set[tuple[Path, str]]] = set()
"""What was told in this process: Python's own registry forgets it whenever filters change."""


def refuse_unmatched_measures(course: CourseAssignment, tests: HiddenTests) -> None:
    """Refuse a test that measures what the rubric does not tell of, and a rubric that tells of what nothing measures.

    Raises:
        CourseError: there are such; all of them are told.
    """
    problems = []
    for check in course.assignment.checks:
        items = tests.cases.get(check.name, ())
        file = path_in_course(course.folder / RUBRIC)
        key = f"checks.{check.name}.measure"
        if check.measure is None and any(MEASURE in asks_us_for(item) for item in items):
            problems.append(Problem(file, key, f"is missing: test_{check.name} asks for the fixture {MEASURE}"))
        if check.measure is not None and any(MEASURE not in asks_us_for(item) for item in items):
            problems.append(Problem(file, key, f"test_{check.name} does not ask for the fixture {MEASURE}"))
    if problems:
        raise CourseError(tuple(problems))


def warn_of_former_names(course: CourseAssignment, imports: Sequence[str], tests: HiddenTests) -> None:
    """Warn of all names of the version before that a course uses, each with its present one."""
    asked = {name for items in tests.cases.values() for item in items for name in asks_us_for(item)}
    renamed = [f"{name} is now {former_names.IMPORTS[name].replace(':', '.')}" for name in imports]
    renamed += [
        f"the fixture {name} is now {present}" for name, present in former_names.FIXTURES.items() if name in asked
    ]
    if renamed:
        text = f"for the author of {course.name}: the next version will not know these names: {', '.join(renamed)}"
        if (course.folder, text) not in WARNED:
            WARNED.add((course.folder, text))
            warnings.warn_explicit(text, FutureWarning, path_in_course(course.folder), 0)
