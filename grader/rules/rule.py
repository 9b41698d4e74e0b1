"""What a rule is handed, what it returns, and how its outcome is counted again after points changed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Protocol

from grader.model.assignment import Assignment
from grader.model.observation import Operation
from grader.model.result import Evidence, RuleOutcome
from grader.wording.failures import Quotable


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was observed of a submission beside its answers.

    `printed_example` is a line that the student may see. `operations` are the forbidden ones that were recorded in the
    calls of each check, `seconds` the processor time of these calls. `submitted` is what of the submission may be
    quoted.
    """

    printed_lines: int = 0
    printed_example: str = ""
    operations: Mapping[str, tuple[Operation, ...]] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    submitted: Quotable = field(default_factory=partial(Quotable, sources={}))


class Rule(Protocol):
    """One rule; a module with these functions is one.

    Evidence is what was found and what that costs: with the points before the rule, all that an outcome depends on.
    """

    @property
    def NAME(self) -> str:  # noqa: N802  # a constant of the module
        """Return the name that its outcomes carry."""

    def terms(self, assignment: Assignment) -> str:
        """Return what breaking the rule costs, told before the deadline; empty where the rubric has no such rule."""

    def find(self, assignment: Assignment, facts: Facts) -> Evidence | None:
        """Return the evidence that the rule was broken; None where it was not."""

    def renewed(self, assignment: Assignment, evidence: Evidence) -> Evidence | None:
        """Return evidence with what the rubric asks now; None where it asks nothing any more."""

    def parsed(self, message: str) -> Evidence:
        """Return the evidence of an outcome that was kept without; empty where the message does not tell it."""

    def outcome(self, evidence: Evidence, score: Fraction) -> RuleOutcome:
        """Return the points that the rule takes of a score, and the sentence that says so.

        Raises:
            KeyError, ValueError: the evidence is not one that this version writes.
        """
