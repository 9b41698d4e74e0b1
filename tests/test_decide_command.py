"""`grade decide` and `grade decisions` as an instructor types them: decisions of a file, shown first, then kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from classes import CORRECT, SHORT_ROWS, STUB, USAGE, WHOLE, Grade, lay

from grader.gradebook.book import gradebook
from grader.gradebook.records import Student

LATE = '\n[late]\ndue = 2026-04-16T23:59:00\ntime_zone = "Europe/Bucharest"\ndeduct = 1\n'
FILE = (
    "sep=;\r\n"
    "Student;Section;Check;Points;Extension;Deadline;Why;By\r\n"
    "12;;unit_rows;2;;;right on paper;Eve\r\n"
    "bob@uni.example;;;;2 d;;ill;\r\n"
    ";B;;;;2026-04-20 12:00;fire alarm;\r\n"
)


@pytest.fixture
def enrolled(grade: Grade, course: Path) -> Grade:
    """Keep who is in the course, of whom nothing is graded yet."""
    late(course)
    (course / "results").mkdir()
    with gradebook(str(course / "results/gradebook.sqlite"), lambda _: None) as book:
        book.runs.enrol([Student("0012", "", "ada@uni.example"), Student("bob"), Student("eve"), Student("zoe")])
    return grade


def late(course: Path) -> None:
    """Give the assignment a deadline, and write a roster of two sections."""
    rubric = course / "reference/tiny/assignment.toml"
    rubric.write_text(rubric.read_text(encoding="utf-8") + LATE, encoding="utf-8")
    roster = "id,email,section\n0012,ada@uni.example,A\nbob,bob@uni.example,A\neve,,B\nzoe,,B\n"
    lay(course, {"roster.csv": roster, "decisions.csv": FILE})


@pytest.fixture
def graded(grade: Grade, course: Path) -> Grade:
    """Grade three students of two sections, one of them with zeros before the number."""
    late(course)
    lay(course / "handed/0012", SHORT_ROWS)
    lay(course / "handed/bob", CORRECT)
    lay(course / "handed/eve", STUB)
    grade("batch", "tiny", "handed", "--roster", "roster.csv", "--submitted-at", "2026-04-18T12:00")
    return grade


def test_a_file_of_decisions_is_shown_first_then_kept_once(graded: Grade) -> None:
    words = ("decide", "decisions.csv", "-a", "tiny", "--roster", "roster.csv")
    shown = graded(*words)
    assert shown.code == WHOLE
    rows = [line.split() for line in shown.out.splitlines()[1:]]
    assert [row[:6] for row in rows] == [
        ["3", "0012", "tiny", "unit_rows", "none", "2"],
        ["4", "bob", "tiny", "deadline", "none", "2"],
        ["5", "eve", "tiny", "deadline", "none", "2026-04-20T12:00:00"],
        ["5", "zoe", "tiny", "deadline", "none", "2026-04-20T12:00:00"],
    ]
    assert (
        "4 decisions not kept yet; to keep: grade decide decisions.csv -a tiny --roster roster.csv --keep" in shown.err
    )
    assert graded("decisions").out == "0 decisions\n"
    kept = graded(*words, "--keep")
    assert "4 decisions kept" in kept.err
    again = graded(*words, "--keep")
    assert again.err.splitlines() == ["4 decisions in force already", "0 decisions kept"]
    listed = graded("decisions", "tiny", "--json").document["decisions"]
    assert [(row["student"], row["about"], row["value"], row["why"]) for row in listed] == [
        ("0012", "unit_rows", "2", "right on paper"),
        ("bob", None, "2 d", "ill"),
        ("eve", None, "2026-04-20T12:00:00", "fire alarm"),
        ("zoe", None, "2026-04-20T12:00:00", "fire alarm"),
    ]
    assert listed[0]["by"] == "Eve"
    graded("regrade", "tiny")
    assert '"bob",,"bob@uni.example","graded",10,10,0' in graded("export", "tiny", "-f", "csv").out


def test_what_was_replaced_or_taken_back_is_listed_when_asked_for(enrolled: Grade, course: Path) -> None:
    enrolled("override", "tiny", "bob", "3", "--why", "first")
    enrolled("override", "tiny", "bob", "none", "--why", "looked again")
    enrolled("extend", "tiny", "eve", "1 d", "--why", "ill")
    assert "1 decision" in enrolled("decisions").out
    whole = enrolled("decisions", "--all", "--student", "bob").out
    assert "3, replaced" in whole
    assert "taken back" in whole
    lay(course, {"back.csv": "student,assignment,extension,why\neve,tiny,none,was not ill\n"})
    enrolled("decide", "back.csv", "--keep")
    assert enrolled("decisions").out == "0 decisions\n"
    lay(course, {"comma.csv": 'student;assignment;points;why\neve;tiny;"4,5";x\n'})
    enrolled("decide", "comma.csv", "--keep")
    (only,) = enrolled("decisions", "--json").document["decisions"]
    assert only["value"] == "9/2"


@pytest.mark.parametrize(
    ("file", "sentences"),
    [
        ("student,points\nbob,9\n", ["row 2: does not say why: the reason stays in the gradebook"]),
        ("student,points,why\nnobody,9,x\n", ["row 2: there is no student 'nobody'"]),
        ("student,check,points,why\nbob,unit_rows,20,x\n", ["row 2: points of unit_rows are 20, expected 0 to 2"]),
        ("student,check,points,why\nbob,unit,2,x\n", ["row 2: tiny has no check 'unit'"]),
        ("student,deadline,why\nbob,2025-01-01T00:00,x\n", ["row 2: the extension is 2025-01-01T00:00:00, which is b"]),
        ("student,extension,why\nbob,4000 d,x\n", ["row 2: the extension is 4000 d, expected at most 366 d"]),
        ("student,points,why\nbob,10.000001,x\n", ["row 2: points are 10.000001, expected 0 to 10"]),
        (
            "student,points,why\nbob,1e999999999,x\nbob,1/0,x\n",
            ["row 2: points are '1e999999999', expected a number", "row 3:"],
        ),
        ("section,deadline,why\nC,2027-01-01,x\n", ["row 2: names the section 'C'; the roster's sections: a, b"]),
        ("student,points,grade,why\n", [" has the column grade, expected student, section"]),
        (
            "student,points,why\nbob,2,x\nbob,3,y\n,1,z\n",
            ["row 3: decides about the score of bob again, as row 2 does", "row 4: does not say about whom"],
        ),
        ("\n\n", [" is empty, expected a row of column names"]),
    ],
)
def test_a_file_that_cannot_be_followed_is_told_whole_and_nothing_of_it_is_kept(
    enrolled: Grade, course: Path, file: str, sentences: list[str]
) -> None:
    lay(course, {"decisions.csv": file})
    ran = enrolled("decide", "decisions.csv", "-a", "tiny", "--roster", "roster.csv", "--keep")
    assert ran.code == USAGE
    for sentence in sentences:
        assert sentence in ran.err
    assert enrolled("decisions", "--all").out == "0 decisions\n"


def test_a_file_of_rows_that_nobody_can_follow_is_not_read_to_its_end(enrolled: Grade, course: Path) -> None:
    """A hundred thousand rows took minutes: the assignment was read anew for each."""
    lay(course, {"decisions.csv": "student,points,why\n" + "nobody,1,x\n" * 1000})
    ran = enrolled("decide", "decisions.csv", "-a", "tiny")
    assert ran.code == USAGE
    assert "nothing was read after row 201: 200 rows cannot be followed" in ran.err
    assert len(ran.err.splitlines()) < 30
