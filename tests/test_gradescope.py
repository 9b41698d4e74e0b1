from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from example_results import rich_result
from export_formats import validator
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import MetadataError
from grader.exports.single.gradescope import results_json
from grader.integrations.gradescope import (
    Limit,
    Metadata,
    Previous,
    Terms,
    document,
    graded_moments,
    kept_score,
    late_remark,
    limited,
    read_metadata,
    refused_until,
    write_results,
)
from grader.integrations.platform import NOT_YOURS, NotJudged
from grader.results.visibility import View, visible_to

NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
HOUR_AGO = NOON - dt.timedelta(hours=1)
THREE_A_DAY = Limit(3, dt.timedelta(hours=24))
FULL: dict[str, Any] = {
    "id": 123456,
    "created_at": "2026-11-21T14:22:32.365935-07:00",
    "assignment": {
        "due_date": "2026-11-21T23:00:00.000000-07:00", "group_size": 4, "group_submission": True, "id": 25828,
        "course_id": 1234, "late_due_date": None, "release_date": "2026-11-01T00:00:00.000000-07:00",
        "title": "Convnet", "total_points": "20.0",
    },
    "submission_method": "upload",
    "users": [{"email": "student@example.com", "id": 1234, "name": "Student User"}],
    "previous_submissions": [
        {"submission_time": "2026-11-20T14:24:48.087023-07:00", "score": 0.0, "autograder_error": False, "results": {}},
        {"submission_time": "2026-11-19T14:24:48.087023-07:00", "score": 4.0, "autograder_error": True},
    ],
}  # fmt: skip


def hours(*after_noon: float) -> tuple[Previous, ...]:
    return tuple(Previous(submission_time=NOON + dt.timedelta(hours=hour)) for hour in after_noon)


def metadata(tmp_path: Path, text: str) -> Metadata | None:
    file = tmp_path / "submission_metadata.json"
    file.write_text(text, encoding="utf-8")
    return read_metadata(file)


def with_value(key: str, value: object) -> str:
    return json.dumps({**FULL, key: value})


def test_metadata_is_read_as_gradescope_writes_it(tmp_path: Path) -> None:
    read = metadata(tmp_path, json.dumps(FULL))
    assert read is not None
    assert read.created_at.isoformat() == "2026-11-21T14:22:32.365935-07:00"
    assert read.assignment.due_date is not None
    assert read.assignment.due_date.day == 21
    assert read.assignment.total_points == 20
    assert [(row.score, row.counts) for row in read.previous] == [(4.0, False), (0.0, True)]


def test_a_container_that_is_run_by_hand_has_no_metadata(tmp_path: Path) -> None:
    assert read_metadata(tmp_path / "submission_metadata.json") is None


def test_metadata_may_leave_out_all_but_the_moment(tmp_path: Path) -> None:
    assert metadata(tmp_path, '{"created_at": "2026-11-21T12:00:00Z"}') == Metadata(created_at=NOON)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not JSON: Expecting value"),
        ("[1, 2]", "the document is [1, 2]: input should be"),
        ("\udcff", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("{}", "created_at is missing"),
        (with_value("created_at", "yesterday"), "created_at is 'yesterday': input should be a valid datetime"),
        (
            with_value("created_at", "2026-11-21T14:22:32"),
            "created_at is '2026-11-21T14:22:32': input should have timezone",
        ),
        (with_value("assignment", {"due_date": 7.5e300}), "assignment.due_date is 7.5e+300: "),
        (with_value("previous_submissions", [{"score": 1}]), "previous_submissions.0.submission_time is missing"),
        (with_value("previous_submissions", "none"), "previous_submissions is 'none': input should be a valid list"),
    ],
)
def test_metadata_that_cannot_be_read_is_one_sentence(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "submission_metadata.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(MetadataError) as caught:
        read_metadata(file)
    assert message in str(caught.value)
    assert str(caught.value).startswith("submission_metadata.json")
    assert "\n" not in str(caught.value)


def test_metadata_that_is_a_folder_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "submission_metadata.json"
    file.mkdir()
    with pytest.raises(MetadataError, match=r"submission_metadata\.json cannot be read: Is a directory"):
        read_metadata(file)


def test_a_submission_within_the_limit_is_graded() -> None:
    assert refused_until(Metadata(created_at=NOON, previous_submissions=hours(-3, -2)), THREE_A_DAY) is None


def test_a_submission_over_the_limit_waits_until_the_first_of_them_is_a_day_old() -> None:
    assert refused_until(
        Metadata(created_at=NOON, previous_submissions=hours(-20, -3, -2)), THREE_A_DAY
    ) == NOON + dt.timedelta(hours=4)


def test_submissions_before_the_window_do_not_count() -> None:
    assert refused_until(Metadata(created_at=NOON, previous_submissions=hours(-26, -25, -24, -2)), THREE_A_DAY) is None


def test_submissions_that_were_refused_do_not_count() -> None:
    """Somebody who tries every hour is graded again as soon as the first of three is a day old."""
    tries = hours(-24, -23, -22, *range(-21, 0))
    assert refused_until(Metadata(created_at=NOON, previous_submissions=tries), THREE_A_DAY) is None


@pytest.mark.parametrize(
    "broken",
    [
        Previous(submission_time=HOUR_AGO, score=0.0, autograder_error=True),
        Previous(submission_time=HOUR_AGO, score=0.0, results={"extra_data": {"grade": {"judged": False}}}),
    ],
)
def test_submissions_on_which_our_side_broke_do_not_count(broken: Previous) -> None:
    assert refused_until(Metadata(created_at=NOON, previous_submissions=(*hours(-3, -2), broken)), THREE_A_DAY) is None


def test_a_regrade_of_an_old_submission_does_not_count_later_ones(tmp_path: Path) -> None:
    later = [{"submission_time": "2026-11-21T15:00:00-07:00", "score": 1.0}]
    read = metadata(tmp_path, with_value("previous_submissions", later))
    assert read is not None
    assert read.previous == []


@given(st.lists(st.integers(0, 500), max_size=30), st.integers(1, 4), st.integers(1, 30))
def test_no_span_of_the_window_holds_more_gradings_than_allowed(ticks: list[int], most: int, window: int) -> None:
    limit = Limit(most, dt.timedelta(hours=window))
    kept = graded_moments([NOON + dt.timedelta(hours=tick) for tick in sorted(ticks)], limit)
    for start in kept:
        assert sum(start <= moment < start + limit.window for moment in kept) <= most


@given(st.lists(st.integers(-500, -1), max_size=30, unique=True), st.integers(1, 4), st.integers(1, 30))
def test_the_moment_that_a_refusal_names_is_the_first_that_is_graded(ticks: list[int], most: int, window: int) -> None:
    limit = Limit(most, dt.timedelta(hours=window))
    previous = hours(*sorted(ticks))
    until = refused_until(Metadata(created_at=NOON, previous_submissions=previous), limit)
    if until is not None:
        assert refused_until(Metadata(created_at=until, previous_submissions=previous), limit) is None
        assert (
            refused_until(Metadata(created_at=until - dt.timedelta(seconds=1), previous_submissions=previous), limit)
            is not None
        )


def test_a_refused_submission_keeps_the_score_and_tests_of_the_one_before() -> None:
    earlier = results_json(visible_to(rich_result(), View.INSTRUCTOR))
    latest = Previous(submission_time=HOUR_AGO, score=19.5, results=earlier)
    given_again = limited(
        Metadata(created_at=NOON, previous_submissions=(latest,)), Limit(1, dt.timedelta(hours=24)), NOON
    )
    validator("gradescope.schema.json").validate(given_again)
    assert (given_again["score"], given_again["tests"]) == (19.5, earlier["tests"])
    assert str(given_again["output"]).startswith(
        "This submission was not graded: at most 1 submission within 24 hours is graded. The next one handed in from"
        " 2026-11-21 12:00:00 +0000 on is graded again;"
    )


@pytest.mark.parametrize("results", [None, {}])
def test_a_refused_submission_has_a_file_even_without_earlier_results(results: dict[str, Any] | None) -> None:
    latest = Previous(submission_time=HOUR_AGO, score=3.0, results=results)
    given_again = limited(
        Metadata(created_at=NOON, previous_submissions=(latest,)), Limit(1, dt.timedelta(hours=24)), NOON
    )
    validator("gradescope.schema.json").validate(given_again)
    assert given_again["score"] == 3.0


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (-1, ""),
        (0, ""),
        (0.1, "Handed in 1 minute after the due date"),
        (125, "Handed in 2 hours 5 minutes after the due date"),
        (24 * 60 * 3, "Handed in 3 days after the due date"),
    ],
)
def test_lateness_is_told_in_the_units_that_people_use(minutes: float, said: str) -> None:
    assert (
        late_remark(Metadata(created_at=NOON + dt.timedelta(minutes=minutes), assignment=Terms(due_date=NOON))) == said
    )


def test_a_due_date_of_the_students_own_counts(tmp_path: Path) -> None:
    """Who had an extension was told to be late."""
    later = [{"id": 1, "assignment": {"due_date": "2026-11-21T20:00:00Z"}}, {"id": 2}]
    for users, said in (
        (later, ""),
        ([{"id": 2}], "Handed in 3 hours after the due date"),
        (None, "Handed in 3 hours"),
    ):
        text = {
            "created_at": "2026-11-21T15:00:00Z",
            "assignment": {"due_date": "2026-11-21T12:00:00Z"},
            "users": users,
        }
        assert late_remark(metadata(tmp_path, json.dumps(text))).startswith(said)
        assert bool(late_remark(metadata(tmp_path, json.dumps(text)))) is bool(said)


def test_without_a_due_date_nothing_is_late() -> None:
    assert late_remark(Metadata(created_at=NOON)) == late_remark(None) == ""


def test_a_refusal_leaves_the_score_as_it_was() -> None:
    previous = (
        Previous(submission_time=HOUR_AGO, score=12.0),
        Previous(submission_time=HOUR_AGO, autograder_error=True),
    )
    written = document(NotJudged("reference/x: is broken"), Metadata(created_at=NOON, previous_submissions=previous))
    validator("gradescope.schema.json").validate(written)
    assert (written["score"], written["output"]) == (12.0, NOT_YOURS)
    assert kept_score(None) == 0


def test_results_replace_what_was_there_and_leave_nothing_beside_it(tmp_path: Path) -> None:
    for score in (1, 2):
        write_results(tmp_path, {"score": score})
    assert json.loads((tmp_path / "results/results.json").read_text(encoding="utf-8")) == {"score": 2}
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["results.json"]
