"""A course, and a hand-out, written for the names of the version before: graded as ever, with one warning."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_course import CHECKS, DRIVERS, MISTAKES, SCALE, build

from grader.authoring import assert_matches
from grader.course.discovery import Course, read_assignment
from grader.course.handout import hand_out
from grader.course.student_files import student_files
from grader.drivers import former_names
from grader.drivers.statuses import Status as PublicStatus
from grader.judging.agreement import WARNED
from grader.judging.grading import RECORDINGS, Grader
from grader.judging.judge import Judge
from grader.model.result import Result
from grader.subjects.recordings import Recordings

FORMER_CHECKS = (
    re.sub(r"\brng\b", "draw", CHECKS)
    .replace("from grader.authoring import", "from grader.compare import")
    .replace("def test_standardized(student, reference, draw, shape):\n", """\
def test_standardized(student, reference, draw, shape, remark):
    remark("the population's deviation recognised")
""")
)  # fmt: skip
FORMER_DRIVERS = DRIVERS.replace("\n\n\ndef standardized", """

import grader.writing
from grader.answers import (
    RowError,
    number,
)
from grader.importer import MissingError
from grader.model import Status


def standardized""", 1).replace('    return {"v"', """\
    from grader.answers import is_empty
    if is_empty(x) or number("1.5") != 1.5 or grader.writing.count_words("two words") != 2:
        raise MissingError
    if RowError(Status.FAILED, "").status.value != "failed":
        raise MissingError
    return {"v\"""", 1)  # fmt: skip
FORMER_MISTAKES = MISTAKES.replace("from grader.authoring", "import grader.sentences\nfrom grader.authoring", 1)
RENAMED = (
    "grader.answers is now grader.drivers.answers", "grader.compare is now grader.authoring",
    "grader.importer is now grader.drivers.imports", "grader.model.Status is now grader.drivers.statuses.Status",
    "grader.writing is now grader.drivers.writeups", "the fixture draw is now rng", "the fixture remark is now note",
)  # fmt: skip


def former_course(folder: Path) -> Path:
    return build(folder, checks=FORMER_CHECKS, drivers=FORMER_DRIVERS, mistakes=FORMER_MISTAKES)


def graded(course: Path, submission: Path) -> tuple[Result, str]:
    """Grade with what `course` holds, as a process of its own; give the result and the one warning."""
    WARNED.clear()
    with pytest.warns(FutureWarning) as caught, Grader(read_assignment(course)) as grader:
        result = grader.grade(submission)
    assert [warning.category for warning in caught] == [FutureWarning]
    return result, str(caught[0].message)


def test_a_course_written_for_the_former_names_is_graded_as_ever_with_one_warning(tmp_path: Path) -> None:
    course = former_course(tmp_path)
    result, warning = graded(course, course / "samples" / "correct")
    assert result.score == result.max_score
    assert result.checks[0].message == "the population's deviation recognised"
    assert [
        words for words in (*RENAMED, "grader.sentences is now grader.wording.messages") if words not in warning
    ] == []


def test_a_hand_out_written_for_the_former_names_is_graded_as_ever_with_one_warning(tmp_path: Path) -> None:
    course, out = read_assignment(former_course(tmp_path / "course")), tmp_path / "out"
    for path, text in hand_out(course, student_files(course)).files.items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_text(text, encoding="utf-8")
    with pytest.warns(FutureWarning):
        judge = Judge(Course(out).load("tiny"), Recordings(out / RECORDINGS / "tiny.sqlite"))
    judge.record_reference_of(course)
    judge.recordings.save()
    (out / "student/tiny/scale.py").write_text(SCALE, encoding="utf-8")
    result, warning = graded(out / "reference" / "tiny", out / "student" / "tiny")
    assert (result.score, len(result.checks)) == (result.max_score, 1)
    assert [words for words in RENAMED if words not in warning] == []


def test_a_teacher_is_warned_once_however_often_the_course_is_opened(tmp_path: Path) -> None:
    source = (
        "import sys; from pathlib import Path; from grader.course.discovery import read_assignment\n"
        "from grader.judging.judge import Judge; from grader.subjects.recordings import Recordings\n"
        "for name in sys.argv[1:] * 2: Judge(read_assignment(Path(name)), Recordings())\n"
    )
    command = [sys.executable, "-c", source, str(former_course(tmp_path))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr.count("FutureWarning") == 1
    assert done.stderr.startswith("reference/tiny:0: FutureWarning: for the author of tiny: the next version will")


def test_a_course_of_today_is_not_warned(tmp_path: Path) -> None:
    course = build(tmp_path)
    with Grader(read_assignment(course)) as grader:  # warnings are errors
        assert grader.grade(course / "samples" / "correct").score == 10


def test_a_fixture_of_the_courses_own_that_bears_a_former_name_is_the_courses(tmp_path: Path) -> None:
    own = CHECKS.replace("SHAPES =", "@pytest.fixture\ndef draw():\n    return 7\n\n\nSHAPES =", 1).replace(
        "def test_variance(student,", "def test_variance(draw, student,"
    )
    with Grader(read_assignment(build(tmp_path, checks=own))) as grader:
        assert grader.grade(tmp_path / "reference/tiny/samples/correct").score == 10


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from grader.answers import number\n", ("grader.answers",)),
        ("    import grader.writing\n", ("grader.writing",)),
        ("from grader import answers, model\n", ("grader.answers",)),
        ("from grader.model import (\n    Value,\n    Status,\n)\n", ("grader.model.Status",)),
        ("from grader.model import Value  # not Status\n", ()),
        ("from grader.drivers.answers import number\n", ()),
        ("# from grader.answers import number\n", ()),
        ("from graders.answers import number\n", ()),
    ],
)
def test_former_names_are_found_in_every_form_of_an_import(text: str, found: tuple[str, ...]) -> None:
    assert former_names.former_imports([text]) == found


def test_a_former_name_is_the_present_thing() -> None:
    former_names.install(former_names.IMPORTS)
    import grader.compare  # noqa: PLC0415  # made just now

    assert grader.compare.assert_matches is assert_matches
    assert PublicStatus is sys.modules["grader.model"].Status
