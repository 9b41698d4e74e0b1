"""A result as Gradescope's `results.json`. Pure.

Source: Gradescope's autograder documentation, "Autograder Specifications" and "Submission Metadata".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from grader.exports.format import SingleFormat
from grader.exports.plain import VOID_SENTENCE, feedback, is_void, number, passed_text, score_text
from grader.model.assignment import Visibility
from grader.model.measure import Better
from grader.model.result import Item, RuleOutcome
from grader.model.status import Status
from grader.results.codec import Json, as_text
from grader.results.visibility import View, VisibleResult, narrowed, not_shown, renderer
from grader.results.withheld import answer_notes
from grader.wording.statuses import next_command, partial_warning
from grader.wording.text import one_line, points_text


@renderer
def results_json(whole: VisibleResult, remarks: Sequence[str] = ()) -> dict[str, Json]:
    """Write a result with every check and its visibility, since Gradescope itself shows each when it may be seen.

    The total at the top counts every check and replaces the sum of the rows; the text beside it is about what a
    student may see from the beginning, and ends with `remarks`, such as how late the submission is. `whole` is the
    instructor's view.
    """
    public = narrowed(whole, View.STUDENT)
    return {
        "score": number(whole.score),
        "execution_time": round(whole.seconds, 3),
        "output": _overview(whole, public, remarks),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [*_test_rows(whole), *(_rule_row(rule) for rule in public.rules if rule.points)],
        **_leaderboard(public),
        "extra_data": {"grade": _provenance(whole)},
    }


def unjudged(sentence: str, score: float) -> dict[str, Json]:
    """Write a file for a submission that could not be judged: well formed, saying why, with the score to keep."""
    return {
        "score": score,
        "output": one_line(sentence),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [],
        "extra_data": {"grade": {"judged": False}},
    }


def carried_over(previous: Mapping[str, Json], score: float, sentence: str) -> dict[str, Json]:
    """Return an earlier submission's results again with its score, under a sentence why this one was not graded."""
    if not isinstance(previous.get("tests"), list):
        return unjudged(sentence, score)
    return {**previous, "score": score, "output": one_line(sentence), "output_format": "text"}


def _overview(whole: VisibleResult, public: VisibleResult, remarks: Sequence[str]) -> str:
    withheld = [check for check in whole.checks if check.visibility is not Visibility.VISIBLE]
    # The sum of all checks is Gradescope's to show: it hides it while a check that counts is still hidden.
    head = passed_text(public.checks) if withheld else f"{score_text(whole)}; {passed_text(public.checks)}"
    lines = [f"{one_line(whole.title)}: {head}"]
    lines += [warning] if (warning := partial_warning(whole.left_out)) else []
    lines += [VOID_SENTENCE] if is_void(whole) else []
    if withheld:
        lines.append(f"{not_shown(withheld)} from the beginning")
        lines += map(one_line, answer_notes(public.withheld_checks))
    lines += [f"{one_line(rule.message)}{_cost(rule)}" for rule in public.rules]
    lines += [one_line(text) for text in (*remarks, *whole.notes)]
    command = next_command(public.assignment, public.checks, public.rules, withheld=public.withheld_checks)
    return "\n".join([*lines, "", f"Next: {one_line(command)}"])


def _cost(rule: RuleOutcome) -> str:
    return f" ({points_text(rule.points)} points)" if rule.points else ""


@renderer
def _leaderboard(public: VisibleResult) -> dict[str, Json]:
    """Write what was measured, which every student of the class gets to see, so only of checks that all may see."""
    measured = [(check, check.measurement) for check in public.checks if check.measurement is not None]
    names = [one.name for _, one in measured]
    rows: list[Json] = [
        {
            "name": one_line(one.name if names.count(one.name) == 1 else f"{check.name}: {one.name}"),
            "value": number(one.shown),
            "order": "desc" if one.better is Better.HIGHER else "asc",
        }
        for check, one in measured
    ]
    return {"leaderboard": rows} if rows else {}


def _test_rows(whole: VisibleResult) -> list[Json]:
    rows: list[Json] = []
    for place, part in enumerate(whole.parts, 1):
        items = [item for item in whole.items if item.part == part.name]
        rows += [_test_row(item, part.title, f"{place}.{index}") for index, item in enumerate(items, 1)]
    return rows


def _test_row(item: Item, title: str, place: str) -> Json:
    return {
        "name": f"{one_line(title)}: {one_line(item.name)}",
        "name_format": "text",
        "number": place,
        "score": number(item.points),
        "max_score": number(item.max_points),
        "status": "passed" if item.status is Status.PASSED else "failed",
        "output": feedback(item),
        "output_format": "text",
        "tags": [one_line(item.part), item.status.value],
        "visibility": item.visibility.value,
        "extra_data": {"check": one_line(item.name), "mistakes": [one_line(known.name) for known in item.mistakes]},
    }


def _rule_row(rule: RuleOutcome) -> Json:
    return {
        "name": f"Rule: {one_line(rule.rule)}",
        "name_format": "text",
        "score": number(rule.points),
        "max_score": 0,
        "status": "failed",
        "output": one_line(rule.message),
        "output_format": "text",
        "tags": ["rule"],
        "visibility": "visible",
        "extra_data": {"rule": one_line(rule.rule)},
    }


def _provenance(whole: VisibleResult) -> dict[str, Json]:
    """Return what the score depends on. The seed of hidden cases is not among it: students may get to see this."""
    provenance = whole.provenance
    return {
        "judged": True,
        "assignment": one_line(whole.assignment),
        "submission": provenance.submission,
        "tests": provenance.tests,
        "reference": provenance.reference,
        "versions": dict(provenance.versions),
        "isolation": list(provenance.isolation),
        "graded_at": provenance.graded_at,
        **({} if provenance.variant is None else {"variant": provenance.variant}),
    }


FORMAT: Final = SingleFormat(
    description="Gradescope's results.json with every check, since Gradescope itself hides what is not to be seen yet",
    suffix=".json",
    render=lambda whole, _: as_text(results_json(whole)),
    hides=True,
)
