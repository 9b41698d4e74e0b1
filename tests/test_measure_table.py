"""`[checks.<name>.measure]` in a rubric: read exactly, and what is wrong with it told in a sentence each."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from measured_course import CHECKS, RUBRIC, build_measured

from grader.course.discovery import read_assignment
from grader.course.fingerprint import course_fingerprint
from grader.errors import CourseError
from grader.judging.judge import Judge
from grader.model.measure import Among, Better, Line, MeasureRule, RankRule, Threshold
from grader.subjects.recordings import Recordings

THRESHOLDS = "thresholds = [{ at = 0.5, points = 2 }, { at = 0.8, points = 4 }]"
LINE = "line = { none_at = 0.5, all_at = 0.9 }"


def problems(folder: Path, rubric: str) -> list[str]:
    with pytest.raises(CourseError) as broken:
        read_assignment(build_measured(folder, rubric))
    return [str(problem) for problem in broken.value.problems]


def test_a_measure_is_read_as_it_is_written(tmp_path: Path) -> None:
    labels, masks = read_assignment(build_measured(tmp_path)).assignment.checks
    assert labels.measure == MeasureRule(
        name="accuracy",
        decimals=3,
        better=Better.HIGHER,
        thresholds=(
            Threshold(at=Fraction("0.5"), points=Fraction(2)),
            Threshold(at=Fraction("0.8"), points=Fraction(4)),
        ),
        rank=RankRule(points=Fraction(5), step=Fraction(1), bonus=True),
    )
    assert masks.measure == MeasureRule(
        name="mean IoU",
        line=Line(none_at=Fraction("0.5"), all_at=Fraction("0.9")),
        rank=RankRule(places=(Fraction(3), Fraction(1)), among=Among.MEASURED),
    )


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (THRESHOLDS, f"{THRESHOLDS}\n{LINE}", "thresholds and line both say what a value earns: expected one of them"),
        ("{ at = 0.8, points = 4 }", "{ at = 0.4, points = 4 }",
         "thresholds: 0.4 stands after 0.5, expected rising values"),
        ("{ at = 0.8, points = 4 }", "{ at = 0.8, points = 2 }",
         "thresholds: 0.8 gives no more points than 0.5, expected more"),
        ("{ at = 0.8, points = 4 }", "{ at = 0.8, points = 3 }",
         "the best of measure.thresholds gives 3 points, expected 4, the check's"),
        ("{ at = 0.8, points = 4 }", "{ at = nan, points = 4 }", "is nan, expected a finite number"),
        ("{ at = 0.8, points = 4 }", "{ points = 4 }", "at: is missing"),
        ("decimals = 3", "decimals = 13", "decimals: is 13, expected less than or equal to 12"),
        ("decimals = 3", 'better = "more"', "better: is 'more', expected higher, lower"),
        ("decimals = 3", 'direction = "up"', "direction: is no known key"),
        ('name = "accuracy"', "", "name: is missing"),
        ("all_at = 0.9", "all_at = 0.5", "line: all_at is 0.5, expected more than none_at, 0.5, since higher is"),
        ("points = 5\nstep = 1\n", "", "expected one of points (of the first"),
        ("points = 5\nstep = 1", "points = 5\nplaces = [5]",
         "expected one of points (of the first, falling to the last) and places (of each place)"),
        ("places = [3, 1]", "places = [1, 3]", "places give more to a later place than to an earlier one"),
        ("places = [3, 1]", "places = [3, 1]\nlast = 1", "last and step are about points, not about places"),
        ("places = [3, 1]", "places = [0]", "the first place gives 0 points, expected more"),
        ("points = 5\nstep = 1", "points = 5\nstep = 6", "last and step are at most points, 5"),
        ("points = 5\nstep = 1", "points = 5\nstep = -1", "step: is -1"),
        ('among = "measured"', 'among = "all"', "among: is 'all', expected passed, measured"),
        ('hint = "which classes are mixed up?"', 'hint = "which?"\npartial = true',
         "partial shares the points out by case and measure by value: expected one of them"),
        ('hint = "which classes are mixed up?"', 'hint = "which?"\nmaps = true',
         "maps shows values, which only a public check does: expected public = true beside it"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_measure_is_told_in_a_sentence(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert old in RUBRIC
    found = problems(tmp_path, RUBRIC.replace(old, new))
    assert len(found) == 1
    assert found[0].startswith("reference/tiny/assignment.toml: checks.")
    assert sentence in found[0]


def test_a_test_that_measures_needs_a_table_and_a_table_a_test(tmp_path: Path) -> None:
    start = RUBRIC.index("[checks.labels.measure]")
    end = RUBRIC.index("[checks.masks]")
    rubric = RUBRIC[:start] + RUBRIC[end:]
    checks = CHECKS.replace("def test_masks(student, reference, measure)", "def test_masks(student, reference)")
    with pytest.raises(CourseError) as broken:
        Judge(read_assignment(build_measured(tmp_path, rubric, checks)), Recordings())
    assert [str(problem) for problem in broken.value.problems] == [
        "reference/tiny/assignment.toml: checks.labels.measure: is missing: test_labels asks for the fixture measure",
        "reference/tiny/assignment.toml: checks.masks.measure: test_masks does not ask for the fixture measure",
    ]


def test_what_a_value_earns_runs_no_submission_again_and_a_place_stores_no_other_result(tmp_path: Path) -> None:
    before = course_fingerprint(read_assignment(build_measured(tmp_path / "1")), None)
    other_line = RUBRIC.replace("all_at = 0.9", "all_at = 0.8")
    weighed = course_fingerprint(read_assignment(build_measured(tmp_path / "2", other_line)), None)
    assert weighed.key("digest") == before.key("digest")
    assert weighed.scoring != before.scoring
    other_places = RUBRIC.replace("places = [3, 1]", "places = [3, 2]")
    ranked = course_fingerprint(read_assignment(build_measured(tmp_path / "3", other_places)), None)
    assert (ranked.key("digest"), ranked.scoring) == (before.key("digest"), before.scoring)
    assert ranked.ranks != before.ranks
    assert ranked.late == before.late
