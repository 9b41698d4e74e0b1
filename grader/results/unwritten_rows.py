"""Rows of a report in which the checks that wait for one unwritten function stand together. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from grader.model.result import CheckResult, Item
from grader.model.status import Status
from grader.results.visibility import VisibleResult, renderer
from grader.wording.text import counted


@dataclass(frozen=True, slots=True)
class Row:
    """An item, or several checks that wait for the same function to be written, which `todo` names with its place."""

    items: tuple[Item, ...]
    todo: str = ""

    @property
    def name(self) -> str:
        """Name the function without its place."""
        return self.todo.rpartition(", ")[0]

    @property
    def says(self) -> str:
        """Describe where it is, and how many checks wait for it."""
        where = self.todo.rpartition(", ")[2]
        return f"{where}: {counted(len(self.items), 'check')} wait for it, first {self.items[0].name}"

    @property
    def max_points(self) -> Fraction:
        """Sum what the items are worth."""
        return sum((item.max_points for item in self.items), Fraction(0))


@renderer
def rows_of(seen: VisibleResult, part: str) -> list[Row]:
    """Return the rows of one part: checks that wait for the same function in one, where the first of them stood."""
    awaited = _awaited(seen.checks)
    groups: dict[str, list[Item]] = {}
    for place, item in enumerate(seen.items):
        if item.part == part:
            groups.setdefault(awaited.get(item.name) or f"\n{place}", []).append(item)
    return [
        Row(tuple(items), key if len(items) > 1 and not key.startswith("\n") else "") for key, items in groups.items()
    ]


def _awaited(checks: Sequence[CheckResult]) -> Mapping[str, str]:
    """Tell of each check that waits for one unwritten function alone, for which."""
    awaited: dict[str, str] = {}
    failing = {check.name for check in checks if check.status is not Status.PASSED}
    for check in checks:
        if check.status is Status.UNWRITTEN and check.verdict.todo:
            awaited[check.name] = check.verdict.todo
        elif check.status is Status.BLOCKED and not check.is_open:
            for_what = {awaited.get(need, "") for need in check.check.needs if need in failing}
            if len(for_what) == 1 and (todo := for_what.pop()):
                awaited[check.name] = todo
    return awaited
