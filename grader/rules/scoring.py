"""Turn verdicts into points. Exact fractions throughout; rounding is the renderers' business."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from grader.model.assignment import Assignment, Check
from grader.model.result import CheckResult, Item, PartScore, RuleOutcome, Verdict
from grader.model.status import Status


def check_results(assignment: Assignment, verdicts: Sequence[Verdict]) -> tuple[CheckResult, ...]:
    """Join rubric rows and verdicts. A row without a verdict `died`: silence is never a pass."""
    answered = {verdict.check: verdict for verdict in verdicts}
    return tuple(check_result(check, answered.get(check.name)) for check in assignment.checks)


def check_result(check: Check, verdict: Verdict | None) -> CheckResult:
    """Score one rubric row."""
    if verdict is None:
        verdict = Verdict(check=check.name, status=Status.DIED, message="no verdict was given")
    return CheckResult(check=check, verdict=verdict, points=earned(check, verdict))


def earned(check: Check, verdict: Verdict) -> Fraction:
    """Return the points of one check: all for `passed`, a share by case where the rubric says so, else none."""
    if verdict.status is Status.PASSED:
        return check.points
    spoilt = verdict.status in {Status.VOID, Status.FORBIDDEN}
    return check.points * verdict.share if check.partial and not spoilt else Fraction(0)


def part_scores(assignment: Assignment, checks: Sequence[CheckResult]) -> tuple[PartScore, ...]:
    """Sum the points of each part."""
    scores = []
    for part in assignment.parts:
        rows = [check for check in checks if check.part == part.name]
        scores.append(
            PartScore(
                name=part.name,
                title=part.title,
                points=sum((row.points for row in rows), Fraction(0)),
                max_points=sum((row.max_points for row in rows), Fraction(0)),
            )
        )
    return tuple(scores)


def total(items: Sequence[Item], rules: Sequence[RuleOutcome]) -> Fraction:
    """Sum checks, marks and rules; never below zero."""
    earned = sum((item.points for item in items), Fraction(0))
    return max(Fraction(0), earned + sum((rule.points for rule in rules), Fraction(0)))
