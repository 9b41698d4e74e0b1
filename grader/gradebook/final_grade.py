"""What a graded submission comes to: marks by hand and overrides put in, rules applied again, lateness taken off.

The result of a grading is kept as it was graded; this is what reports and exports are made from. Reads nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from grader.model.assignment import Assignment, ManualRow
from grader.model.result import CheckResult, Item, ManualItem, Result, RuleOutcome
from grader.rules.late import RULE, LateDecision
from grader.rules.registry import renewed
from grader.rules.scoring import part_scores, total
from grader.wording.text import points_text

OVERRIDE: Final = "override"


@dataclass(frozen=True, slots=True)
class Override:
    """Points that a person set: of one check, or of everything where `check` is empty."""

    check: str
    points: Fraction
    why: str


@dataclass(frozen=True, slots=True)
class Mark:
    """One row as a person marked it; title and highest points are those of the rubric at that time."""

    row: str
    title: str
    points: Fraction
    max_points: Fraction
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Adjustments:
    """What people and the clock add to what the checks say. `rows` are those of the rubric that people mark."""

    late: LateDecision | None = None
    overrides: tuple[Override, ...] = ()
    marks: tuple[Mark, ...] = ()
    rows: tuple[ManualRow, ...] = ()

    @property
    def digest(self) -> str:
        """Hash what changes points or is told, but for the words about lateness, which follow from its figures."""
        late = None if self.late is None else replace(self.late, lines=(), terms="")
        return hashlib.sha256(repr(replace(self, late=late)).encode("utf-8", "backslashreplace")).hexdigest()


def apply_adjustments(result: Result, assignment: Assignment, adjustments: Adjustments) -> Result:
    """Return a result as it counts, every adjustment told in it.

    Args:
        result: As graded.
        assignment: What its rules take depends on the points before them.
        adjustments: Points by hand come before the rules, lateness after them, and a score set by hand wins over all.
    """
    by_check = {override.check: override for override in adjustments.overrides if override.check}
    by_row = {mark.row: mark for mark in adjustments.marks}
    by_hand = tuple(_marked(row, by_row.get(row.name)) for row in adjustments.rows)
    checks = tuple(_overridden(check, by_check.get(check.name)) for check in result.checks)
    items: tuple[Item, ...] = (*checks, *by_hand)
    before = sum((item.points for item in items), Fraction(0))
    rules = renewed(assignment, result.rules, before)
    if adjustments.late is not None:
        rules = (*rules, *adjustments.late.outcomes(total(items, rules)))
    final = next((override for override in adjustments.overrides if not override.check), None)
    if final is not None:
        changed = final.points - total(items, rules)
        rules = (*rules, RuleOutcome(OVERRIDE, f"set to {points_text(final.points)} by hand: {final.why}", changed))
    gone = sorted(by_check.keys() - {check.name for check in result.checks})
    gone_rows = sorted(by_row.keys() - {row.name for row in adjustments.rows})
    notes = (
        *(f"points set by hand for {name} do not count: there is no such check any more" for name in gone),
        *(f"the mark for {by_row[name].title} does not count: there is no such row any more" for name in gone_rows),
    )
    return replace(
        result,
        score=total(items, rules),
        max_score=result.max_score + sum((row.points for row in adjustments.rows), Fraction(0)),
        parts=part_scores(result.parts, items),
        checks=checks,
        by_hand=by_hand,
        rules=rules,
        notes=(*result.notes, *notes),
    )


def late_points(result: Result) -> Fraction:
    """Return what lateness took, a number of at least zero."""
    return -sum((outcome.points for outcome in result.rules if outcome.rule == RULE), Fraction(0))


def _overridden(check: CheckResult, override: Override | None) -> CheckResult:
    if override is None:
        return check
    reason = f"set to {points_text(override.points)} of {points_text(check.max_points)} by hand: {override.why}"
    verdict = replace(check.verdict, reasons=(*check.reasons, reason))
    return replace(check, points=override.points, verdict=verdict)


def _marked(row: ManualRow, mark: Mark | None) -> ManualItem:
    """Put a mark to its row of the rubric, never above the points that the row has today."""
    if mark is None:
        return ManualItem(row=row)
    return ManualItem(row=row, mark=min(mark.points, row.points), comment=mark.comment)
