"""The rule on printing what the assignment does not ask for. Pure."""

from __future__ import annotations

import ast
import re
from fractions import Fraction
from typing import Final

from grader.model import Assignment, Evidence, Penalty, RuleOutcome
from grader.rules.rule import Facts

NAME: Final = "output"
MAX_EXAMPLE: Final = 80  # characters of a printed line
FREE: Final = "nothing in this edition"
EVERYTHING: Final = "all points"
MESSAGE: Final = re.compile(
    r"the code prints (?P<lines>\d+) lines? that the assignment does not ask for(?:, for example (?P<example>.+))?"
    rf": it costs (?:(?P<free>{FREE})|(?P<everything>{EVERYTHING})|(?P<points>[\d.]+(?:e[-+]\d+)?) points?)"
)


def terms(assignment: Assignment) -> str:
    """Return what printing costs; empty where it is allowed."""
    rule = assignment.output_rule
    if not rule.forbidden:
        return ""
    reported = "is reported, and " if rule.consequence is Penalty.WARN else ""
    costs = f"{reported}costs {_cost(rule.consequence, rule.points)}"
    return f"printing what the assignment does not ask for, in any check or at import, {costs}"


def find(assignment: Assignment, facts: Facts) -> Evidence | None:
    """Return how many lines were printed, with an example; None where there are none or printing is allowed."""
    if not facts.printed_lines:
        return None
    return renewed(assignment, {"lines": facts.printed_lines, "example": facts.printed_example[:MAX_EXAMPLE]})


def renewed(assignment: Assignment, evidence: Evidence) -> Evidence | None:
    """Return evidence with what printing costs now; None where it is allowed."""
    rule = assignment.output_rule
    if not rule.forbidden:
        return None
    return {**evidence, "consequence": rule.consequence.value, "points": str(rule.points)}


def parsed(message: str) -> Evidence:
    """Return the evidence of a message of version 1, which kept nothing else."""
    match = MESSAGE.fullmatch(message)
    if match is None:
        return {}
    consequence = Penalty.WARN if match["free"] else Penalty.ZERO if match["everything"] else Penalty.DEDUCT
    example = ast.literal_eval(match["example"]) if match["example"] else ""
    return {
        "lines": int(match["lines"]),
        "example": example,
        "consequence": consequence.value,
        "points": str(Fraction(match["points"] or 0)),
    }


def outcome(evidence: Evidence, score: Fraction) -> RuleOutcome:
    """Return what printing takes of a score, never more than there is, and say it."""
    consequence, lines = Penalty(str(evidence["consequence"])), int(evidence["lines"])
    takes = {
        Penalty.WARN: Fraction(0),
        Penalty.DEDUCT: min(Fraction(evidence["points"]), score),
        Penalty.ZERO: score,
    }[consequence]
    example = f", for example {evidence['example']!r}" if evidence["example"] else ""
    printed = f"the code prints {_counted(lines, 'line')} that the assignment does not ask for{example}"
    return RuleOutcome(NAME, f"{printed}: it costs {_cost(consequence, takes)}", -takes, evidence)


def _cost(consequence: Penalty, points: Fraction) -> str:
    costs = {Penalty.WARN: FREE, Penalty.DEDUCT: _counted(points, "point"), Penalty.ZERO: EVERYTHING}
    return costs[consequence]


def _counted(count: Fraction | int, noun: str) -> str:
    number = str(count) if isinstance(count, int) else f"{float(count):g}"
    return f"{number} {noun}{'' if count == 1 else 's'}"
