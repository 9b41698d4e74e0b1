from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from any_results import any_results
from example_results import CONV_BACKWARD, changed, perfect_result, rich_result
from export_formats import CONTEXT, MARKDOWN, NEWER_RUN, RUN, RUNNER, validator
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.exports.single import classroom50
from grader.exports.single.classroom50 import (
    BODY_BYTES,
    HUNDREDTHS,
    LEFT_OUT,
    WHOLE,
    release_body,
    result_json,
    scale_for,
    scaling_note,
    summary_line,
    units,
)
from grader.model.result import Result
from grader.results.codec import as_text
from grader.results.visibility import View, visible_to


def written(result: Result, scale: int = HUNDREDTHS) -> dict[str, Any]:
    return dict(result_json(visible_to(result, View.STUDENT), RUN, scale))


@given(st.fractions(0, 100, max_denominator=997), st.fractions(0, 100, max_denominator=997), st.sampled_from([1, 100]))
def test_units_lie_between_none_and_all(points: Fraction, most: Fraction, scale: int) -> None:
    assert 0 <= units(points, most, scale) <= max(units(most, most, scale), 0)


@given(st.fractions(0, 100, max_denominator=997), st.sampled_from([1, 100]))
def test_only_all_points_are_written_as_all_units(most: Fraction, scale: int) -> None:
    nearly = most - Fraction(1, 1_000_000)
    assert units(nearly, most, scale) < units(most, most, scale) or units(most, most, scale) == 0


@pytest.mark.parametrize(
    ("points", "most", "scale", "written_as"),
    [
        (Fraction(9, 2), Fraction(9), 100, 450),
        (Fraction(5, 3), Fraction(5), 100, 167),
        (Fraction(-1), Fraction(5), 100, 0),
        (Fraction(6), Fraction(5), 100, 500),
        (Fraction(3), Fraction(5), 1, 3),
        (Fraction(29, 10), Fraction(3), 1, 2),
        (Fraction(0), Fraction(0), 100, 0),
    ],
)
def test_points_become_units(points: Fraction, most: Fraction, scale: int, written_as: int) -> None:
    assert units(points, most, scale) == written_as


def test_a_rubric_of_whole_points_needs_no_scale() -> None:
    assert scale_for([Fraction(3), Fraction(0)], partial=False) == WHOLE


@pytest.mark.parametrize(
    ("points", "partial"), [([Fraction(3)], True), ([Fraction(1, 2)], False), ([Fraction("2.6"), Fraction(1)], False)]
)
def test_a_rubric_that_can_give_fractions_counts_in_hundredths(points: list[Fraction], *, partial: bool) -> None:
    assert scale_for(points, partial=partial) == HUNDREDTHS


@settings(max_examples=40, deadline=None)
@given(any_results())
def test_no_score_is_above_its_maximum(result: Result) -> None:
    document = dict(result_json(visible_to(result, View.INSTRUCTOR), RUN, HUNDREDTHS))
    rows = [document, *document["tests"]]  # type: ignore[misc]  # the tests are a list, as its schema says
    assert all(0 <= row["score"] <= row["max-score"] for row in rows)  # type: ignore[call-overload,operator,index]


def test_each_test_says_the_points_that_its_integers_stand_for() -> None:
    row = written(rich_result())["tests"][1]
    assert (row["test-name"], row["score"], row["max-score"]) == ("conv_backward", 450, 900)
    assert (row["points"], row["passed"]) == ("4.5 of 9 points", False)


def test_a_scaled_result_says_what_its_integers_stand_for() -> None:
    said = "Classroom 50 keeps whole numbers: its 1967 of 7000 are 19.67 of 66 points, 4 points open, 100 to the point."
    visible = visible_to(rich_result(), View.STUDENT)
    assert scaling_note(visible, HUNDREDTHS) == said
    assert r"its 1967 of 7000 are 19\.67 of 66 points, 4 points open" in release_body(visible, MARKDOWN)


def test_a_result_in_points_needs_no_note() -> None:
    assert scaling_note(visible_to(perfect_result(), View.STUDENT), WHOLE) == ""
    assert "whole numbers" not in release_body(visible_to(perfect_result(), View.STUDENT), MARKDOWN, WHOLE)


def test_the_text_of_a_release_fits_into_an_argument_of_a_command() -> None:
    wide = tuple(changed(CONV_BACKWARD, message="β" * 1900, name=f"check_{place}") for place in range(900))
    text = release_body(visible_to(replace(rich_result(), checks=wide), View.STUDENT), MARKDOWN)
    assert len(text.encode()) <= BODY_BYTES
    assert "The rest is left out: Classroom 50 shows at most 96 KiB." in text
    assert "whole numbers" in text


def test_a_result_stays_within_what_the_collector_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classroom50, "MOST_BYTES", 60_000)
    wide = tuple(changed(CONV_BACKWARD, message="β" * 1900, name=f"check_{place}") for place in range(100))
    document = written(replace(rich_result(), checks=wide))
    assert len(as_text(document).encode()) <= 60_000
    assert (document["tests"][0]["message"] == LEFT_OUT, document["tests"][99]["message"]) == (False, LEFT_OUT)


def test_what_the_collector_cannot_read_in_rows_is_one_row_with_their_score(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classroom50, "MOST_BYTES", 20_000)
    many = replace(rich_result(), checks=tuple(changed(CONV_BACKWARD, name=f"check_{n}") for n in range(200)))
    document = written(many)
    assert len(as_text(document).encode()) <= 20_000
    scores = [units(item.points, item.max_points, HUNDREDTHS) for item in visible_to(many, View.STUDENT).items]
    assert sum(test["score"] for test in document["tests"]) == sum(scores)
    assert (document["tests"][-1]["message"], document["tests"][-1]["passed"]) == (LEFT_OUT, False)
    validator("classroom50.schema.json").validate(document)


def test_an_older_runner_gets_user_names_and_a_newer_one_the_owner_alone() -> None:
    visible = visible_to(rich_result(), View.STUDENT)
    older, newer = result_json(visible, RUN), result_json(visible, NEWER_RUN)
    assert (older["usernames"], "assignment_type" in older) == (["ada"], False)
    assert (newer["owner"], newer["assignment_type"], "usernames" in newer) == ("ada", "individual", False)


def test_what_the_runner_said_is_repeated() -> None:
    document = written(rich_result())
    assert [document[key] for key in ("classroom", "assignment", "submission", "commit", "release", "review")] == [
        RUNNER[name]
        for name in ("CLASSROOM", "ASSIGNMENT", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL", "REVIEW_URL")
    ]
    assert (document["datetime"], document["graded_at"]) == ("2026-11-21T22:40:07Z", CONTEXT.written_at)


def test_the_score_of_a_student_counts_what_the_student_may_see() -> None:
    assert written(rich_result(), 1)["max-score"] == 70
    hidden_too = result_json(visible_to(rich_result(), View.INSTRUCTOR), RUN, 1)
    assert hidden_too["max-score"] == 78


def test_the_summary_line_is_one_line() -> None:
    hostile = visible_to(replace(rich_result(), title="a\nstatus=success"), View.STUDENT)
    assert summary_line(hostile) == "a status=success: 19.67 of 66 points, 4 points open, 3 of 13 checks passed"
