"""What a graded submission comes to: marks by hand and overrides put in, rules applied again, lateness taken off.

The result of a grading is kept as it was graded; this is what reports and exports are made from. Reads nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from grader.late import LateDecision
from grader.model import CheckResult, Consequence, OutputRule, PartScore, Result, RuleOutcome, Status
from grader.scoring import total
from grader.views import points_text

BY_HAND: Final = "by_hand"
BY_HAND_TITLE: Final = "Marked by hand"
OUTPUT: Final = "output"
OVERRIDE: Final = "override"


@dataclass(frozen=True, slots=True)
class Override:
    """Points that a person set: of one check, or of everything where `check` is empty."""

    check: str
    points: Fraction
    why: str


@dataclass(frozen=True, slots=True)
class Mark:
    """One row that a person marked."""

    row: str
    title: str
    points: Fraction
    max_points: Fraction
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Adjustments:
    """What people and the clock add to what the checks say."""

    late: LateDecision | None = None
    overrides: tuple[Override, ...] = ()
    marks: tuple[Mark, ...] = ()


def standing(result: Result, rule: OutputRule, adjustments: Adjustments) -> Result:
    """Give a result as it counts, every adjustment told in it.

    Args:
        result: As graded.
        rule: The assignment's on output, whose cost depends on the points before it.
        adjustments: Points by hand come before the rule, lateness after it, and a score set by hand wins over all.
    """
    by_check = {override.check: override for override in adjustments.overrides if override.check}
    checks = tuple(_overridden(check, by_check.get(check.name)) for check in result.checks)
    parts = _parts(result.parts, checks)
    if adjustments.marks:
        checks = (*checks, *map(_marked, adjustments.marks))
        parts = (*parts, _part_by_hand(adjustments.marks))
    before = sum((check.points for check in checks), Fraction(0))
    rules = tuple(_recounted(outcome, rule, before) for outcome in result.rules)
    if adjustments.late is not None:
        rules = (*rules, *adjustments.late.outcomes(total(checks, rules)))
    final = next((override for override in adjustments.overrides if not override.check), None)
    if final is not None:
        changed = final.points - total(checks, rules)
        rules = (*rules, RuleOutcome(OVERRIDE, f"set to {points_text(final.points)} by hand: {final.why}", changed))
    gone = sorted(by_check.keys() - {check.name for check in result.checks})
    notes = (f"points set by hand for {name} do not count: there is no such check any more" for name in gone)
    more = sum((mark.max_points for mark in adjustments.marks), Fraction(0))
    return replace(
        result, score=total(checks, rules), max_score=result.max_score + more, parts=parts, checks=checks, rules=rules,
        notes=(*result.notes, *notes),
    )  # fmt: skip


def _overridden(check: CheckResult, override: Override | None) -> CheckResult:
    if override is None:
        return check
    reason = f"set to {points_text(override.points)} of {points_text(check.max_points)} by hand: {override.why}"
    return replace(check, points=override.points, reasons=(*check.reasons, reason))


def _parts(parts: Iterable[PartScore], checks: Sequence[CheckResult]) -> tuple[PartScore, ...]:
    return tuple(
        replace(part, points=sum((check.points for check in checks if check.part == part.name), Fraction(0)))
        for part in parts
    )


def _marked(mark: Mark) -> CheckResult:
    status = Status.PASSED if mark.points >= mark.max_points else Status.FAILED
    return CheckResult(mark.row, BY_HAND, status, mark.points, mark.max_points, mark.title, mark.comment)


def _part_by_hand(marks: Sequence[Mark]) -> PartScore:
    points = sum((mark.points for mark in marks), Fraction(0))
    return PartScore(BY_HAND, BY_HAND_TITLE, points, sum((mark.max_points for mark in marks), Fraction(0)))


def _recounted(outcome: RuleOutcome, rule: OutputRule, before: Fraction) -> RuleOutcome:
    """Count the rule on output again: what it takes depends on what there is to take."""
    if outcome.rule != OUTPUT:
        return outcome
    takes = {
        Consequence.WARN: Fraction(0),
        Consequence.DEDUCT: min(rule.points, before),
        Consequence.ZERO: before,
    }
    return replace(outcome, points=-takes[rule.consequence])
