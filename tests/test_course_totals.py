"""What the assignments of a course add up to: weights, drops, excuses, grade keys, and the sheet of it."""

from __future__ import annotations

import csv
import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from classes import BROKEN, CORRECT, SHORT_ROWS, USAGE, WHOLE, Grade, commands, lay
from outline import Outline
from tiny_course import RUBRIC, build

from grader.course.course_file import course_rules
from grader.course.discovery import Course
from grader.errors import CourseError
from grader.model.course_rules import AssignmentPoints, CourseRules, GradeStep, Standing
from grader.rules.course_totals import total_of

RULES = CourseRules(
    title="x",
    weights=(("a", Fraction(2)), ("b", Fraction(1)), ("c", Fraction(1))),
    drop=1,
    grades=tuple(
        GradeStep(grade=grade, percent=Fraction(percent)) for grade, percent in (("A", 90), ("B", 50), ("F", 0))
    ),
)
COURSE = (
    '[course]\ntitle = "Numbers"\npoints = 60\n[course.weights]\ntiny = 2\nsmall = 1\n'
    '[course.grades]\n"1.0" = 90\n"5.0" = 0\n'
)


def have(**points: str | int) -> dict[str, AssignmentPoints]:
    """Say what a student has: points of 10, or what else an assignment is."""
    return {
        name: AssignmentPoints(
            assignment=name, standing=Standing.COUNTS, points=Fraction(value), max_points=Fraction(10)
        )
        if isinstance(value, int)
        else AssignmentPoints(assignment=name, standing=Standing(value))
        for name, value in points.items()
    }


@pytest.mark.parametrize(
    ("points", "share", "dropped", "grade"),
    [
        (have(a=10, b=4, c=7), Fraction(9, 10), {"b"}, "A"),
        (have(a=10, b=4), Fraction(8, 10), {"c"}, "B"),  # c was not handed in
        (have(a=4, b=4, c=9), Fraction(17, 30), {"b"}, "B"),  # of equal shares the lightest goes
        (have(a=0, b=10, c=10), Fraction(1), {"a"}, "A"),
        (have(a="excused", b=4, c=8), Fraction(8, 10), {"b"}, "B"),
        (have(a="excused", b="excused", c=3), Fraction(3, 10), set(), "F"),  # the last one is never dropped
        (have(a="excused", b="excused", c="excused"), None, set(), ""),
        (have(a=10, b="open", c=10), None, set(), ""),
        (have(a=12, b=10, c=0), Fraction(34, 30), {"c"}, "A"),  # a place in the class gave more
        ({}, Fraction(0), {"b"}, "F"),
    ],
    ids=["whole", "missing", "equal", "heaviest", "excused", "one left", "none left", "open", "bonus", "nothing"],
)
def test_a_total_is_the_mean_by_weight_of_what_is_neither_excused_nor_dropped(
    points: dict[str, AssignmentPoints], share: Fraction | None, dropped: set[str], grade: str
) -> None:
    total = total_of(RULES, "ada", "", points)
    assert (total.share, total.grade) == (share, grade)
    assert {one.assignment for one in total.assignments if one.standing is Standing.DROPPED} == dropped


def test_a_grade_follows_from_the_exact_total_and_not_from_what_is_shown() -> None:
    just_below = have(a=9, b=9, c=9) | {
        "a": AssignmentPoints(
            assignment="a", standing=Standing.COUNTS, points=Fraction(8_999_999, 10**6), max_points=Fraction(10)
        )
    }  # fmt: skip
    rules = replace(RULES, drop=0)
    assert total_of(rules, "ada", "", just_below).grade == "B"
    assert total_of(rules, "ada", "", have(a=9, b=9, c=9)).grade == "A"


def test_everything_that_cannot_be_followed_in_a_course_file_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    build(tmp_path)
    weights, grades = '[course.weights]\ntiny = "2"\nhuge = 1\n', "[course.grades]\nA = 90\nB = 90\n"
    text = f"[course]\ndrop = 5\npoints = 0\nother = 1\n{weights}{grades}"
    lay(tmp_path, {"course.toml": text})
    ran = commands(monkeypatch, capsys, tmp_path)("totals")
    assert ran.code == BROKEN
    for said in (
        "course.weights.tiny: is '2'", "course.weights.huge: is no assignment", "course.drop: is 5", "course.points",
        "course.other", "from 0 percent", "two grades",
    ):  # fmt: skip
        assert said in ran.err


def test_what_a_course_needs_to_say_is_shown_where_it_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    build(tmp_path)
    ran = commands(monkeypatch, capsys, tmp_path)("totals")
    assert ran.code == USAGE
    assert "[course.weights]" in ran.err
    lay(tmp_path, {"course.toml": "[course]\n[course.weights]\ntiny = 1e999999999\n"})  # computed, it ends nowhere
    with pytest.raises(CourseError, match="expected a number"):
        course_rules(Course(tmp_path))
    lay(tmp_path, {"course.toml": "[course]\n[course.weights]\ntiny = 1.5\n"})
    assert course_rules(Course(tmp_path)).weights == (("tiny", Fraction(3, 2)),)


def test_excuses_and_totals_of_a_course_as_an_instructor_types_them(grade: Grade, course: Path) -> None:
    shutil.copytree(course / "reference/tiny", course / "reference/small")
    rubric = RUBRIC + '\n[[by_hand]]\nname = "essay"\npart = "stats"\ntitle = "Essay"\npoints = 10\nsays = "why"\n'
    lay(course, {"reference/small/assignment.toml": rubric, "course.toml": COURSE, "roster.csv": "id\nada\nbob\neve\n"})
    for who, files in (("ada", CORRECT), ("bob", CORRECT), ("eve", SHORT_ROWS)):
        lay(course / "handed" / who, files)
    lay(course / "more/ada", CORRECT)
    assert grade("batch", "tiny", "handed", "--roster", "roster.csv").code == WHOLE
    grade("batch", "small", "more", "--roster", "roster.csv")
    lay(course, {"excuses.csv": "student,excuse,why\nbob,yes,ill\nada,perhaps,x\n"})
    refused = grade("decide", "excuses.csv", "-a", "small", "--keep")
    assert (refused.code, "row 3: has the excuse 'perhaps'" in refused.err) == (USAGE, True)
    lay(course, {"excuses.csv": "student;excuse;why\nbob;ja;ill\n"})
    assert "1 decision kept" in grade("decide", "excuses.csv", "-a", "small", "--keep").err
    assert "whether it counts" in grade("decisions").out
    assert grade("decide", "excuses.csv", "-a", "small", "--keep").err.startswith("1 decision in force already")

    ran = grade("totals", "--csv", "totals.csv", "--html", "totals.html")
    assert ran.code == WHOLE
    assert "1 student without a total yet" in ran.err
    rows = {row["id"]: row for row in csv.DictReader((course / "totals.csv").read_text(encoding="utf-8").splitlines())}
    assert (rows["ada"]["total"], rows["ada"]["small: how"]) == ("", "open: not marked: essay")
    assert (rows["bob"]["total"], rows["bob"]["small: how"], rows["bob"]["grade"]) == ("60", "excused", "1.0")
    assert (rows["eve"]["total"], rows["eve"]["small: how"], rows["eve"]["grade"]) == ("36.8", "missing", "5.0")
    sheet = Outline((course / "totals.html").read_text(encoding="utf-8")).text
    assert "1 without a total yet" in sheet
    assert "ada small: not marked: essay" in sheet

    excused = grade("export", "small", "--format", "canvas").out.splitlines()
    assert [line.rpartition(",")[2] for line in excused if '"bob"' in line] == ['"EX"']
    assert "excused" in (
        grade("class", "small").out and (course / "results/small/class.html").read_text(encoding="utf-8")
    )
    lay(course, {"excuses.csv": "student,excuse,why\nbob,none,was not ill\n"})
    grade("decide", "excuses.csv", "-a", "small", "--keep")
    assert "missing" in next(line for line in grade("totals").out.splitlines() if "bob" in line)
