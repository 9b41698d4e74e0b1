from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from example_results import CONV_BACKWARD, changed, perfect_result, rich_result
from tiny_course import build

from grader.course.discovery import Course
from grader.errors import MachineError, NoCourseError, UsageError
from grader.integrations import platform as platforms
from grader.integrations.platform import (
    NOTHING_READ,
    Judged,
    NotJudged,
    Outcome,
    Platform,
    detected,
    exit_code,
    judged,
    outcome,
)
from grader.judging import grading
from grader.model.assignment import Visibility
from grader.model.result import Result
from grader.model.status import Status
from grader.results.visibility import View

CLASSROOM50 = {"GITHUB_ACTIONS": "true", "SUBMISSION_TAG": "submit/1", "CLASSROOM": "c", "ASSIGNMENT": "a"}


@pytest.fixture
def course(tmp_path: Path) -> Course:
    build(tmp_path)
    return Course(tmp_path)


def graded(result: Result, course: Course) -> Judged:
    return Judged(result, course.load("tiny").assignment)


def test_a_submission_is_judged_where_it_lies(course: Course) -> None:
    ended = judged(lambda: course, "tiny", course.folder / "reference/tiny/samples/short-rows")
    assert isinstance(ended, Judged)
    assert ended.result.score == Fraction("9.2")


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n"


@pytest.mark.parametrize("file", ["", "scale.py", "scale.ipynb"])
def test_what_is_there_and_cannot_be_read_is_no_score(course: Course, file: str) -> None:
    """In Gradescope it took the place of the score before."""
    place = course.folder / "submission"
    if file:
        place.mkdir()
        (place / file).write_bytes(POINTER)
    else:
        place.write_bytes(b"PK\x03\x04 and no more")
    ended = judged(lambda: course, "tiny", place)
    assert isinstance(ended, NotJudged)
    assert ended.public.startswith("Not graded, and nothing is lost by it: ")
    assert ended.sentence.startswith("submission submission ")


@pytest.mark.parametrize("handed_in", ["nothing", "an empty folder"])
def test_a_submission_that_holds_nothing_has_no_points_and_says_why(course: Course, handed_in: str) -> None:
    place = course.folder / "submission"
    if handed_in == "an empty folder":
        place.mkdir()
    ended = judged(lambda: course, "tiny", place)
    assert isinstance(ended, Judged)
    assert (ended.result.score, ended.result.max_score) == (0, 10)
    assert {(check.status, check.message) for check in ended.result.checks} == {(Status.UNWRITTEN, NOTHING_READ)}
    (note,) = ended.result.notes
    assert "submission" in note
    assert outcome(ended, View.STUDENT) is Outcome.FAILURE


def test_a_broken_course_is_refused_and_only_the_instructor_hears_how(course: Course) -> None:
    rubric = course.folder / "reference/tiny/assignment.toml"
    rubric.write_text(rubric.read_text(encoding="utf-8").replace("points = 3", "points = 'secret'"), encoding="utf-8")
    ended = judged(lambda: course, "tiny", course.folder / "reference/tiny/samples/short-rows")
    assert isinstance(ended, NotJudged)
    assert ended.sentence.startswith(
        "the course needs repair: reference/tiny/assignment.toml: checks.standardized.points"
    )
    assert "secret" not in ended.public
    assert "not because of your submission" in ended.public


@pytest.mark.parametrize("error", [NoCourseError("no course here"), UsageError("no folder is a course")])
def test_a_course_that_is_not_there_is_the_courses_move(course: Course, error: Exception) -> None:
    def find() -> Course:
        raise error

    assert judged(find, "tiny", course.folder / "reference/tiny/samples/short-rows") == NotJudged(
        f"the course needs repair: {error}"
    )


def test_an_assignment_that_the_course_has_not_is_the_courses_move(course: Course) -> None:
    ended = judged(lambda: course, "convnet", course.folder / "reference/tiny/samples/short-rows")
    assert isinstance(ended, NotJudged)
    assert "there is no assignment 'convnet'" in ended.sentence


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (MachineError("no seccomp"), "this machine cannot grade: no seccomp"),
        (ZeroDivisionError("division by zero"), "grade itself has a bug: ZeroDivisionError: division by zero"),
    ],
)
def test_what_breaks_on_our_side_is_a_sentence(
    course: Course, monkeypatch: pytest.MonkeyPatch, error: Exception, sentence: str
) -> None:
    def broken(*_args: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(platforms, "Grader", broken)
    assert judged(lambda: course, "tiny", course.folder / "reference/tiny/samples/short-rows") == NotJudged(sentence)


def test_a_bug_over_a_submission_is_no_score_and_leaves_its_traceback_for_us(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_args: object, **_named: object) -> None:
        raise RecursionError("maximum recursion depth exceeded")

    monkeypatch.setattr(grading, "grade_submission", broken)
    ended = judged(lambda: course, "tiny", course.folder / "reference/tiny/samples/short-rows")
    assert ended == NotJudged(
        "grade itself fails over submission short-rows (RecursionError: maximum recursion depth exceeded): "
        "it has no score, and a person has to look at it"
    )
    assert "Traceback" in capsys.readouterr().err


def test_what_is_more_than_is_taken_on_is_no_score(course: Course) -> None:
    """It was 0 points, and took the place of the score before."""
    place = course.folder / "submission"
    place.mkdir()
    for number in range(1000):
        (place / f"f{number}.py").touch()
    (place / "scale.py").write_text("X = 1\n")
    ended = judged(lambda: course, "tiny", place)
    assert isinstance(ended, NotJudged)
    assert ended.public.startswith("Not graded, and nothing is lost by it: ")
    assert "comes to 1001 files and folders of code" in ended.public


def test_a_bug_of_ours_leaves_its_traceback_for_us(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(platforms, "Grader", None)
    judged(lambda: course, "tiny", course.folder / "reference/tiny/samples/short-rows")
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (perfect_result(), Outcome.SUCCESS),
        (replace(rich_result(), checks=(CONV_BACKWARD,)), Outcome.FAILURE),
        (rich_result(), Outcome.ERROR),
        (replace(rich_result(), checks=(changed(CONV_BACKWARD, max_points=Fraction(0)),)), Outcome.SUCCESS),
    ],
    ids=["all passed", "one failed", "one void", "one failed that does not count"],
)
def test_an_outcome_counts_what_counts(course: Course, result: Result, expected: Outcome) -> None:
    assert outcome(graded(result, course), View.STUDENT) is expected


@pytest.mark.parametrize("view", View)
@pytest.mark.parametrize("status", [Status.PASSED, Status.FAILED])
def test_how_a_job_ends_does_not_tell_how_a_check_ended_that_is_not_shown(
    course: Course, view: View, status: Status
) -> None:
    """A failed check behind others that passed ended the job with exit code 1, which its student sees."""
    first, *others = perfect_result().checks
    later = changed(first, status=status, visibility=Visibility.AFTER_DUE_DATE)
    ended = graded(replace(perfect_result(), checks=(later, *others)), course)
    tells = status is Status.FAILED and view is not View.STUDENT
    assert outcome(ended, view) is (Outcome.FAILURE if tells else Outcome.SUCCESS)


def test_a_job_fails_where_an_answer_is_missing_that_is_judged_later(course: Course) -> None:
    first, *others = perfect_result().checks
    missing = changed(
        first, status=Status.UNWRITTEN, visibility=Visibility.AFTER_DUE_DATE, unanswered=("A is left empty",)
    )
    ended = graded(replace(perfect_result(), checks=(missing, *others)), course)
    assert outcome(ended, View.STUDENT) is Outcome.FAILURE


def test_a_refusal_is_an_error() -> None:
    assert outcome(NotJudged("the course needs repair"), View.STUDENT) is Outcome.ERROR


@pytest.mark.parametrize(
    ("platform", "codes"),
    [
        (Platform.PLAIN, (0, 1, 3)),
        (Platform.GITHUB, (0, 1, 3)),
        (Platform.GITLAB, (0, 1, 3)),
        (Platform.CLASSROOM50, (0, 0, 3)),
    ],
)
def test_each_platform_gets_the_exit_code_that_it_expects(platform: Platform, codes: tuple[int, ...]) -> None:
    assert tuple(exit_code(ended, platform) for ended in Outcome) == codes


@pytest.mark.parametrize(
    ("environ", "platform"),
    [
        ({}, Platform.PLAIN),
        ({"CI": "true"}, Platform.PLAIN),
        ({"GITLAB_CI": "true"}, Platform.GITLAB),
        ({"GITHUB_ACTIONS": "true"}, Platform.GITHUB),
        ({"GITHUB_ACTIONS": "false"}, Platform.PLAIN),
        (CLASSROOM50, Platform.CLASSROOM50),
        ({**CLASSROOM50, "SUBMISSION_TAG": ""}, Platform.GITHUB),
        ({"CLASSROOM": "c", "ASSIGNMENT": "a", "SUBMISSION_TAG": "submit/1"}, Platform.PLAIN),
    ],
)
def test_a_platform_is_told_by_the_variables_that_it_sets(environ: dict[str, str], platform: Platform) -> None:
    assert detected(environ) is platform
