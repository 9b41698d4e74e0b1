"""What changed from one result to the next, in a sentence. Pure."""

from __future__ import annotations

from grader.model.status import Status
from grader.results.visibility import VisibleResult, renderer
from grader.wording.text import one_line, points_text

MOST_NAMED = 3  # checks


@renderer
def changed_since(now: VisibleResult, before: VisibleResult) -> str:
    """Describe what a reader sees otherwise than in the run before; empty where nothing is, or they are not alike."""
    if any(getattr(before, name) != getattr(now, name) for name in ("assignment", "submission", "view", "left_out")):
        return ""
    if {check.name for check in before.checks} != {check.name for check in now.checks}:
        return ""  # what was kept of the run before may be what a student sees
    was = {check.name: check.status is Status.PASSED for check in before.checks}
    gained = [check.name for check in now.checks if check.status is Status.PASSED and was.get(check.name) is False]
    lost = [check.name for check in now.checks if check.status is not Status.PASSED and was.get(check.name)]
    clauses = []
    if now.score != before.score:
        more = now.score - before.score
        clauses.append(f"{points_text(abs(more))} points {'more' if more > 0 else 'fewer'}")
    clauses += [f"newly passed: {_named(gained)}"] if gained else []
    clauses += [f"no longer: {_named(lost)}"] if lost else []
    return f"Since the last run: {'; '.join(clauses)}." if clauses else ""


def _named(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(map(one_line, names[:MOST_NAMED])) + (f" and {more} more" if more > 0 else "")
