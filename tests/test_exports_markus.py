from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from example_results import CONV_BACKWARD, changed, hostile_result, perfect_result, rich_result

from grader.exports.single.markus import lines
from grader.model import Result, Status
from grader.visibility import View, visible_to


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
    assert objects(replace(rich_result(), checks=(check,)))[0]["status"] == word


def test_what_a_rule_took_is_an_extra_mark() -> None:
    (extra,) = [entry["extra_marks"] for entry in objects(rich_result()) if "extra_marks" in entry]
    assert extra == [
        {
            "id": "output",
            "mark": -1.5,
            "description": "modules/relu.py prints 2 lines; the assignment asks for no output (1.5 points taken)",
            "unit": "points",
        }
    ]


def test_there_is_no_extra_mark_where_no_rule_took_points() -> None:
    assert [entry for entry in objects(perfect_result()) if "marks_total" not in entry] == []


def test_time_is_in_whole_milliseconds() -> None:
    assert objects(rich_result())[0]["time"] == 16


def test_a_hostile_submission_adds_no_line() -> None:
    assert len(lines(visible_to(hostile_result(), View.STUDENT)).splitlines()) == len(objects(hostile_result())) == 15
