"""`[[by_hand]]` in a rubric: read exactly, and every problem told with file and key."""

from __future__ import annotations

import io
import json
from fractions import Fraction
from pathlib import Path

import pytest
from review_cases import BY_HAND, RUBRIC_BY_HAND
from rich.console import Console
from tiny_course import RUBRIC, build

from grader.course.discovery import read_assignment
from grader.errors import CourseError
from grader.model.assignment import ManualRow
from grader.model.result import ManualItem, PartScore, Provenance, Result
from grader.reporting.terminal import rendering
from grader.results.codec import as_text, from_json, to_json
from grader.results.visibility import View, visible_to
from grader.wording.statuses import ending, outcome_text


def problems(folder: Path, rubric: str) -> list[str]:
    with pytest.raises(CourseError) as broken:
        read_assignment(build(folder, rubric=rubric))
    return [str(problem) for problem in broken.value.problems]


def test_rows_by_hand_are_read_in_their_order(tmp_path: Path) -> None:
    assignment = read_assignment(build(tmp_path, rubric=RUBRIC_BY_HAND)).assignment
    assert assignment.by_hand == (
        ManualRow(
            name="essay",
            part="review",
            title="Paper review",
            points=Fraction(4),
            description="the review names what the paper adds",
        ),
        ManualRow(
            name="curve",
            part="stats",
            title="Learning curve",
            points=Fraction(3, 2),
            description="the curve has axes and units",
            writeup="*.txt",
        ),
    )
    assert assignment.max_score == 10  # what the checks alone give


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("points = 4\n", "points = 0\n", "by_hand entry 1, points: is 0, expected greater than 0"),
        ("points = 4\n", 'points = "4"\n', "by_hand entry 1, points: is '4', expected a number"),
        ("points = 4\n", "points = inf\n", "by_hand entry 1, points: is inf, expected a finite number"),
        ("points = 4\n", "", "by_hand entry 1, points: is missing"),
        (
            'name = "essay"',
            'name = "paper review"',
            "by_hand entry 1, name: is 'paper review', expected letters, digits and",
        ),
        ('name = "essay"', 'name = "curve"', "by_hand: 'curve' stands there twice"),
        ('name = "essay"', 'name = "variance"', "by_hand entry 1, name: 'variance' is also the name of a check"),
        (
            'part = "stats"\ntitle = "L',
            'part = "plots"\ntitle = "L',
            "by_hand entry 2, part: is 'plots', expected one of",
        ),
        ('title = "Paper review"\npoints', 'title = " "\npoints', "by_hand entry 1, title: is empty"),
        (
            'writeup = "*.txt"',
            'writeup = "../*.txt"',
            "by_hand entry 2, writeup: is '../*.txt', expected a path below the",
        ),
        ('writeup = "*.txt"', 'writeup = ""', "by_hand entry 2, writeup: is empty"),
        ('writeup = "*.txt"', "words = 350", "by_hand entry 2, words: is no known key"),
    ],
)
def test_what_is_wrong_with_a_row_by_hand_is_told_with_its_key(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    assert RUBRIC_BY_HAND.count(old) == 1
    (outcome_text,) = problems(tmp_path, RUBRIC_BY_HAND.replace(old, new))
    assert outcome_text.startswith(f"reference/tiny/assignment.toml: {sentence}")


def test_all_problems_of_rows_by_hand_are_told_at_once(tmp_path: Path) -> None:
    broken = BY_HAND.replace('"essay"', '"variance"').replace('"stats"', '"plots"').replace("points = 4", "points = -1")
    assert len(problems(tmp_path, RUBRIC + broken)) == 4  # the part `review` is not there either


def test_a_table_that_is_no_list_of_rows_is_told(tmp_path: Path) -> None:
    (outcome_text,) = problems(tmp_path, RUBRIC + '\n[by_hand]\nname = "essay"\n')
    assert outcome_text.startswith("reference/tiny/assignment.toml: by_hand: is ")


def test_hundredths_of_all_points_in_a_late_policy_are_of_those_by_hand_too(tmp_path: Path) -> None:
    late = '\n[late]\ndue = 2024-04-16T23:59:00\ntime_zone = "UTC"\ndeduct_percent = 10\n'
    policy = read_assignment(build(tmp_path, rubric=RUBRIC_BY_HAND + late)).assignment.late
    assert policy is not None
    assert policy.deduct == Fraction(31, 20)


def row(mark: int | None) -> ManualItem:
    essay = ManualRow(name="essay", part="p", title="Essay", points=Fraction(4), description="it is one")
    return ManualItem(row=essay, mark=None if mark is None else Fraction(mark), comment="" if mark is None else "good")


def marked(*rows: ManualItem) -> Result:
    part = PartScore(name="p", title="P", points=Fraction(3), max_points=Fraction(8))
    provenance = Provenance(submission="s", tests="t", reference="r", versions={}, isolation=(), seed=1)
    return Result(
        assignment="tiny",
        title="Tiny",
        submission="ada",
        score=Fraction(3),
        max_score=Fraction(8),
        parts=(part,),
        checks=(),
        by_hand=rows,
        rules=(),
        notes=(),
        provenance=provenance,
    )


def test_a_row_by_hand_is_never_what_a_student_is_told_to_work_on() -> None:
    screen = io.StringIO()
    Console(file=screen, width=80).print(rendering(visible_to(marked(row(3), row(None)), View.STUDENT)))
    assert screen.getvalue().splitlines()[-1] == "grade list"


@pytest.mark.parametrize(
    ("mark", "told_so"), [(None, ("not marked yet", "not marked yet")), (3, ("marked by hand", "good"))]
)
def test_a_row_by_hand_is_marked_or_not_and_never_passed_or_failed(mark: int | None, told_so: tuple[str, str]) -> None:
    assert (ending(row(mark)), outcome_text(row(mark))) == told_so


@pytest.mark.parametrize(("mark", "status"), [(None, "blocked"), (3, "failed"), (4, "passed")])
def test_a_row_by_hand_is_written_as_one_and_read_back(mark: int | None, status: str) -> None:
    result = marked(row(mark))
    document = json.loads(as_text(to_json(visible_to(result, View.INSTRUCTOR))))
    assert (document["checks"][0]["by_hand"], document["checks"][0]["status"]) == (True, status)
    assert from_json(document) == result


def test_a_course_that_people_mark_whole_is_told_to_have_one_check(tmp_path: Path) -> None:
    folder = build(tmp_path, rubric=RUBRIC_BY_HAND)
    (folder / "checks/test_tiny.py").unlink()
    with pytest.raises(
        CourseError, match=r"checks: holds no hidden test, .*one check at least, beside what people mark"
    ):
        read_assignment(folder)
