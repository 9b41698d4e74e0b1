"""Every rule there is, in the order in which they take points, and how they are applied. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from grader.model.assignment import Assignment
from grader.model.result import RuleOutcome
from grader.rules import forbidden, intent, output, processor_time
from grader.rules.rule import Facts, Rule

RULES: Final[tuple[Rule, ...]] = (output, forbidden, intent, processor_time)
BY_NAME: Final[Mapping[str, Rule]] = {rule.NAME: rule for rule in RULES}
FOR_INSTRUCTORS: Final = frozenset({intent.NAME, processor_time.NAME})
"""Rules whose outcomes are remarks that students are not shown."""


def terms(assignment: Assignment) -> dict[str, str]:
    """Return what breaking each rule of an assignment costs, by the rule's name."""
    return {rule.NAME: costs for rule in RULES if (costs := rule.terms(assignment))}


def broken(assignment: Assignment, facts: Facts, score: Fraction) -> tuple[RuleOutcome, ...]:
    """Apply the rules of an assignment, each to what the ones before it leave of a score."""
    outcomes = []
    for rule in RULES:
        evidence = rule.find(assignment, facts)
        if evidence is not None:
            outcomes.append(rule.outcome(evidence, score))
            score += outcomes[-1].points
    return tuple(outcomes)


def renewed(assignment: Assignment, outcomes: Sequence[RuleOutcome], score: Fraction) -> tuple[RuleOutcome, ...]:
    """Count outcomes again by the rubric as it is and the points before them; drop what it allows now."""
    return recounted(tuple(_renewed(assignment, outcomes)), score)


def recounted(outcomes: Sequence[RuleOutcome], score: Fraction) -> tuple[RuleOutcome, ...]:
    """Count outcomes again after the points before them changed."""
    counted = []
    for outcome in map(_with_evidence, outcomes):
        counted.append(_counted(outcome, score))
        score += counted[-1].points
    return tuple(counted)


def _counted(outcome: RuleOutcome, score: Fraction) -> RuleOutcome:
    try:
        return BY_NAME[outcome.rule].outcome(outcome.evidence, score)
    except (KeyError, ValueError):  # lateness, points by hand, or evidence that another version wrote
        return replace(outcome, points=max(outcome.points, -score))


def _renewed(assignment: Assignment, outcomes: Sequence[RuleOutcome]) -> Iterator[RuleOutcome]:
    for outcome in map(_with_evidence, outcomes):
        rule = BY_NAME.get(outcome.rule)
        if rule is None or not outcome.evidence:
            yield outcome
        elif (evidence := rule.renewed(assignment, outcome.evidence)) is not None:
            yield replace(outcome, evidence=evidence)


def _with_evidence(outcome: RuleOutcome) -> RuleOutcome:
    """Put in what a document of version 1 says in its message alone."""
    rule = BY_NAME.get(outcome.rule)
    return outcome if rule is None or outcome.evidence else replace(outcome, evidence=rule.parsed(outcome.message))
