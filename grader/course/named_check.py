"""Find a check by its name, and offer the nearest where there is none."""

from __future__ import annotations

import difflib

from grader.errors import UsageError
from grader.model.assignment import Assignment, Check


def named_check(assignment: Assignment, name: str) -> Check:
    """Return the check of a name.

    Raises:
        UsageError: there is none; the nearest are offered.
    """
    known = {check.name: check for check in assignment.checks}
    if name not in known:
        near = difflib.get_close_matches(name, known)
        offer = f"did you mean {' or '.join(near)}?" if near else f"its checks: {', '.join(known)}"
        raise UsageError(f"{assignment.name} has no check {name!r}; {offer}")
    return known[name]
