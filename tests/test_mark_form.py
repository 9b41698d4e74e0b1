"""`grader.review.mark_form`: what a marker typed, read exactly and compared with what others saved."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import hypothesis.strategies as st
import pytest
from hypothesis import given

from grader.errors import MarkError
from grader.gradebook.records import GivenMark
from grader.model.assignment import ManualRow
from grader.review.mark_form import Decision, Typed, comment, exact_text, points, read, typed

ESSAY = ManualRow(name="essay", part="review", title="Essay", points=Fraction(4), description="it is reviewed")
CURVE = ManualRow(name="curve", part="review", title="Curve", points=Fraction(3, 2), description="it is drawn")
ROWS = (ESSAY, CURVE)


def mark(version: int, number: str | None, text: str = "", who: str = "dan") -> GivenMark:
    given_points = None if number is None else Fraction(number)
    moment = dt.datetime(2024, 4, 16, 12, version, tzinfo=dt.UTC)
    return GivenMark(1, "essay", version, given_points, Fraction(4), text, who, moment)


def entered(**rows: Typed) -> dict[str, Typed]:
    return {"essay": Typed(), "curve": Typed(), **rows}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2.5", "5/2"), ("3/4", "3/4"), ("0", "0"), ("4", "4"), ("4.0", "4"), ("2,5", "5/2"), (".5", "1/2"),
        ("1.", "1"), ("1/3", "1/3"), ("1 / 3", "1/3"), ("+1", "1"), ("0.333333", "333333/1000000"),
    ],
)  # fmt: skip
def test_points_are_read_exactly(text: str, number: str) -> None:
    assert points(text, Fraction(4)) == Fraction(number)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("text", "points are text, expected a number from 0 to 4, such as 1.5 or 3/4"),
        ("-1", "points are -1, expected 0 to 4"),
        ("-1/2", "points are -1/2, expected 0 to 4"),
        ("4.01", "points are 4.01, expected 0 to 4"),
        ("9/2", "points are 4.5, expected 0 to 4"),
        ("1/0", "points are 1/0, expected a number from 0 to 4"),
        ("1e3", "points are 1e3, expected a number"),
        ("1_0", "points are 1_0, expected a number"),
        ("٣", "points are ٣, expected a number"),
        ("nan", "points are nan, expected a number"),
        (".", "points are ., expected a number"),
        ("1,000.5", "points are 1,000.5, expected a number"),
        ("9" * 5000, "points are 99999999999999999999, expected a number"),
    ],
)
def test_what_is_no_number_within_the_row_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(MarkError) as refused:
        points(text, Fraction(4))
    assert str(refused.value).startswith(sentence)


@given(st.fractions(min_value=0, max_value=4, max_denominator=999_999))
def test_points_that_are_shown_and_saved_again_stay_what_they_were(number: Fraction) -> None:
    assert points(exact_text(number), Fraction(4)) == number


@given(st.text(max_size=60))
def test_a_comment_that_is_shown_and_saved_again_stays_what_it_was(text: str) -> None:
    assert comment(comment(text).replace("\n", "\r\n")) == comment(text)


def test_signs_that_a_screen_would_obey_do_not_get_into_a_comment() -> None:
    assert comment("good\x1b[31m\u202e\r\nvery\tgood 👩\u200d🔬 ") == "good[31m\nvery\tgood 👩\u200d🔬"


def test_only_what_was_changed_is_saved() -> None:
    found = read(ROWS, entered(curve=Typed("1", "ok"), essay=Typed("3", "fine", follows=1)), [mark(1, "3", "fine")])
    assert [(new.row, new.points, new.comment, new.follows) for new in found.marks] == [("curve", 1, "ok", 0)]
    assert (found.errors, found.conflicts) == ({}, {})


def test_a_comment_without_points_is_kept_and_an_emptied_field_takes_the_mark_back() -> None:
    alone = read(ROWS, entered(essay=Typed("", "see me")), [])
    emptied = read(ROWS, entered(essay=Typed("", "", follows=1)), [mark(1, "3")])
    assert [(new.points, new.comment) for new in (*alone.marks, *emptied.marks)] == [(None, "see me"), (None, "")]


def test_a_row_that_another_saved_meanwhile_is_a_conflict_with_their_version() -> None:
    theirs = mark(2, "1", "weak")
    found = read(ROWS, entered(essay=Typed("4", "", follows=1)), [mark(1, "3"), theirs])
    assert (found.marks, dict(found.conflicts)) == ((), {"essay": theirs})
    first = read(ROWS, entered(essay=Typed("4", "")), [theirs])
    assert dict(first.conflicts) == {"essay": theirs}


def test_a_row_that_another_saved_meanwhile_and_that_was_not_touched_is_left_alone() -> None:
    found = read(ROWS, entered(essay=Typed("3", "", follows=1)), [mark(1, "3"), mark(2, "1")])
    assert (found.marks, found.conflicts) == ((), {})


def test_two_who_give_the_same_mark_do_not_clash() -> None:
    found = read(ROWS, entered(essay=Typed("1", "weak")), [mark(1, "1", "weak")])
    assert (found.marks, found.conflicts) == ((), {})


@pytest.mark.parametrize(
    ("decision", "saved"), [(Decision.MINE, [(Fraction(4), 2)]), (Decision.THEIRS, []), (None, [])]
)
def test_of_two_versions_the_one_that_is_decided_for_counts(
    decision: Decision | None, saved: list[tuple[Fraction, int]]
) -> None:
    entry = Typed("4", "", follows=2, is_asked=True, decision=decision)
    found = read(ROWS, entered(essay=entry), [mark(1, "3"), mark(2, "1")])
    assert [(new.points, new.follows) for new in found.marks] == saved
    assert bool(found.conflicts) == (decision is None)


def test_a_third_version_that_came_while_deciding_is_a_conflict_again() -> None:
    entry = Typed("4", "", follows=1, is_asked=True, decision=Decision.MINE)
    assert list(read(ROWS, entered(essay=entry), [mark(1, "3"), mark(2, "1")]).conflicts) == ["essay"]


def test_every_row_that_cannot_be_read_is_told() -> None:
    found = read(ROWS, entered(essay=Typed("5"), curve=Typed("1", "x" * 2001)), [])
    assert found.errors == {
        "essay": "points are 5, expected 0 to 4",
        "curve": "the comment has 2001 characters, expected at most 2000",
    }


@pytest.mark.parametrize("text", ["", "-1", "1.0", "٣", "99999999999", "x"])
def test_a_version_that_no_page_of_ours_sends_is_none(text: str) -> None:
    assert typed({"follows-essay": text}, ROWS)["essay"].follows == 0
