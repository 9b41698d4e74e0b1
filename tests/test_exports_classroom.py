from __future__ import annotations

import base64
import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from example_results import CONV_BACKWARD, hostile_result, perfect_result, rich_result
from export_formats import validator

from grader.exports.classroom import MOST_BYTES, encoded, notices, report
from grader.model import Result, Status
from grader.views import View


def read(text: str) -> dict[str, Any]:
    """Read a report as the reporter does."""
    return json.loads(base64.b64decode(text, validate=True))


def test_the_reporter_reads_back_what_was_written() -> None:
    assert read(encoded(report(hostile_result()))) == report(hostile_result())


def test_the_tests_add_up_to_the_score() -> None:
    total = sum(test["score"] for test in read(encoded(report(rich_result(), View.INSTRUCTOR)))["tests"])
    assert total == pytest.approx(float(rich_result().score), abs=0.02)


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (Status.PASSED, "pass"),
        (Status.FAILED, "fail"),
        (Status.UNWRITTEN, "fail"),
        (Status.BLOCKED, "fail"),
        (Status.RAISED, "error"),
        (Status.DIED, "error"),
        (Status.VOID, "error"),
    ],
)
def test_a_status_has_a_word_of_the_reporter(status: Status, word: str) -> None:
    one = replace(rich_result(), checks=(replace(CONV_BACKWARD, status=status),))
    assert read(encoded(report(one)))["tests"][0]["status"] == word


def test_the_whole_passes_only_where_every_check_does() -> None:
    assert report(perfect_result())["status"] == "pass"
    assert report(replace(rich_result(), checks=(CONV_BACKWARD,)))["status"] == "fail"
    assert report(rich_result())["status"] == "error"


def test_a_maximum_that_is_no_whole_number_is_rounded_up() -> None:
    assert report(replace(rich_result(), max_score=Fraction(29, 2)), View.INSTRUCTOR)["max_score"] == 15


def test_a_test_names_the_students_own_line() -> None:
    row = read(encoded(report(rich_result())))["tests"][1]
    assert (row["name"], row["filename"], row["line_no"]) == ("conv_backward", "modules/convolution.py", 71)


def test_the_notices_are_those_that_github_classroom_read() -> None:
    assert notices(rich_result()) == [
        "::notice title=Autograding complete::Points 19.67/70",
        '::notice title=Autograding report::{"totalPoints": 19.67, "maxPoints": 70}',
    ]


@pytest.mark.parametrize("number", [10, 100, 300])
def test_a_report_fits_into_an_environment_variable(number: int) -> None:
    check = replace(CONV_BACKWARD, message="x" * 1900)
    wide: Result = replace(rich_result(), checks=tuple(replace(check, name=f"check_{n}") for n in range(number)))
    text = encoded(report(wide))
    assert len(text) <= MOST_BYTES
    validator("classroom-v3.schema.json").validate(read(text))
    assert len(read(text)["tests"]) == number + 1
