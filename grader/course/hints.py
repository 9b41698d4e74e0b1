"""Choose the hint that a student is shown, and say it. Reads nothing."""

from __future__ import annotations

from collections.abc import Iterator

from grader.course.named_check import named_check
from grader.errors import UsageError
from grader.model.assignment import Assignment
from grader.model.result import Result
from grader.model.status import Status
from grader.wording.text import one_line


def check_to_hint(assignment: Assignment, named: str, last: Result | None) -> str:
    """Return the check that is meant: the one that was named, else the first that did not pass in the last run.

    Raises:
        UsageError: there is no such check, or none to choose.
    """
    if not named:
        if last is None or not last.checks:
            raise UsageError(
                f"{assignment.name} was not graded yet: name a check, or start with `grade run {assignment.name}`"
            )
        named = next((check.name for check in last.checks if check.status is not Status.PASSED), "")
        if not named:
            every = "every check that was run" if last.left_out else f"every check of {assignment.name}"
            raise UsageError(f"{every} passed in the last run; name a check to see its hint")
    return named_check(assignment, named).name


def hint_lines(assignment: Assignment, name: str, last: Result | None) -> Iterator[str]:
    """Format the hint of a check, and those of the mistakes that the last run recognised in it."""
    check = next(check for check in assignment.checks if check.name == name)
    yield f"{check.name}: {check.description}"
    yield f"hint: {check.hint}"
    found = [] if last is None else [row for row in last.checks if row.name == name]
    for mistake in (mistake for row in found for mistake in row.mistakes):
        yield f"about {mistake.name}: {one_line(mistake.hint)}"
        yield f"more: grade explain {assignment.name} {mistake.name}"
