from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from example_results import CONV_BACKWARD, changed, hostile_result, perfect_result, rich_result

from grader.exports.single.markus import lines
from grader.model.result import Result, RuleOutcome
from grader.model.status import Status
from grader.results.visibility import View, visible_to


def objects(result: Result) -> list[dict[str, Any]]:
    """Read what was printed as the autotester does: JSON values one after the other, whatever stands between them."""
    text, decoder, found = lines(visible_to(result, View.STUDENT)).strip(), json.JSONDecoder(), []
    while text:
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:].lstrip()
    return found


def test_every_check_is_a_test_with_its_marks() -> None:
    tests = [entry for entry in objects(rich_result()) if "marks_total" in entry]
    assert len(tests) == 13
    assert (tests[1]["name"], tests[1]["marks_earned"], tests[1]["marks_total"]) == ("conv_backward", 4.5, 9)


@pytest.mark.parametrize(
    ("status", "points", "word"),
    [
        (Status.PASSED, 9, "pass"),
        (Status.FAILED, 0, "fail"),
        (Status.FAILED, 1, "partial"),
        (Status.UNWRITTEN, 0, "fail"),
        (Status.BLOCKED, 0, "fail"),
        (Status.RAISED, 0, "error"),
        (Status.RAISED, 1, "partial"),
        (Status.VOID, 0, "error"),
    ],
)
def test_a_status_has_a_word_of_markus(status: Status, points: int, word: str) -> None:
    check = changed(CONV_BACKWARD, status=status, points=Fraction(points))
    assert objects(replace(rich_result(), rules=(), checks=(check,)))[0]["status"] == word


def marks(result: Result) -> list[float]:
    return [entry["marks_earned"] for entry in objects(result) if "marks_total" in entry]


def test_the_marks_of_the_tests_add_up_to_the_score_that_rules_left() -> None:
    """Extra marks would be added again by every further run of the tests, and are no part of their total."""
    result = rich_result()
    seen = visible_to(result, View.STUDENT)
    assert any(rule.points for rule in seen.rules)
    assert sum(marks(result)) == pytest.approx(float(seen.score))
    assert not [entry for entry in objects(result) if "extra_marks" in entry]
    (comment,) = [entry["overall_comment"] for entry in objects(result) if "overall_comment" in entry]
    assert "what this changes stands in the marks of conv_forward" in comment
    lacking = [entry for entry in objects(result) if entry.get("marks_earned", 0) < entry.get("marks_total", 0)]
    assert "pass" not in {entry["status"] for entry in lacking}  # a test that passed and has a mark less read as a bug


def test_what_a_person_adds_is__the_marks_that_are_lacking() -> None:
    result = replace(rich_result(), rules=(RuleOutcome("override", "two points more", Fraction(2)),))
    earned, more = marks(replace(result, rules=())), marks(result)
    assert sum(more) - sum(earned) == pytest.approx(2)
    totals = [entry["marks_total"] for entry in objects(result) if "marks_total" in entry]
    assert all(before <= after <= total for before, after, total in zip(earned, more, totals, strict=True))


def test_nothing_is_said_of_rules_where_none_took_points() -> None:
    assert [entry for entry in objects(perfect_result()) if "marks_total" not in entry] == []


def test_time_is_in_whole_milliseconds() -> None:
    assert objects(rich_result())[0]["time"] == 16


def test_a_hostile_submission_adds_no_line() -> None:
    assert len(lines(visible_to(hostile_result(), View.STUDENT)).splitlines()) == len(objects(hostile_result())) == 14
