"""A result as the JSON lines that a custom tester of MarkUs prints, one object to a line. Pure.

Source: the MarkUs autotester, `_create_test_group_result`, and MarkUs, `TestRun#update_results!`.
"""

from __future__ import annotations

import json
from typing import Final

from grader.exports.format import SingleFormat
from grader.exports.plain import BROKE_OFF, feedback, number
from grader.model import Item, RuleOutcome, Status
from grader.results import Json
from grader.views import counted, one_line
from grader.visibility import VisibleResult, renderer

MILLISECONDS = 1000


@renderer
def lines(seen: VisibleResult) -> str:
    """Write a line for each check, then the points that rules took, then the notes.

    There are no annotations: MarkUs looks their files up by name alone and drops a whole run over one it has not got.
    """
    objects: list[dict[str, Json]] = [_test(item) for item in seen.items]
    taken = [_extra_mark(rule) for rule in seen.rules if rule.points]
    if taken:
        objects.append({"extra_marks": list(taken)})
    said = [one_line(text) for text in (*(rule.message for rule in seen.rules), *seen.notes)]
    if said:
        objects.append({"overall_comment": "\n".join(said)})
    return "".join(f"{json.dumps(entry)}\n" for entry in objects)


def _test(item: Item) -> dict[str, Json]:
    return {
        "name": one_line(item.name),
        "output": feedback(item),
        "marks_earned": number(item.points),
        "marks_total": number(item.max_points),
        "status": _status(item),
        "time": round(item.cpu_seconds * MILLISECONDS),
    }


def _status(item: Item) -> str:
    if item.status is Status.PASSED:
        return "pass"
    if item.points > 0:
        return "partial"
    return "error" if item.status in BROKE_OFF else "fail"


def _extra_mark(rule: RuleOutcome) -> dict[str, Json]:
    says = f"{one_line(rule.message)} ({counted(abs(rule.points), 'point')} taken)"
    return {"id": one_line(rule.rule), "mark": number(rule.points), "description": says, "unit": "points"}


FORMAT: Final = SingleFormat(
    description="The lines of JSON that a custom tester of MarkUs prints",
    suffix=".jsonl",
    render=lambda seen, _: lines(seen),
)
