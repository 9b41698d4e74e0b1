"""A result as PrairieLearn's `results.json` of an external grader. Pure.

Source: PrairieLearn's documentation, "External Grading", and its element `pl-external-grader-results`.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from grader.exports.bounded_rows import Row, sum_of, within
from grader.exports.format import SingleFormat
from grader.exports.plain import VOID_SENTENCE, feedback, is_void, number, passed_text, score_text
from grader.model.result import Item, RuleOutcome
from grader.model.status import Status
from grader.results.codec import Json, as_text
from grader.results.visibility import VisibleResult, renderer
from grader.wording.statuses import WORDS
from grader.wording.text import one_line

MOST_BYTES = 1_000_000  # of the file, which PrairieLearn limits to 1 MB
LEFT_OUT = "left out: PrairieLearn takes at most 1 MB"


@renderer
def results_json(seen: VisibleResult) -> Row:
    """Write a result as a score between 0 and 1 with a row for each check.

    Where the course's own code failed the attempt is not gradable: PrairieLearn then neither gives nor takes points.
    Points that a rule took are a row of their own without maximum, which PrairieLearn draws in grey.
    """
    notes = "\n".join(one_line(note) for note in seen.notes)
    document: Row = {
        "gradable": not is_void(seen),
        "score": float(share(seen)),
        "message": f"{score_text(seen)}; {passed_text(seen.checks)}",
        "output": notes if len(notes.encode("utf-8", "backslashreplace")) <= MOST_BYTES // 2 else LEFT_OUT,
        "tests": [*map(_test, seen.items), *(_rule(rule) for rule in seen.rules if rule.points)],
    }
    if is_void(seen):
        document["format_errors"] = [VOID_SENTENCE]
    return within(document, MOST_BYTES, says="output", left_out=LEFT_OUT, together=_together)


@renderer
def share(seen: VisibleResult) -> Fraction:
    """Return the score as a share of all points; without any points it is all or nothing."""
    if seen.max_score > 0:
        return min(max(seen.score / seen.max_score, Fraction(0)), Fraction(1))
    return Fraction(int(all(item.status is Status.PASSED for item in seen.items)))


def _together(rows: Sequence[Row]) -> Row:
    points, most = (sum_of(rows, field) for field in ("points", "max_points"))
    return {
        "name": f"and {len(rows)} more",
        "description": LEFT_OUT,
        "points": points,
        "max_points": most,
        "message": "",
        "output": LEFT_OUT,
    }


def _test(item: Item) -> Json:
    return {
        "name": one_line(item.name),
        "description": one_line(item.description),
        "points": number(item.points),
        "max_points": number(item.max_points),
        "message": WORDS[item.status],
        "output": feedback(item),
    }


def _rule(rule: RuleOutcome) -> Json:
    return {
        "name": f"rule: {one_line(rule.rule)}",
        "description": one_line(rule.message),
        "points": number(rule.points),
        "max_points": 0,
        "message": "",
        "output": one_line(rule.message),
    }


FORMAT: Final = SingleFormat(
    description="The results.json of an external grader of PrairieLearn",
    suffix=".json",
    render=lambda seen, _: as_text(results_json(seen)),
)
