"""A result as the JSON lines that a custom tester of MarkUs prints, one object to a line. Pure.

Source: the MarkUs autotester, `_create_test_group_result`, and MarkUs, `TestRun#update_results!`.
"""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Final

from grader.exports.format import SingleFormat
from grader.exports.plain import BROKE_OFF, feedback, number
from grader.model.result import Item
from grader.model.status import Status
from grader.results.codec import Json
from grader.results.visibility import VisibleResult, renderer
from grader.wording.text import one_line

MILLISECONDS = 1000


@renderer
def lines(seen: VisibleResult) -> str:
    """Write a line for each check, then what rules did and the notes. The marks of the tests add up to the score.

    There are no extra marks: they are points outside the test's total, and every further run of the tests adds them
    again. There are no annotations: MarkUs looks their files up by name alone and drops a whole run over one it has not
    got.
    """
    marks, changed = _marks(seen)
    objects: list[dict[str, Json]] = [_test(item, points) for item, points in zip(seen.items, marks, strict=True)]
    said = [one_line(text) for text in (*(rule.message for rule in seen.rules), *seen.notes)]
    if changed:
        said.append(f"what this changes stands in the marks of {', '.join(changed)}")
    if said:
        objects.append({"overall_comment": "\n".join(said)})
    return "".join(f"{json.dumps(entry)}\n" for entry in objects)


def _marks(seen: VisibleResult) -> tuple[list[Fraction], list[str]]:
    """Take what rules took from the tests that earned most, or add it where most is lacking; name these tests."""
    marks = [item.points for item in seen.items]
    change = sum((rule.points for rule in seen.rules), Fraction(0))
    room = [*marks] if change < 0 else [item.max_points - item.points for item in seen.items]
    left, changed = abs(change), []
    for place in sorted(range(len(marks)), key=lambda place: -room[place]):
        part = min(left, room[place])
        if part > 0:
            changed.append(one_line(seen.items[place].name))
            marks[place] += part if change > 0 else -part
            left -= part
    return marks, changed


def _test(item: Item, points: Fraction) -> dict[str, Json]:
    return {
        "name": one_line(item.name),
        "output": feedback(item),
        "marks_earned": number(points),
        "marks_total": number(item.max_points),
        "status": _status(item, points),
        "time": round(item.cpu_seconds * MILLISECONDS),
    }


def _status(item: Item, points: Fraction) -> str:
    """Return MarkUs's word for a test: what a rule took makes no pass of it, since the marks lack something."""
    if item.status is Status.PASSED and points >= item.max_points:
        return "pass"
    if points > 0:
        return "partial"
    return "error" if item.status in BROKE_OFF else "fail"


FORMAT: Final = SingleFormat(
    description="The lines of JSON that a custom tester of MarkUs prints",
    suffix=".jsonl",
    render=lambda seen, _: lines(seen),
)
