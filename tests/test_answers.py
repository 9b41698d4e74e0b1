"""Rows of an answers.toml, good and bad, as a driver reads them."""

from __future__ import annotations

import numpy as np
import pytest

from grader.drivers.answers import MAX_BYTES, collected, is_empty, number, read_answers
from grader.errors import RowError
from grader.model.status import Status

FILE = """\
[A]
row_0 = ["0", "w(2,2)"]
row_1 = ["0"]

[piece.at_2]
W = 6
b = "3/2"
"""


def told(text: str | bytes, name: str) -> tuple[Status, str]:
    """Say what is told of a row that holds no answer."""
    with pytest.raises(RowError) as error:
        read_answers(text if isinstance(text, bytes) else text.encode()).value(name)
    return error.value.status, str(error.value)


def test_rows_go_by_their_tables_and_their_key() -> None:
    answers = read_answers(FILE.encode())
    assert [answers.value(name) for name in ("A.row_1", "piece.at_2.W")] == [["0"], 6]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_may_be_written_by_any_editor(encoding: str) -> None:
    assert read_answers(FILE.replace("\n", "\r\n").encode(encoding)).value("piece.at_2.b") == "3/2"


def test_a_row_that_is_not_there_is_unwritten() -> None:
    assert told(FILE, "A.row_2") == (Status.UNWRITTEN, "is missing")


def test_a_row_under_a_slip_of_its_name_is_offered() -> None:
    assert told(FILE.replace("row_0", "rwo_0"), "A.row_0") == (
        Status.UNWRITTEN, "is missing; the nearest is 'A.rwo_0'"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ('row_1 = ["0"', "is no TOML in line 3: unclosed array"),
        ("row_1 = 1,5", "is no TOML in line 3: expected newline or end of document after a statement"),
        ("row_1 = ", "is no TOML in line 3: invalid value"),
        ("row_1 = “0”", "is no TOML in line 3: invalid value"),
        (f"row_1 = {'[' * 3000}", "is no TOML in line 3: nested too deeply"),
        (f"row_1 = {'1' * 5000}", "is no TOML in line 3: exceeds the limit"),
    ],
)
def test_a_mistyped_row_is_told_with_its_line_and_takes_no_other_with_it(typed: str, fault: str) -> None:
    text = FILE.replace('row_1 = ["0"]', typed)
    status, sentence = told(text, "A.row_1")
    assert status is Status.FAILED
    assert sentence.startswith(fault)
    answers = read_answers(text.encode())
    assert [answers.value("A.row_0"), answers.value("piece.at_2.b")] == [["0", "w(2,2)"], "3/2"]


def test_the_line_is_that_of_the_file_where_a_row_takes_several() -> None:
    assert (
        told('[A]\nrow_0 = [\n  "0",\n  zero,\n]\nrow_1 = 1\n', "A.row_0")[1] == "is no TOML in line 4: invalid value"
    )


def test_a_row_that_stands_there_twice_is_told_and_not_guessed() -> None:
    assert told(f"{FILE}W = 7\n", "piece.at_2.W")[1] == "stands there twice, the second time in line 8"


def test_a_broken_header_still_names_its_rows() -> None:
    assert read_answers(FILE.replace("[A]", "[A").encode()).value("A.row_1") == ["0"]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"\xff\x00\x81", "cannot be read: the file is not UTF-8 text"),
        (b"#" * (MAX_BYTES + 1), f"cannot be read: the file has {MAX_BYTES + 1} bytes, expected at most {MAX_BYTES}"),
    ],
)
def test_a_file_that_cannot_be_read_says_so_for_every_row(data: bytes, fault: str) -> None:
    assert told(data, "A.row_0") == (Status.FAILED, fault)
    assert not read_answers(data).is_blank(["A.row_0"])


def test_only_rows_that_hold_nothing_are_blank() -> None:
    answers = read_answers(b'a = ""\nb = []\nc = ["", " "]\nd = 0\n')
    assert answers.is_blank(["a", "b", "c", "e"])
    assert not answers.is_blank(["a", "d"])
    assert not read_answers(b"a = \n").is_blank(["a"])


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (6, 6.0),
        (1.5, 1.5),
        ("1/3", 1 / 3),
        (" -3/2 ", -1.5),
        ("3 / 2", 1.5),
        (r"\frac{3}{2}", 1.5),
        (".5", 0.5),
        ("−4", -4.0),
        ("0.25", 0.25),
        ([6], 6.0),
        ([[6.0]], 6.0),
        (np.array([[2.5]]), 2.5),
        (np.float32(0.5), 0.5),
    ],
)
def test_a_number_may_be_written_in_several_ways(given: object, read: float) -> None:
    assert number(given) == read


EXPECTED = 'expected a number such as 6, 1.5 or "3/2"'


@pytest.mark.parametrize(
    ("given", "status", "sentence"),
    [
        ("six", Status.FAILED, f"is the text 'six', {EXPECTED}"),
        ("1,5", Status.FAILED, f"is the text '1,5', {EXPECTED}"),
        ("1/0", Status.FAILED, f"is the text '1/0', {EXPECTED}"),
        ("1e999999999", Status.FAILED, f"is the text '1e999999999', {EXPECTED}"),
        ("9" * 100, Status.FAILED, f"is the text '{'9' * 39}…', {EXPECTED}"),
        (10**400, Status.FAILED, f"is a number, {EXPECTED}"),
        (True, Status.FAILED, f"is true, {EXPECTED}"),
        ([6, 0], Status.FAILED, f"is a list of 2 items, {EXPECTED}"),
        ({"a": 1}, Status.FAILED, f"is a table, {EXPECTED}"),
        (np.ones(3), Status.FAILED, f"is an array of shape (3,), {EXPECTED}"),
        (float("nan"), Status.FAILED, "is nan, expected a finite number"),
        (float("-inf"), Status.FAILED, "is -inf, expected a finite number"),
        ("", Status.UNWRITTEN, "is empty"),
        ([], Status.UNWRITTEN, "is empty"),
        (None, Status.UNWRITTEN, "is empty"),
    ],
)
def test_what_is_no_number_is_told_in_one_sentence(given: object, status: Status, sentence: str) -> None:
    with pytest.raises(RowError) as error:
        number(given)
    assert (error.value.status, str(error.value)) == (status, sentence)


def test_rows_are_read_one_by_one_and_problems_go_by_what_was_asked_for() -> None:
    answers = read_answers(b'a = 1\nb = "x"\n')
    rows = {name: (f"answers.toml: {name}", lambda name=name: answers.value(name)) for name in "abc"}
    read, problems = collected(rows, number)
    assert read == {"a": 1.0}
    assert problems == {
        "b": ["failed", f"answers.toml: b is the text 'x', {EXPECTED}"],
        "c": ["unwritten", "answers.toml: c is missing"],
    }


def test_zero_is_an_answer() -> None:
    assert not is_empty(0)
    assert not is_empty(["0", ""])
