"""A year of a course as its instructor types it, from the roster to the exam board and to who leaves."""

from __future__ import annotations

import csv
import io
import signal
import zipfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from classes import CORRECT, NOT_ALL, SHORT_ROWS, STUB, WHOLE, Grade, lay, packed, unlike
from tiny_course import CHECKS, SCALE, build

from grader.gradebook.book import gradebook
from grader.gradebook.records import NewMark
from grader.gradebook.results import ResultStore

RUBRIC_MORE = """
[late]
due = 2026-04-16T23:59:00
time_zone = "Europe/Bucharest"
per = "day"
deduct = 1

[[by_hand]]
name = "essay"
part = "stats"
title = "Essay"
points = 5
says = "the essay says why"
"""
ROSTER = (
    "Student,ID,SIS User ID,SIS Login ID,Email,Section,Submitted at,Team\n"
    ",,,,,,,\n    Points Possible,,,,,,,\n"
    '"Lovelace, Ada",101,0007,ada,ada@uni.example,Monday,2026-04-16 20:00,\n'
    '"O\'Brien, Seán",102,0008,sob,sob@uni.example,Monday,2026-04-17 12:00,\n'
    '"Müller, Özde",103,0009,om,om@uni.example,Tuesday,2026-04-16 21:00,Team 1\n'
    '"李, 小龍",104,0010,lxl,lxl@uni.example,Tuesday,2026-04-16 21:00,Team 1\n'
    '"Ng, Ying",105,0011,yn,yn@uni.example,Tuesday,2026-04-17 10:00,\n'
    '"Absent, Zoe",106,0012,za,za@uni.example,Monday,,\n'
)
HALF = {**CORRECT, "scale.py": SCALE.replace("np.where(length == 0, 1, length)", "(length + 0.5)")}
DOWNLOAD = {
    **{f"lovelaceada_101_91{n}_{name}": text for n, (name, text) in enumerate(CORRECT.items())},
    "obriensean_LATE_102_920_hw (final).zip": packed({"hw/inner.zip": packed(unlike(HALF, 1))}),
    **{f"müllerözde_103_93{n}_{name}": text for n, (name, text) in enumerate(SHORT_ROWS.items())},
    **{f"ngying_LATE_105_95{n}_{name}": text for n, (name, text) in enumerate(unlike(HALF, 2).items())},
    "studenttest_999_960_scale.py": STUB["scale.py"],
}
MOODLE = (
    "Identifier,Full name,ID number,Email address,Status,Grade,Maximum grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\n"
    "Participant 1,Ada Lovelace,0007,ada@uni.example,x,,15.00,Yes,-,-,<p>good</p>\n"
    "Participant 2,Seán O'Brien,0008,sob@uni.example,x,,15.00,No,-,-,\n"
)


def rows(text: str) -> dict[str, dict[str, str]]:
    """Read exported grades by student."""
    return {row["id"]: row for row in csv.DictReader(io.StringIO(text))}


def mark(course: Path, who: str, **points: int) -> None:
    """Save what a marker gave in `grade review`."""
    with gradebook(str(course / "results/gradebook.sqlite"), print) as book:
        for student, given in points.items():
            row = NewMark("essay", "Essay", Fraction(given), Fraction(5), "", follows=0)
            assert book.decisions.mark(book.runs.student(student.removeprefix("s")), "tiny", [row], who)


def ctrl_c_at_the_first(call: Callable[..., None]) -> Callable[..., None]:
    """Give a call at whose first Ctrl-C is pressed."""
    pressed: list[bool] = []

    def calling(*arguments: object) -> None:
        if not pressed:
            pressed.append(True)
            signal.raise_signal(signal.SIGINT)
        call(*arguments)

    return calling


def test_a_year_of_a_course(grade: Grade, course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rubric = course / "reference/tiny/assignment.toml"
    rubric.write_text(rubric.read_text(encoding="utf-8") + RUBRIC_MORE, encoding="utf-8")
    lay(course, {"roster.csv": ROSTER, "canvas.zip": packed(DOWNLOAD), "moodle.csv": MOODLE})

    # What was downloaded is understood before anything is graded.
    ran = grade("collect", "canvas.zip", "--roster", "roster.csv", "--json")
    found = {row["student"]: row for row in ran.document["submissions"]}
    assert set(found) == {"0007", "0008", "0009", "0010", "0011", "Test Student of Canvas (999)"}
    assert (ran.document["absent"], found["0008"]["problem"]) == (["0012"], "")

    # A hidden test is broken that night: the run stops, the test is mended, the run goes on.
    build(
        course, rubric=rubric.read_text(encoding="utf-8"), checks=CHECKS.replace("student(variance", "no_name(variance")
    )
    ran = grade("batch", "tiny", "canvas.zip", "--roster", "roster.csv")
    assert "NameError: name 'no_name' is not defined" in ran.err
    build(course, rubric=rubric.read_text(encoding="utf-8"))

    # Somebody ends it with Ctrl-C, and it goes on where it was.
    with monkeypatch.context() as patched:
        patched.setattr(ResultStore, "record", ctrl_c_at_the_first(ResultStore.record))
        ran = grade("batch", "tiny", "--resume")
    assert (ran.code, "go on with: grade batch tiny" in ran.err) == (NOT_ALL, True)
    ran = grade("batch", "tiny", "--resume")
    assert ran.code == WHOLE
    assert "unchanged" in ran.out
    scores = {who: row["score"] for who, row in rows(grade("export", "tiny", "--format", "csv").out).items()}
    assert scores == {
        "0007": "10", "0008": "7.4", "0009": "9.2", "0010": "9.2", "0011": "7.4", "0012": "",
        "Test Student of Canvas (999)": "0",
    }  # fmt: skip

    # Two gave the same wrong answer; it is named once.
    code = grade("mistake", "list", "tiny").out.splitlines()[1].split()[0]
    assert grade("mistake", "add", code, "--says", "a half is added", "--hint", "how long is a row of 1?").code == WHOLE

    # Decisions: more time for one, points for another, an excuse; two teaching assistants mark essays.
    decisions = "sob,,,2 d,,ill\n9,unit_rows,2,,,right\n12,,,,yes,left\n"
    lay(course, {"decisions.csv": f"student,check,points,extension,excuse,why\n{decisions}"})
    assert grade("decide", "decisions.csv", "-a", "tiny", "--roster", "roster.csv", "--keep").code == WHOLE
    mark(course, "eve", s0007=5, s0008=4)
    mark(course, "dan", s0009=3, s0010=2)
    assert "rows of 2 students" in grade("export", "tiny", "--format", "csv").err
    mark(course, "dan", s0011=1)
    assert grade("regrade", "tiny").code in (WHOLE, NOT_ALL)
    report = (course / "results/tiny/reports/0008.html").read_text(encoding="utf-8")
    assert "a half is added" in report

    # A later delivery of one student takes nothing from the others.
    one = {name: text for name, text in DOWNLOAD.items() if name.startswith("ngying")}
    lay(course, {"later.zip": packed(one)})
    grade("batch", "tiny", "later.zip", "--roster", "roster.csv")
    before = {who: row["score"] for who, row in rows(grade("export", "tiny", "--format", "csv").out).items()}
    assert before == {
        "0007": "15", "0008": "12.4", "0009": "13", "0010": "11.2", "0011": "8.4", "0012": "",
        "Test Student of Canvas (999)": "0",
    }  # fmt: skip

    # Grades and reports go back to three platforms.
    canvas = grade("export", "tiny", "--format", "canvas", "--worksheet", "roster.csv").out
    assert [line.rpartition(",")[2] for line in canvas.splitlines() if "Zoe" in line] == ['"EX"']
    moodle = grade("export", "tiny", "--format", "moodle", "--worksheet", "moodle.csv")
    assert "<p>good</p>" in moodle.out
    assert "locked in Moodle" in moodle.err
    assert grade("export", "tiny", "--format", "gradescope").code == WHOLE
    ran = grade("feedback", "tiny", "--to", "canvas")
    with zipfile.ZipFile(ran.out.strip()) as archive:
        assert "lovelaceada_101_910_report.html" in archive.namelist()

    # One asks again, the course is added up, one leaves, and the results move to another machine.
    lay(course, {"mail.txt": "grade request\nassignment: tiny\nstudent: 0011\ncheck: unit_rows\nwhy: see line 20\n"})
    assert grade("requests", "add", "mail.txt").code == WHOLE
    assert (
        "(0.4 before, 1 now)" in grade("requests", "answer", "1", "--says", "half of it is right", "--points", "1").out
    )
    lay(course, {"course.toml": '[course]\n[course.weights]\ntiny = 1\n[course.grades]\n"1" = 90\n"5" = 0\n'})
    assert grade("totals", "--csv", "totals.csv", "--html", "totals.html").code == WHOLE
    totals = rows((course / "totals.csv").read_text(encoding="utf-8"))
    assert (totals["0007"]["grade"], totals["0011"]["tiny"], totals["0012"]["tiny: how"]) == ("1", "9", "excused")
    assert grade("forget", "0009", "--really").code == WHOLE
    backup = grade("backup").out.split()[0]
    assert grade("restore", backup, "--out", "again").code == WHOLE
    assert grade("doctor", "--results", "--out", "again").code == WHOLE
    after = {
        who: row["score"]
        for who, row in rows(grade("export", "tiny", "--format", "csv", "--results", "again").out).items()
    }
    assert after == {who: score for who, score in before.items() if who != "0009"} | {"0011": "9"}
