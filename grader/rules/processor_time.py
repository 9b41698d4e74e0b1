"""How long the calls of checks took, beside what was recorded of forbidden operations: a remark, no verdict. Pure.

A loop over pixels that no count shows is slow. But so is a busy machine, and fast code may still call what is
forbidden.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from grader.model.assignment import Assignment
from grader.model.result import Evidence, RuleOutcome
from grader.rules.rule import Facts

NAME: Final = "processor_time"


def terms(assignment: Assignment) -> str:
    """Return nothing: a remark costs nothing."""
    del assignment
    return ""


def find(assignment: Assignment, facts: Facts) -> Evidence | None:
    """Return the processor time of all checks, and of the one that took the most; None where nothing is forbidden."""
    if not assignment.forbidden or not any(facts.seconds.values()):
        return None
    slowest = max(facts.seconds, key=facts.seconds.__getitem__)
    return {
        "milliseconds": round(1000 * sum(facts.seconds.values())),
        "check": slowest,
        "most": round(1000 * facts.seconds[slowest]),
    }


def renewed(assignment: Assignment, evidence: Evidence) -> Evidence | None:
    """Return the evidence; None where nothing is forbidden any more."""
    return evidence if assignment.forbidden else None


def parsed(message: str) -> Evidence:
    """Return nothing: no outcome of version 1 is of this rule."""
    del message
    return {}


def outcome(evidence: Evidence, score: Fraction) -> RuleOutcome:  # noqa: ARG001  # what every rule is handed
    """Say how long the calls took; nothing is lost by it."""
    total, most = (int(evidence[name]) / 1000 for name in ("milliseconds", "most"))
    message = (
        f"for a person to read, no verdict: the calls of all checks took {total:.2f} s of processor time, the most "
        f"those of {evidence['check']}, {most:.2f} s"
    )
    return RuleOutcome(NAME, message, Fraction(0), evidence)
