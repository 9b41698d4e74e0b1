"""`[[by_hand]]` in a rubric: read exactly, and every problem told with file and key."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from review_cases import BY_HAND, RUBRIC_BY_HAND
from tiny_course import RUBRIC, build

from grader.course.discovery import read_assignment
from grader.errors import CourseError
from grader.model import CheckResult, ManualItem, PartScore, Provenance, Result, Status
from grader.results import as_text, from_json, to_json
from grader.views import View, fix_first, next_command


def problems(folder: Path, rubric: str) -> list[str]:
    with pytest.raises(CourseError) as broken:
        read_assignment(build(folder, rubric=rubric))
    return [str(problem) for problem in broken.value.problems]


def test_rows_by_hand_are_read_in_their_order(tmp_path: Path) -> None:
    assignment = read_assignment(build(tmp_path, rubric=RUBRIC_BY_HAND)).assignment
    assert assignment.by_hand == (
        ManualItem(
            name="essay",
            part="review",
            title="Paper review",
            points=Fraction(4),
            says="the review names what the paper adds",
        ),
        ManualItem(
            name="curve",
            part="stats",
            title="Learning curve",
            points=Fraction(3, 2),
            says="the curve has axes and units",
            writeup="*.txt",
        ),
    )
    assert assignment.max_score == 10  # what the checks alone give


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("points = 4\n", "points = 0\n", "by_hand.0.points: is 0, expected greater than 0"),
        ("points = 4\n", 'points = "4"\n', "by_hand.0.points: is '4', expected a valid number"),
        ("points = 4\n", "points = inf\n", "by_hand.0.points: is inf, expected a finite number"),
        ("points = 4\n", "", "by_hand.0.points: is missing"),
        ('name = "essay"', 'name = "paper review"', "by_hand.0.name: is 'paper review', expected letters, digits and"),
        ('name = "essay"', 'name = "curve"', "by_hand: 'curve' stands there twice"),
        ('name = "essay"', 'name = "variance"', "by_hand.0.name: 'variance' is also the name of a check"),
        ('part = "stats"\ntitle = "L', 'part = "plots"\ntitle = "L', "by_hand.1.part: is 'plots', expected one of"),
        ('title = "Paper review"\npoints', 'title = " "\npoints', "by_hand.0.title: is empty"),
        ('writeup = "*.txt"', 'writeup = "../*.txt"', "by_hand.1.writeup: is '../*.txt', expected a path below the"),
        ('writeup = "*.txt"', 'writeup = ""', "by_hand.1.writeup: is empty"),
        ('writeup = "*.txt"', "words = 350", "by_hand.1.words: is no known key"),
    ],
)
def test_what_is_wrong_with_a_row_by_hand_is_told_with_its_key(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    assert RUBRIC_BY_HAND.count(old) == 1
    (told,) = problems(tmp_path, RUBRIC_BY_HAND.replace(old, new))
    assert told.startswith(f"reference/tiny/assignment.toml: {sentence}")


def test_all_problems_of_rows_by_hand_are_told_at_once(tmp_path: Path) -> None:
    broken = BY_HAND.replace('"essay"', '"variance"').replace('"stats"', '"plots"').replace("points = 4", "points = -1")
    assert len(problems(tmp_path, RUBRIC + broken)) == 4  # the part `review` is not there either


def test_a_table_that_is_no_list_of_rows_is_told(tmp_path: Path) -> None:
    (told,) = problems(tmp_path, RUBRIC + '\n[by_hand]\nname = "essay"\n')
    assert told.startswith("reference/tiny/assignment.toml: by_hand: is ")


def test_hundredths_of_all_points_in_a_late_policy_are_of_those_by_hand_too(tmp_path: Path) -> None:
    late = '\n[late]\ndue = 2024-04-16T23:59:00\ntime_zone = "UTC"\ndeduct_percent = 10\n'
    policy = read_assignment(build(tmp_path, rubric=RUBRIC_BY_HAND + late)).assignment.late
    assert policy is not None
    assert policy.deduct == Fraction(31, 20)


def row(status: Status, points: int) -> CheckResult:
    return CheckResult("essay", "p", status, Fraction(points), Fraction(4), "Essay: it is one", "good", by_hand=True)


def marked(*rows: CheckResult) -> Result:
    part = PartScore("p", "P", Fraction(3), Fraction(8))
    provenance = Provenance("s", "t", "r", {}, (), 1)
    return Result("tiny", "Tiny", "ada", Fraction(3), Fraction(8), (part,), rows, (), (), provenance)


def test_a_row_by_hand_is_never_what_a_student_is_told_to_work_on() -> None:
    rows = row(Status.FAILED, 3), row(Status.BLOCKED, 0)
    assert fix_first(rows) is None
    assert next_command(marked(*rows)) == "grade list"


def test_a_row_by_hand_is_written_as_one_and_read_back() -> None:
    result = marked(row(Status.FAILED, 3))
    document = json.loads(as_text(to_json(result, View.INSTRUCTOR)))
    assert document["checks"][0]["by_hand"] is True
    assert from_json(document) == result
