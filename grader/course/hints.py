"""Choose the hint that a student is shown, and say it. Reads nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from grader.course.named_check import named_check
from grader.errors import UsageError
from grader.model.assignment import Assignment, Visibility
from grader.model.result import CheckResult
from grader.model.status import Status
from grader.results.visibility import VisibleResult
from grader.wording.text import one_line, place

MOST_LEVELS: Final = 2  # of what a hint tells beyond its question


def check_to_hint(assignment: Assignment, named: str, last: VisibleResult | None) -> str:
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
            is_all_shown = all(check.visibility is Visibility.VISIBLE for check in assignment.checks)
            every += "" if is_all_shown or last.left_out else " that is shown"
            raise UsageError(f"{every} passed in the last run; name a check to see its hint")
    return named_check(assignment, named).name


def hint_lines(
    assignment: Assignment,
    name: str,
    last: VisibleResult | None,
    more: int = 0,
    formulas: Callable[[str], str] = one_line,
) -> Iterator[str]:
    """Format the hint of a check: a question; with `more` a place as well, and with 2 what is nearly the answer.

    Where the last run recognised a mistake, its own hint is chosen too. `formulas` writes those of the course's texts.
    """
    check = next(check for check in assignment.checks if check.name == name)
    found = None if last is None else next((row for row in last.checks if row.name == name), None)
    mistakes = () if found is None else found.mistakes
    yield f"{check.name}: {formulas(check.description)}"
    yield f"hint: {formulas(check.hint)}"
    yield from (f"about {mistake.name}: {formulas(mistake.hint)}" for mistake in mistakes)
    wrong = found is not None and found.status is not Status.PASSED
    if found is not None and wrong and more >= 1:
        yield from _places(found)
    if found is not None and wrong and more >= MOST_LEVELS:
        said = [*(formulas(mistake.description) for mistake in mistakes), *map(one_line, found.reasons)]
        yield from (f"nearly the answer: {sentence}" for sentence in said)
        if not said:
            yield "nearly the answer: no known mistake gives these values"
    yield from (f"more: grade explain {assignment.name} {mistake.name}" for mistake in mistakes)
    if wrong and more < MOST_LEVELS:
        yield f"more: grade hint {assignment.name} {name} {' '.join(['--more'] * (more + 1))}"


def _places(check: CheckResult) -> Iterator[str]:
    """Say where to look: the student's own lines, else what is to be written, else which values are wrong."""
    if check.quoted:
        yield from (f"look at {place(line)}: {one_line(line.source)}" for line in check.quoted)
    elif check.verdict.todo:
        yield f"look at {one_line(check.verdict.todo)}"
    elif check.picture is not None:
        yield f"look at {one_line(check.picture.caption)}"
    else:
        yield f"look at what was seen: {one_line(check.message)}"
