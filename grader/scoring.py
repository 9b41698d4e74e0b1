"""Turn verdicts into points. Exact fractions throughout; rounding is the renderers' business."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

from grader.model import (
    Assignment,
    Check,
    CheckResult,
    Item,
    OutputRule,
    PartScore,
    Penalty,
    RuleOutcome,
    Status,
    Verdict,
)

OUTPUT: Final = "output"
"""The name of the rule on printing."""


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
    """Give the points of one check: all for `passed`, a share by case where the rubric says so, else none."""
    if verdict.status is Status.PASSED:
        return check.points
    spoilt = verdict.status in {Status.VOID, Status.FORBIDDEN}
    return check.points * verdict.share if check.partial and not spoilt else Fraction(0)


def part_scores(assignment: Assignment, checks: Sequence[CheckResult]) -> tuple[PartScore, ...]:
    """Sum the points of each part."""
    scores = []
    for part in assignment.parts:
        rows = [check for check in checks if check.part == part.name]
        points = sum((row.points for row in rows), Fraction(0))
        scores.append(
            PartScore(
                name=part.name,
                title=part.title,
                points=points,
                max_points=sum((row.max_points for row in rows), Fraction(0)),
            )
        )
    return tuple(scores)


def total(items: Sequence[Item], rules: Sequence[RuleOutcome]) -> Fraction:
    """Sum checks, marks and rules; never below zero."""
    earned = sum((item.points for item in items), Fraction(0))
    return max(Fraction(0), earned + sum((rule.points for rule in rules), Fraction(0)))


def output_outcome(assignment: Assignment, lines: int, first: str, score: Fraction) -> RuleOutcome | None:
    """Apply the rule on extra output, or None when nothing was printed or printing is allowed.

    Args:
        assignment: Its rule decides.
        lines: How many lines the submission printed.
        first: A line that the student may see, or nothing.
        score: The points before the rule.
    """
    rule = assignment.output_rule
    if not rule.forbidden or not lines:
        return None
    example = f", for example {first[:80]!r}" if first else ""
    cost = min(rule.points, score)
    costs: Mapping[Penalty, tuple[Fraction, str]] = {
        Penalty.WARN: (Fraction(0), "it costs nothing in this edition"),
        Penalty.DEDUCT: (-cost, f"it costs {_counted(cost, 'point')}"),
        Penalty.ZERO: (-score, "it costs all points"),
    }
    points, says = costs[rule.consequence]
    printed = f"the code prints {_counted(lines, 'line')} that the assignment does not ask for"
    return RuleOutcome(OUTPUT, f"{printed}{example}: {says}", points)


def output_terms(rule: OutputRule) -> str:
    """Say what printing costs, for those who have not handed in yet; empty where it is allowed."""
    costs: Mapping[Penalty, str] = {
        Penalty.WARN: "is reported, and costs nothing in this edition",
        Penalty.DEDUCT: f"costs {_counted(rule.points, 'point')}",
        Penalty.ZERO: "costs all points",
    }
    if not rule.forbidden:
        return ""
    return f"printing what the assignment does not ask for, in any check or at import, {costs[rule.consequence]}"


def _counted(count: Fraction | int, noun: str) -> str:
    number = str(count) if isinstance(count, int) else f"{float(count):g}"
    return f"{number} {noun}{'' if count == 1 else 's'}"
