"""`grade export` of a class as an instructor types it, from a graded class to the file that an LMS takes."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from pathlib import Path

import pytest
from classes import CORRECT, SHORT_ROWS, STUB, USAGE, WHOLE, Grade, lay

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section
    Points Possible,,,,
"Lovelace, Ada",101,ada,,CS 1
Bob Hope,102,bob,,CS 1
Someone Else,103,nobody,,CS 1
"""


@pytest.fixture
def graded(grade: Grade, course: Path) -> Grade:
    """Grade three students, one of whom handed in nothing that can be read."""
    lay(course / "handed/ada", CORRECT)
    lay(course / "handed/bob", SHORT_ROWS)
    lay(course / "handed/eve", STUB)
    (course / "handed/zoe.zip").write_bytes(b"no zip")
    grade("batch", "tiny", "handed")
    return grade


def test_a_worksheet_goes_from_canvas_to_canvas(graded: Grade, course: Path) -> None:
    (course / "canvas.csv").write_text(CANVAS, encoding="utf-8")
    ran = graded("export", "tiny", "--format", "canvas", "--worksheet", "canvas.csv", "--out", "back.csv")
    table = list(csv.reader(io.StringIO((course / "back.csv").read_text(encoding="utf-8"))))
    assert ran.code == WHOLE
    assert [row[-1] for row in table] == ["Numbers in columns", "10", "10", "9.2", ""]
    assert ran.err.splitlines() == [
        "2 students with a score",
        "not in the worksheet, so not written: eve",
        "in the worksheet without a score here, left as they were: Someone Else",
    ]


def test_what_was_exported_is_noted_in_the_gradebook(graded: Grade, course: Path) -> None:
    graded("export", "tiny", "--format", "csv", "--out", "grades.csv")
    with sqlite3.connect(course / "results/gradebook.sqlite") as database:
        database.row_factory = sqlite3.Row
        noted = [dict(row) for row in database.execute("SELECT * FROM exports")]
    assert len(noted) == 1
    assert {"csv", "grades.csv"} <= {str(value) for value in noted[0].values()}


def test_a_grade_that_was_set_by_hand_is_what_is_exported(graded: Grade, course: Path) -> None:
    graded("override", "tiny", "bob", "3", "--why", "agreed")
    graded("regrade", "tiny")
    lines = graded("export", "tiny", "-f", "jsonl").out.splitlines()
    found = {row["student"]: row["score"] for row in map(json.loads, lines)}
    assert found == {"ada": 10, "bob": 3, "eve": 0, "zoe": None}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("tiny", "-f", "junit"), "junit is for one result: name its file in place of tiny"),
        (("results/tiny/results/ada.json", "-f", "canvas"), "canvas is for the grades of a class: name the assignment"),
        (("tiny", "-f", "csv", "--worksheet", "x.csv"), "--worksheet is for canvas and moodle"),
        (("tiny", "-f", "canvas", "--worksheet", "x.csv"), "worksheet x.csv cannot be read: No such file or directory"),
        (("tiny", "-f", "moodle", "--worksheet", "handed/zoe.zip"), "worksheet handed/zoe.zip has no column"),
        (("tiny", "-f", "csv", "--results", "elsewhere"), "elsewhere holds no gradebook"),
        (("tony", "-f", "csv"), "tony"),
    ],
)
def test_what_cannot_be_exported_is_one_sentence(graded: Grade, arguments: tuple[str, ...], words: str) -> None:
    ran = graded("export", *arguments)
    assert ran.code == USAGE
    assert words in ran.err
    assert "Traceback" not in ran.err


def test_a_class_that_was_never_graded_has_no_grades(graded: Grade, course: Path) -> None:
    with sqlite3.connect(course / "results/gradebook.sqlite") as database:
        database.execute("PRAGMA foreign_keys = OFF")
        database.execute("UPDATE runs SET assignment = 'another'")
    ran = graded("export", "tiny", "-f", "csv")
    assert ran.code == USAGE
    assert "holds no run of tiny: start with grade batch" in ran.err
