"""What a hidden test measures, from the fixture to the result: computed by the judge, once a case, never silence."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from measured_course import CHECKS, RIGHT_MASKS, RUBRIC, build_measured, hand_in, labels

from grader.course.discovery import read_assignment
from grader.judging.grading import Grader
from grader.judging.judge import Judge
from grader.lint.telling import telling_problems
from grader.model.result import CheckResult
from grader.model.status import Status
from grader.subjects.course import CourseSubject
from grader.subjects.recordings import Recordings

Graded = Callable[..., CheckResult]
RUNS = "expected run lengths of at least 0 that sum to 4 (2 x 2)"
REFERENCE_FAILS = "the course's reference fails here: its points are open until that is mended"
BROKEN = "the hidden test itself is broken: its points are open until that is mended"
MEASURES = "    measure(accuracy(got, labels_of(reference(labels, lines=10), **expected)))\n"


@pytest.fixture(scope="module")
def grader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grader]:
    """Give a grader for the course as it should be."""
    with Grader(read_assignment(build_measured(tmp_path_factory.mktemp("course"))), recordings=Recordings()) as ready:
        yield ready


@pytest.fixture
def graded(tmp_path: Path) -> Graded:
    """Give a function that grades 9 of 10 right labels by another test or rubric, and gives the row about labels."""

    def grade(checks: str = CHECKS, rubric: str = RUBRIC, name: str = "labels") -> CheckResult:
        course = read_assignment(build_measured(tmp_path, rubric, checks))
        hand_in(tmp_path / "handed", [9])
        with Grader(course, recordings=Recordings()) as ready:
            return next(row for row in ready.grade(tmp_path / "handed/student0").checks if row.name == name)

    return grade


def test_a_file_of_predictions_is_measured_in_the_judge(grader: Grader, tmp_path: Path) -> None:
    result = grader.grade(hand_in(tmp_path, [7]) / "student0")
    row = result.checks[0]
    assert (row.status, row.points, result.score) == (Status.FAILED, 2, 6)
    assert row.measurement is not None
    assert row.measurement.value == 0.7
    assert row.measurement.rank is None
    assert result.notes == (
        "labels: accuracy is told each time this is graded",
        "labels: once the class is ranked by accuracy, a place gives up to 5 points, as a bonus",
        "masks: mean IoU is told each time this is graded",
        "masks: once the class is ranked by mean IoU, a place gives up to 3 points more",
    )


def test_a_rubric_that_does_not_say_how_often_a_value_is_told_is_named(grader: Grader, tmp_path: Path) -> None:
    problems = [*telling_problems(grader.judge)]
    assert [problem.partition(" ")[0] for problem in problems] == ["labels", "masks"]
    assert "how often, by visibility" in problems[0]
    said = RUBRIC.replace("[checks.labels]\n", '[checks.labels]\nvisibility = "after_due_date"\n')
    judge = Judge(read_assignment(build_measured(tmp_path, said)), Recordings())
    assert [problem.partition(" ")[0] for problem in telling_problems(judge)] == ["masks"]


def test_nothing_is_told_of_value_and_place_where_the_check_is_not_shown(tmp_path: Path) -> None:
    rubric = RUBRIC.replace("[checks.masks]\n", '[checks.masks]\nvisibility = "hidden"\n')
    with Grader(read_assignment(build_measured(tmp_path, rubric)), recordings=Recordings()) as ready:
        notes = ready.grade(hand_in(tmp_path / "handed", [7]) / "student0").notes
    assert notes == (
        "labels: accuracy is told each time this is graded",
        "labels: once the class is ranked by accuracy, a place gives up to 5 points, as a bonus",
    )


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("labels.txt", labels(10)[:-2], "labels.txt has 9 lines, expected 10: line 10 is the first that is missing"),
        ("labels.txt", "x" + labels(10), "line 1 of labels.txt has …, expected a whole number from 0 to 2"),
        ("masks.txt", "3\n4\n", f"line 1 of masks.txt has run lengths that sum to 3, {RUNS}"),
    ],
    ids=["a line is missing", "no number", "a sum"],
)  # fmt: skip
def test_a_file_that_is_wrong_costs_its_own_check_alone(
    grader: Grader, tmp_path: Path, file: str, text: str, message: str
) -> None:
    folder = hand_in(tmp_path, [10]) / "student0"
    (folder / file).write_text(text)
    result = grader.grade(folder)
    wrong, right = sorted(result.checks, key=lambda row: row.points)
    assert (wrong.status, wrong.message, wrong.points) == (Status.FAILED, message, 0)
    assert wrong.measurement is None
    assert (right.status, right.points) == (Status.PASSED, 4)


def test_a_label_that_is_no_class_is_a_remark_and_a_wrong_one(grader: Grader, tmp_path: Path) -> None:
    folder = hand_in(tmp_path, [10]) / "student0"
    (folder / "labels.txt").write_text("34\n" + labels(10)[2:])
    row = grader.grade(folder).checks[0]
    assert row.status is Status.PASSED
    assert row.measurement is not None
    assert row.measurement.value == 0.9
    assert row.message == "line 1 of labels.txt has 34, expected a whole number from 0 to 2: it counts as wrong"


def test_what_stands_in_a_file_is_quoted_where_no_code_is_asked(tmp_path: Path) -> None:
    """Code could put hidden inputs into what it answers; a file cannot, and its author needs to know what is wrong."""
    course = read_assignment(build_measured(tmp_path, checks=CHECKS.replace("student", "files")))
    folder = hand_in(tmp_path / "handed", [10]) / "student0"
    with Grader(course, recordings=Recordings()) as ready:
        (folder / "labels.txt").write_text("1.5\n" + labels(10)[2:])
        (folder / "masks.txt").write_text("3,1\n4\n")
        told = [row.message for row in ready.grade(folder).checks]
        (folder / "labels.txt").write_text("34\n35\n" + labels(10)[4:])
        os.truncate(folder / "masks.txt", 2 << 30)
        later = [row.message for row in ready.grade(folder).checks]
    assert told == [
        "line 1 of labels.txt has '1.5', expected a whole number from 0 to 2",
        f"line 1 of masks.txt has '3,1', {RUNS}",
    ]
    assert later == [
        "line 1 of labels.txt has 34, expected a whole number from 0 to 2: it counts as wrong (1 more line is not)",
        "masks.txt is too large, expected at most 32 MiB in all attachments together",
    ]


def test_the_measure_of_a_check_is_the_mean_of_its_cases(graded: Graded) -> None:
    cases = 'import pytest\n\n\n@pytest.mark.parametrize("value", [0.25, 0.75])\ndef test_labels(value, '
    checks = CHECKS.replace("def test_labels(", cases).replace(MEASURES, "    measure(value)\n")
    row = graded(checks)
    assert row.measurement is not None
    assert row.measurement.value == 0.5


@pytest.mark.parametrize(
    ("measures", "status", "message"),
    [
        ("    measure(float('nan'))\n", Status.VOID, REFERENCE_FAILS),
        ("    measure(float('nan') if got[-1] == 1 else 1.0)\n", Status.FAILED,
         "what is measured is nan, expected a number up to 1e+12"),
        ("    measure(float('inf') if got[-1] == 1 else 1.0)\n", Status.FAILED,
         "what is measured is inf, expected a number up to 1e+12"),
        ("    measure(True)\n", Status.VOID, BROKEN),
        ("    measure('0.9')\n", Status.VOID, BROKEN),
        ("    measure(0.9)\n    measure(0.9)\n", Status.VOID, BROKEN),
        ("    pass\n", Status.VOID, "the hidden test measured nothing: its points are open until that is mended"),
    ],
    ids=["always NaN", "NaN", "infinity", "a truth", "a text", "twice", "not at all"],
)  # fmt: skip
def test_what_is_no_measure_earns_nothing(graded: Graded, measures: str, status: Status, message: str) -> None:
    row = graded(CHECKS.replace(MEASURES, measures))
    assert (row.status, row.message, row.points) == (status, message, 0)


def test_numbers_of_numpy_are_measures(graded: Graded) -> None:
    row = graded(CHECKS.replace(MEASURES, "    measure((got < 9).mean() / 2)\n"))
    assert row.measurement is not None
    assert row.measurement.value == 0.5


def test_a_check_runs_though_one_that_it_needs_measured_too_little(graded: Graded) -> None:
    rubric = RUBRIC.replace("at = 0.8, points", "at = 0.95, points")
    rubric = rubric.replace("[checks.masks]\n", '[checks.masks]\nneeds = ["labels"]\n')
    assert graded(rubric=rubric).status is Status.FAILED
    assert graded(rubric=rubric, name="masks").status is Status.PASSED


def test_a_test_that_pytest_itself_runs_measures_too(graded: Graded) -> None:
    fixture = dedent("""\
        import pytest


        @pytest.fixture
        def scale():
            return 0.5


        def test_labels(scale, student, reference, measure, note):""")
    checks = CHECKS.replace("def test_labels(student, reference, measure, note):", fixture)
    row = graded(checks.replace(MEASURES, "    measure(scale)\n"))
    assert row.measurement is not None
    assert row.measurement.value == 0.5


def test_a_mistake_that_measures_too_little_is_caught(grader: Grader) -> None:
    """`grade lint` asks whether a mistake fails a check: one whose value does not earn all points does."""
    judge, solution = grader.judge, dict(grader.course.solution)
    worse = {"labels.txt": labels(7).encode(), "masks.txt": RIGHT_MASKS.encode()}
    mistaken = CourseSubject.of(grader.course, Recordings(), solution, worse)
    found = {check.name: judge.run_case_with(check, item, mistaken) for check, item in judge.cases()}
    assert str(found["labels"]) == "accuracy is 0.7, expected at least 0.8 for 4 points"
    assert found["masks"] is None
    assert all(judge.run_case_with(check, item, judge.reference) is None for check, item in judge.cases())


def test_a_known_mistake_behind_a_low_value_is_named(tmp_path: Path) -> None:
    """Its cases end without a difference: the values that came back are those of the mistake all the same."""
    mistakes = dedent("""\
        from grader.authoring import Mistake, replace

        MISTAKES = (
            Mistake(
                name="classes-from-one",
                says="the first class is written as 1",
                hint="which number has the first class?",
                patch=(replace("labels.txt", "0\\n1\\n2\\n" * 3 + "0\\n", "1\\n2\\n3\\n" * 3 + "1\\n"),),
                fails=("labels",),
                teaches="Classes are counted from 0.",
            ),
        )
        """)
    cases = 'import pytest\n\n\n@pytest.mark.parametrize("half", ["first", "second"])\ndef test_labels(half, '
    folder = build_measured(tmp_path, checks=CHECKS.replace("def test_labels(", cases))
    (folder / "mistakes.py").write_text(mistakes)
    hand_in(tmp_path / "handed", [10])
    (tmp_path / "handed/student0/labels.txt").write_text("1\n2\n3\n" * 3 + "1\n")
    with Grader(read_assignment(folder), recordings=Recordings()) as ready:
        row = ready.grade(tmp_path / "handed/student0").checks[0]
    assert (row.status, [known.name for known in row.mistakes]) == (Status.FAILED, ["classes-from-one"])
    assert row.measurement is not None
    assert row.measurement.value == 0.0
