"""`grader.course.fingerprint`, `rescore`: what makes a result another one, and what only weighs it anew."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from classes import CORRECT, PRINTS, SHORT_ROWS, lay
from tiny_course import CHECKS, DRIVERS, MISTAKES, RUBRIC, STATS, build

from grader.batch.rescore import rescored
from grader.course.assignment import CourseAssignment
from grader.course.discovery import read_assignment
from grader.course.fingerprint import CourseFingerprint, course_fingerprint, fingerprint_from
from grader.gradebook.submission_archive import dump, load
from grader.judging.grading import Grader, grade_submission
from grader.submissions.read import Submission, read_submission


def record(folder: Path, seed: int | None = None, **changes: str) -> CourseFingerprint:
    return course_fingerprint(read_assignment(build(folder, **changes)), seed)


@pytest.mark.parametrize(
    ("changes", "key_differs", "scoring_differs"),
    [
        ({}, False, False),
        ({"instructions": "# Other words\n"}, False, False),
        ({"rubric": RUBRIC.replace("Numbers in columns", "Columns of numbers")}, False, True),
        ({"rubric": RUBRIC.replace('points = 3\nsays = "every', 'points = 4\nsays = "every')}, False, True),
        ({"rubric": RUBRIC.replace("along which axis", "which way")}, False, True),
        ({"rubric": RUBRIC.replace("partial = true", "partial = false")}, True, False),
        ({"rubric": RUBRIC.replace("seconds = 2", "seconds = 3")}, True, False),
        ({"rubric": RUBRIC.replace("output_points = 1", "output_points = 2")}, True, False),
        ({"rubric": RUBRIC.replace("memory_mb = 512", "memory_mb = 600")}, True, False),
        ({"rubric": RUBRIC.replace("seed = 20261121", "seed = 1")}, True, False),
        ({"checks": CHECKS + "\n"}, True, False),
        ({"drivers": DRIVERS + "\n"}, True, False),
        ({"stats": STATS + "\n"}, True, False),
        ({"mistakes": MISTAKES + "\n"}, True, False),
    ],
)
def test_a_change_decides_verdicts_or_weighs_them(
    tmp_path: Path, changes: dict[str, str], key_differs: bool, scoring_differs: bool
) -> None:
    before, after = record(tmp_path), record(tmp_path, **changes)
    assert (before.key("d") != after.key("d")) is key_differs
    assert (before.scoring != after.scoring) is scoring_differs


def test_a_late_policy_changes_neither_key(tmp_path: Path) -> None:
    policy = '[late]\ndue = 2024-04-16T23:59:00\ntime_zone = "UTC"\ndeduct = 1\n'
    before, after = record(tmp_path), record(tmp_path, rubric=f"{RUBRIC}\n{policy}")
    assert (before.key("d"), before.scoring) == (after.key("d"), after.scoring)
    assert before.digest != after.digest


def test_another_submission_seed_or_version_is_another_key(tmp_path: Path) -> None:
    one = record(tmp_path)
    assert one.key("a") != one.key("b")
    assert one.key("a") != record(tmp_path, seed=7).key("a")
    assert one.key("a") != replace(one, versions={**one.versions, "numpy": "99"}).key("a")


def test_a_record_comes_back_as_it_was(tmp_path: Path) -> None:
    one = record(tmp_path)
    assert fingerprint_from(one.document) == one
    with pytest.raises(ValueError, match="is not in the form"):
        fingerprint_from('{"form": "grade/course/v9"}')


def test_a_file_that_tests_share_belongs_to_each_of_them(tmp_path: Path) -> None:
    folder = build(tmp_path)
    lay(folder / "checks", {"numbers.py": "x = 1\n"})
    before = course_fingerprint(read_assignment(folder), None)
    lay(folder / "checks", {"numbers.py": "x = 2\n"})
    after = course_fingerprint(read_assignment(folder), None)
    assert all(before.tests[check] != after.tests[check] for check in before.tests)


@pytest.mark.parametrize("name", ["cases.npz", "public/cases.csv", "deep/er/cases"])
def test_data_beside_the_tests_belongs_to_each_of_them(tmp_path: Path, name: str) -> None:
    """A result was kept although the data that its tests read had changed."""
    folder = build(tmp_path)
    none = course_fingerprint(read_assignment(folder), None)
    seen = []
    for text in ("1", "2"):
        lay(folder / "checks", {name: text})
        course = read_assignment(folder)
        seen.append((course_fingerprint(course, None), course.tests_digest))
    (before, one), (after, other) = seen
    assert all(before.tests[check] != after.tests[check] for check in before.tests)
    assert all(none.tests[check] != before.tests[check] for check in before.tests)
    assert one != other
    assert before.key("a") != after.key("a")


def test_what_python_and_editors_leave_beside_the_tests_belongs_to_none(tmp_path: Path) -> None:
    folder = build(tmp_path)
    before = course_fingerprint(read_assignment(folder), None)
    lay(folder / "checks", {"__pycache__/test_tiny.cpython-311.pyc": "x", ".test_tiny.py.swp": "x", ".idea/a.xml": "x"})
    assert course_fingerprint(read_assignment(folder), None) == before


def submission(tiny: CourseAssignment, folder: Path, files: dict[str, str]) -> Submission:
    return read_submission(lay(folder, files), tiny.assignment, tiny.provided)


def restored(content: bytes, one: Submission, tiny: CourseAssignment, files: tuple[str, ...]) -> Submission:
    return load(content, one.label, one.notes, one.digest, files, tiny.provided)


def test_a_kept_submission_is_the_one_that_was_read(tiny: CourseAssignment, tmp_path: Path) -> None:
    one = submission(tiny, tmp_path / "ada", {**CORRECT, "own.py": "word = 'naïve'\n"})
    content = dump(one, tiny.provided)
    assert restored(content, one, tiny, tiny.assignment.files) == one


def test_a_kept_submission_without_a_file_stays_without_it(tiny: CourseAssignment, tmp_path: Path) -> None:
    one = submission(tiny, tmp_path / "ada", {"scale.py": "x = 1\n"})
    assert one.missing == ("stats.py",)
    assert restored(dump(one, tiny.provided), one, tiny, tiny.assignment.files) == one


def test_a_file_that_is_asked_for_since_is_told_to_be_missing(tiny: CourseAssignment, tmp_path: Path) -> None:
    one = submission(tiny, tmp_path / "ada", CORRECT)
    back = restored(dump(one, tiny.provided), one, tiny, (*tiny.assignment.files, "more.py"))
    assert back.missing == ("more.py",)
    assert "more.py is asked for since this was handed in, and is not kept: grade the files again" in back.notes


def test_weighing_anew_gives_what_grading_again_gives(tiny_grader: Grader, tmp_path: Path) -> None:
    course = tiny_grader.course
    result = grade_submission(tiny_grader, submission(course, tmp_path / "ada", SHORT_ROWS))
    before = course.assignment.checks
    checks = tuple(replace(check, points=check.points * 3 + 1, description="other") for check in before)
    heavier = replace(course.assignment, checks=checks, title="Another")
    weighed = rescored(result, heavier, "tests")
    assert weighed.max_score == heavier.max_score
    shares = {check.name: check.points / check.max_points for check in result.checks}
    assert {check.name: check.points / check.max_points for check in weighed.checks} == shares
    assert shares["unit_rows"] == Fraction(3, 5)
    assert weighed.score == sum(check.points for check in weighed.checks)
    assert (weighed.title, weighed.provenance.tests, weighed.checks[0].description) == ("Another", "tests", "other")


def test_what_a_broken_rule_takes_is_weighed_anew(tiny_grader: Grader, tmp_path: Path) -> None:
    assignment = tiny_grader.course.assignment
    result = grade_submission(tiny_grader, submission(tiny_grader.course, tmp_path / "ada", PRINTS))
    assert [rule.points for rule in result.rules] == [-1]
    lighter = tuple(replace(check, points=check.points / 100) for check in assignment.checks)
    weighed = rescored(result, replace(assignment, checks=lighter), "tests")
    assert weighed.score == 0
    assert weighed.rules[0].message.endswith(f"it costs {float(-weighed.rules[0].points):g} points")
