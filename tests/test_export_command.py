"""`grade export` of a class as an instructor types it, from a graded class to the file that an LMS takes."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sqlite3
import zlib
from pathlib import Path

import pytest
from classes import CORRECT, SHORT_ROWS, STUB, USAGE, WHOLE, Grade, lay
from tiny_course import RUBRIC, build

from grader.exports import registry

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
        "no column is called Numbers in columns, so Canvas will make a new assignment of that name",
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
    ("view", "feedback"),
    [
        ((), "7 of 7 points<br>1 check worth 3 points is not shown here; the score here counts the others"),
        (("--view", "student_after_published"), "10 of 10 points"),
    ],
)
def test_feedback_is_for_whom_the_caller_says_and_tells_what_it_leaves_out(
    grade: Grade, course: Path, view: tuple[str, ...], feedback: str
) -> None:
    """Moodle got "7 of 7 points" beside a grade of 10, and got no other once the hidden check was published."""
    build(course, rubric=RUBRIC.replace("seconds = 2", 'seconds = 2\nvisibility = "after_published"'))
    lay(course / "handed/ada", CORRECT)
    grade("batch", "tiny", "handed")
    (row,) = csv.DictReader(io.StringIO(grade("export", "tiny", "-f", "moodle", *view).out))
    assert (row["Grade"], row["Feedback comments"]) == ("10", f'<div class="autograded">{feedback}</div>')


def exports_of(grade: Grade) -> dict[str, str]:
    return {form: grade("export", "tiny", "-f", form).out for form in registry.class_names()}


def test_every_form_says_the_same_where_the_results_are_gone(graded: Grade, course: Path) -> None:
    """Points by hand were in the files alone: without them a check had its old points beside the new score."""
    graded("override", "tiny", "bob", "2", "--check", "unit_rows", "--why", "right on paper")
    graded("regrade", "tiny")
    before = exports_of(graded)
    graded("class", "tiny")
    page = (course / "results/tiny/class.html").read_text(encoding="utf-8")
    shutil.rmtree(course / "results/tiny/results")
    assert exports_of(graded) == before
    assert '"bob",,,"graded",10,10,0,,3,2,2,3\n' in before["csv"]
    graded("class", "tiny")
    assert (course / "results/tiny/class.html").read_text(encoding="utf-8") == page


def test_what_was_decided_since_the_last_run_is_counted_and_told(graded: Grade) -> None:
    graded("override", "tiny", "bob", "2", "--check", "unit_rows", "--why", "right on paper")
    graded("override", "tiny", "eve", "7", "--why", "agreed")
    ran = graded("export", "tiny", "-f", "csv")
    assert '"bob",,,"graded",10,10,0,,3,2,2,3\n' in ran.out
    assert '"eve",,,"graded",7,10,' in ran.out
    told = "counted with what was decided since the report of 2 students (bob and eve) was written; to write it anew: "
    assert ran.err.splitlines()[0] == f"{told}grade regrade tiny"
    graded("regrade", "tiny")
    again = graded("export", "tiny", "-f", "csv")
    assert (again.out, again.err) == (ran.out, "3 students with a score\n")


def test_points_by_hand_where_nothing_was_graded_are_told(graded: Grade) -> None:
    graded("override", "tiny", "zoe", "5", "--why", "agreed")
    ran = graded("export", "tiny", "-f", "csv")
    assert '"zoe",,,"unreadable",,10,0,,,,,\n' in ran.out
    assert "points by hand of 1 student (zoe) do not count: nothing of theirs was graded\n" in ran.err


def test_what_was_taken_back_since_the_last_run_does_not_count(graded: Grade) -> None:
    before = graded("export", "tiny", "-f", "csv").out
    graded("override", "tiny", "bob", "3", "--why", "agreed")
    graded("regrade", "tiny")
    graded("override", "tiny", "bob", "none", "--why", "looked again")
    assert graded("export", "tiny", "-f", "csv").out == before


def test_a_decision_that_cannot_be_counted_is_told_in_place_of_grades(graded: Grade, course: Path) -> None:
    graded("override", "tiny", "bob", "3", "--why", "agreed")
    with sqlite3.connect(course / "results/gradebook.sqlite") as database:
        document = zlib.compress(json.dumps({"schema": "grade/result/v0"}).encode())
        database.execute("UPDATE results SET document = ?", (document,))
    for ran in (graded("export", "tiny", "-f", "csv"), graded("class", "tiny")):
        assert (ran.code, ran.out) == (USAGE, "")
        assert ran.err.startswith("what was decided about 1 student (bob) cannot be counted, since another version ")


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
