"""`grader.reporting.class_statistics` and `grade statistics`: sums over a class and its sections."""

from __future__ import annotations

import csv
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from classes import CORRECT, SHORT_ROWS, STUB, USAGE, WHOLE, Grade, lay, unlike
from example_classes import drawn_class

from grader.model.assignment import Check
from grader.model.status import Outcome, Status
from grader.reporting.class_data import StudentRow
from grader.reporting.class_statistics import class_statistics, discriminations
from grader.results.form import BriefCheck

EASY, HARD, ODD = (
    Check(name=name, part="p", points=Fraction(points), description="", hint="")
    for name, points in (("easy", 1), ("hard", 3), ("odd", 2))
)


def student(number: int, **ended: bool | None) -> StudentRow:
    """Give a student whose checks passed, failed, or were not judged."""
    said = {None: Status.VOID, True: Status.PASSED, False: Status.FAILED}
    checks = {
        name: BriefCheck(name=name, status=said[passed], mistakes=[], reasons=[], cpu_seconds=0.0)
        for name, passed in ended.items()
    }
    return StudentRow(f"s{number}", "", Outcome.GRADED, checks=checks)


def test_a_check_that_goes_with_the_others_tells_apart_and_one_that_goes_against_them_is_negative() -> None:
    students = [
        student(1, easy=True, hard=True, odd=False),
        student(2, easy=True, hard=True, odd=False),
        student(3, easy=True, hard=False, odd=True),
        student(4, easy=True, hard=False, odd=True),
    ]
    found = discriminations((EASY, HARD, ODD), students)
    assert found == {"easy": None, "hard": pytest.approx(-1), "odd": pytest.approx(-1)}


def test_a_check_by_itself_says_nothing_about_itself() -> None:
    """Counted within its own total, every check goes with the whole."""
    students = [student(place, easy=place % 2 == 0, hard=place < 4) for place in range(8)]
    assert discriminations((EASY, HARD), students)["hard"] == pytest.approx(0)


def test_who_was_not_judged_does_not_count_and_two_students_say_nothing() -> None:
    students = [student(1, easy=True, hard=True), student(2, easy=False, hard=False), student(3, easy=None, hard=True)]
    assert discriminations((EASY, HARD), students)["easy"] is None


def test_a_student_is_looked_up_once_however_many_sections_there_are() -> None:
    """Every section went through the whole class, and sections are as many as the class is large."""
    asked: list[str] = []

    class Sections(dict[str, str]):
        def get(self, key: str, default: object = None) -> Any:  # noqa: ANN401  # as the dict says
            asked.append(key)
            return super().get(key, default)

    class_ = [student(number, easy=True) for number in range(60)]
    snapshot = replace(drawn_class(0), students=tuple(class_), checks=(EASY,))
    sections = Sections({one.identifier: f"g{number // 2:02}" for number, one in enumerate(class_)})
    found = class_statistics(snapshot, sections, {})
    assert found.columns == ("all", *(f"g{number:02}" for number in range(30)))
    assert found.rows[0].values == (60, *[2] * 30)
    assert sorted(asked) == sorted(sections)


def test_sections_stand_side_by_side_and_the_file_has_every_row(grade: Grade, course: Path) -> None:
    lay(course / "handed/ada", unlike(SHORT_ROWS, 1))
    lay(course / "handed/bob", unlike(SHORT_ROWS, 2))
    lay(course / "handed/eve", CORRECT)
    lay(course / "handed/zoe", STUB)
    lay(course, {"roster.csv": "id,section\nada,A\nbob,B\neve,B\nzoe,\n"})
    grade("batch", "tiny", "handed")
    lay(course / "handed/ada", unlike(SHORT_ROWS, 3))
    grade("batch", "tiny", "handed")
    ran = grade("statistics", "tiny", "--roster", "roster.csv", "--csv", "s.csv")
    assert ran.code == WHOLE
    assert "tells apart" in ran.out
    with (course / "s.csv").open(encoding="utf-8", newline="") as file:
        rows = {(row["kind"], row["name"]): row for row in csv.DictReader(file)}
    said = {key: [float(row[name]) for name in ("all", "A", "B")] for key, row in rows.items()}
    assert said["students", "graded"] == [4, 1, 2]
    assert said["score", "mean"] == [7.1, 9.2, 9.6]
    assert said["attempts", "most"] == [2, 2, 1]
    assert said["check", "unit_rows"] == [0.25, 0, 0.5]
    assert said["distribution", "90 % to 100 %"] == [3, 1, 2]
    mistake = rows["mistake", "short-rows-kept"]
    assert (mistake["all"], mistake["who"]) == ("2.0000", "ada; bob")
    grade("class", "tiny")
    assert "tells apart" in (course / "results/tiny/class.html").read_text(encoding="utf-8")
    lay(course, {"plain.csv": "id\nada\n"})
    assert grade("statistics", "tiny", "--roster", "plain.csv").code == USAGE
