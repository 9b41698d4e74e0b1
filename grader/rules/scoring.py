"""Turn verdicts into points. Exact fractions throughout; rounding is the renderers' business."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from grader.model.assignment import Assignment, Check, Part
from grader.model.result import CheckResult, Item, PartScore, RuleOutcome, Verdict
from grader.model.status import Status
from grader.rules.measures import weighed


def check_results(assignment: Assignment, verdicts: Sequence[Verdict]) -> tuple[CheckResult, ...]:
    """Join rubric rows and verdicts. A row without a verdict `died`: silence is never a pass."""
    answered = {verdict.check: verdict for verdict in verdicts}
    return tuple(check_result(check, answered.get(check.name)) for check in assignment.checks)


def check_result(check: Check, verdict: Verdict | None) -> CheckResult:
    """Score one rubric row."""
    if verdict is None:
        verdict = Verdict(check=check.name, status=Status.DIED, message="no verdict was given")
    verdict, measurement = weighed(check, verdict)
    return CheckResult(check=check, verdict=verdict, points=earned(check, verdict), measurement=measurement)


def earned(check: Check, verdict: Verdict) -> Fraction:
    """Return the points of one check: all for `passed`, a share by case or by measure where the rubric says so.

    Of a check in which something forbidden was called the share is left that the rule left.
    """
    if verdict.status is Status.PASSED:
        return check.points
    is_shared = check.partial or (check.measure is not None and verdict.measured is not None)
    is_shared = (is_shared and verdict.status is not Status.VOID) or verdict.status is Status.FORBIDDEN
    return check.points * verdict.share if is_shared else Fraction(0)


def part_scores(parts: Iterable[Part | PartScore], items: Sequence[Item]) -> tuple[PartScore, ...]:
    """Sum the points of each part."""
    return tuple(
        PartScore(
            name=part.name,
            title=part.title,
            points=sum((item.points for item in items if item.part == part.name), Fraction(0)),
            max_points=sum((item.max_points for item in items if item.part == part.name), Fraction(0)),
        )
        for part in parts
    )


def total(items: Sequence[Item], rules: Sequence[RuleOutcome]) -> Fraction:
    """Sum checks, marks and rules; never below zero."""
    earned = sum((item.points for item in items), Fraction(0))
    return max(Fraction(0), earned + sum((rule.points for rule in rules), Fraction(0)))
