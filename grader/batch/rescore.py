"""Score verdicts that are there already with a rubric whose points or words have changed. Reads nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from grader.model.answer import NamedAnswer
from grader.model.assignment import Assignment
from grader.model.result import CheckResult, Result, Verdict
from grader.model.status import Status
from grader.results.answers import told_by_answer
from grader.rules.registry import renewed
from grader.rules.scoring import check_results, part_scores, total


def rescored(
    result: Result, assignment: Assignment, tests: str, named: Mapping[str, Sequence[NamedAnswer]] | None = None
) -> Result:
    """Weigh a result's verdicts anew, and the rules that were broken, by a rubric of the same checks.

    `tests` is the hash of what decides verdicts, of which the rubric is a part, `named` are the wrong answers that
    instructors named by now.
    """
    partial = {check.name: check.partial for check in assignment.checks}
    verdicts = [_verdict(check, partial=partial.get(check.name, False)) for check in result.checks]
    checks = check_results(assignment, told_by_answer(verdicts, named or {}))
    rules = renewed(assignment, result.rules, total(checks, ()))
    return replace(
        result, title=assignment.title, checks=checks, parts=part_scores(assignment.parts, checks), rules=rules,
        score=total(checks, rules), max_score=assignment.max_score, provenance=replace(result.provenance, tests=tests),
    )  # fmt: skip


def _verdict(check: CheckResult, *, partial: bool) -> Verdict:
    """Return a verdict as the judge gave it, before what was measured decided how the check ended."""
    passed = sum(case.status is Status.PASSED for case in check.cases)
    is_measured = check.verdict.measured is not None and check.status is Status.FAILED and passed == len(check.cases)
    status = Status.PASSED if is_measured else check.status
    share = Fraction(passed, len(check.cases)) if partial and check.cases else Fraction(status is Status.PASSED)
    return replace(check.verdict, share=share, status=status)
