"""A result as the JSON lines that a custom tester of MarkUs prints, one object to a line. Pure.

Source: the MarkUs autotester, `_create_test_group_result`, and MarkUs, `TestRun#update_results!`.
"""

from __future__ import annotations

import json

from grader.exports.plain import BROKE_OFF, feedback, number
from grader.model import CheckResult, Result, RuleOutcome, Status
from grader.results import Json
from grader.views import View, counted, one_line, seen_by

MILLISECONDS = 1000


def lines(result: Result, view: View = View.STUDENT) -> str:
    """Write a line for each check, then the points that rules took, then the notes.

    There are no annotations: MarkUs looks their files up by name alone and drops a whole run over one it has not got.
    """
    seen = seen_by(result, view)
    objects: list[dict[str, Json]] = [_test(check) for check in seen.checks]
    taken = [_extra_mark(rule) for rule in seen.rules if rule.points]
    if taken:
        objects.append({"extra_marks": list(taken)})
    said = [one_line(text) for text in (*(rule.message for rule in seen.rules), *seen.notes)]
    if said:
        objects.append({"overall_comment": "\n".join(said)})
    return "".join(f"{json.dumps(entry)}\n" for entry in objects)


def _test(check: CheckResult) -> dict[str, Json]:
    return {
        "name": one_line(check.name),
        "output": feedback(check),
        "marks_earned": number(check.points),
        "marks_total": number(check.max_points),
        "status": _status(check),
        "time": round(check.cpu_seconds * MILLISECONDS),
    }


def _status(check: CheckResult) -> str:
    if check.status is Status.PASSED:
        return "pass"
    if check.points > 0:
        return "partial"
    return "error" if check.status in BROKE_OFF else "fail"


def _extra_mark(rule: RuleOutcome) -> dict[str, Json]:
    says = f"{one_line(rule.message)} ({counted(abs(rule.points), 'point')} taken)"
    return {"id": one_line(rule.rule), "mark": number(rule.points), "description": says, "unit": "points"}
