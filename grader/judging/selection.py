"""Which checks of an assignment the caller means, by their names alone."""

from __future__ import annotations

from collections.abc import Sequence

from _pytest.mark.expression import Expression  # pytest has no public way to read a `-k`; its version is pinned

from grader.course.named_check import named_check
from grader.errors import UsageError
from grader.model.assignment import Assignment, Visibility
from grader.model.status import Status
from grader.results.visibility import VisibleResult


def named_checks(assignment: Assignment, names: Sequence[str]) -> frozenset[str]:
    """Return the checks that are named, each argument one name or several with commas between.

    Raises:
        UsageError: there is no check of such a name.
    """
    return frozenset(named_check(assignment, name).name for text in names for name in text.split(",") if name)


def failed_checks(assignment: Assignment, last: VisibleResult | None) -> frozenset[str]:
    """Return the checks that did not pass when they were last run, were not run, or are shown later.

    Raises:
        UsageError: nothing was run yet, or nothing is left to run.
    """
    if last is None:
        raise UsageError(f"{assignment.name} was not graded yet: start with `grade run {assignment.name}`")
    passed = {check.name for check in last.checks if check.status is Status.PASSED}
    found = frozenset(check.name for check in assignment.checks if check.name not in passed)
    if found <= {check.name for check in assignment.checks if check.visibility is not Visibility.VISIBLE}:
        shown = " that is shown" if found else ""
        raise UsageError(
            f"every check of {assignment.name}{shown} passed when it was last run: `grade run {assignment.name}`"
        )
    return found


def matching_checks(assignment: Assignment, keyword: str) -> frozenset[str]:
    """Return the checks whose names an expression of pytest's `-k` finds: names of parametrised cases do not count.

    Raises:
        UsageError: it is no such expression, or finds no check.
    """
    try:
        expression = Expression.compile(keyword)
        names = [check.name for check in assignment.checks]
        found = frozenset(name for name in names if expression.evaluate(_SubstringMatcher(name)))
    except SyntaxError as error:
        raise UsageError(f"-k {keyword!r} is no expression such as 'conv and not backward': {error}") from None
    if not found:
        raise UsageError(f"no check of {assignment.name} matches -k {keyword!r}")
    return found


class _SubstringMatcher:
    """Whether a word of an expression stands in a name, as pytest compares them: case does not count."""

    def __init__(self, name: str) -> None:
        self._name = name.casefold()

    def __call__(self, word: str, /, **values: str | int | bool | None) -> bool:
        if values:
            raise SyntaxError(f"{word} takes no values")
        return word.casefold() in self._name
