"""What is wrong in code that the course itself wrote: file, line and what was raised, in one sentence."""

from __future__ import annotations

import difflib
import pkgutil
import sys
import traceback
from pathlib import Path
from typing import Final

from grader.course.assignment import CourseAssignment
from grader.course.validation import path_in_course
from grader.errors import OverBudgetError, Problem

NO_SOLUTION: Final = 'hidden tests and drivers ask for the solution by a driver: impl.load("{module}:name")'


def fault_of(error: BaseException, course: CourseAssignment, near: Path | None = None) -> Problem:
    """Return what code of the course raised as a problem, with the deepest line of the course on its way.

    `near` is the file that was read then, where none is on its way.
    """
    cause = error
    while cause.__cause__ is not None and not _raised_at(cause, course)[1]:  # pytest wraps what an import raises
        cause = cause.__cause__
    file, line = _raised_at(cause, course)
    place = file or path_in_course(near or course.folder / "checks")
    return Problem(place, f"line {line}" if line else "", said(cause, course))


def said(error: BaseException, course: CourseAssignment) -> str:
    """Format an exception of the course in one line, with what is expected where that is known."""
    if isinstance(error, SystemExit):
        return "ends Python by SystemExit, expected code that can be imported"
    if isinstance(error, OverBudgetError):
        return str(error)
    first = next((text.strip() for text in str(error).splitlines() if text.strip()), "")
    if type(error).__name__ == "Skipped":  # of pytest, which is not imported here
        return f"skips, expected to be run for everybody: {first}"
    text = (
        f"{type(error).__name__}: {first}" if type(error).__name__ not in {"Failed", "CollectError"} else _joined(error)
    )
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"{text}{_meant_module(error.name, course)}"
    if isinstance(error, ImportError) and error.name == "drivers":
        return f"{text.partition(' (')[0]}: drivers.py has none of that name"
    if isinstance(error, ImportError) and error.name == "grader.authoring":
        return f"{text.partition(' (')[0]}: docs/authors.md lists what there is"
    return text


def _joined(error: BaseException) -> str:
    """Join the lines of a sentence of pytest's."""
    return " ".join(text.strip() for text in str(error).splitlines() if text.strip())


def _meant_module(name: str, course: CourseAssignment) -> str:
    top = name.partition(".")[0]
    if f"{top}.py" in course.solution or any(path.startswith(f"{top}/") for path in course.solution):
        return f": {NO_SOLUTION.format(module=name)}"
    near = difflib.get_close_matches(
        top, {*sys.stdlib_module_names, *(one.name for one in pkgutil.iter_modules())}, n=1
    )
    return f", which is not installed here; the nearest is {near[0]}" if near else ", which is not installed here"


def _raised_at(error: BaseException, course: CourseAssignment) -> tuple[str, int]:
    """Return the deepest file and line of the course that an exception went through; nothing where there is none."""
    folder = course.folder.resolve()
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename in {"drivers.py", "mistakes.py"}:  # texts that were read, compiled under these names
            return path_in_course(course.folder / frame.filename), frame.lineno or 0
        path = Path(frame.filename)
        if path.is_absolute() and path.resolve().is_relative_to(folder):
            return path_in_course(path), frame.lineno or 0
    return "", 0
