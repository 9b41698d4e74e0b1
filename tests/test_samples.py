"""Samples state what they must get; a statement that cannot be true, or is not, is told."""

from __future__ import annotations

import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from example_results import check
from tiny_course import SAMPLES, build

from grader.course.discovery import read_assignment
from grader.course.samples import Sample, Style, read_samples, unlisted_samples
from grader.errors import CourseError
from grader.model.result import NamedMistake, Provenance, Result
from grader.model.status import Status

FILE = "reference/tiny/samples/samples.toml"


def samples(folder: Path, text: str | None = SAMPLES) -> tuple[Sample, ...]:
    return read_samples(read_assignment(build(folder, samples=text)))


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(CourseError) as caught:
        samples(folder, text)
    return [str(problem) for problem in caught.value.problems]


def test_samples_are_read_as_stated(tmp_path: Path) -> None:
    sample = samples(tmp_path)[3]
    assert sample == Sample(
        name="short-rows",
        path=tmp_path / "reference/tiny/samples/short-rows",
        score=Fraction(46, 5),
        description="rows that are shorter than 1 are not stretched",
        mistakes=("short-rows-kept",),
        statuses={"unit_rows": Status.FAILED},
    )


def test_samples_stand_in_the_order_of_their_file(tmp_path: Path) -> None:
    assert [sample.name for sample in samples(tmp_path)] == ["correct", "loops", "stub", "short-rows", "prints"]


def test_a_sample_may_say_that_it_is_in_another_hand(tmp_path: Path) -> None:
    stated = samples(tmp_path, SAMPLES.replace("[loops]\n", '[loops]\nstyle = "foreign"\n'))
    assert [sample.name for sample in stated if sample.style is Style.FOREIGN] == ["loops"]


def test_an_assignment_may_have_no_samples(tmp_path: Path) -> None:
    course = read_assignment(build(tmp_path))
    shutil.rmtree(course.folder / "samples")
    assert read_samples(course) == ()


@pytest.mark.parametrize("text", [SAMPLES.replace('[loops]\nscore = 10\nsays = "right, with loops"\n', ""), None])
def test_samples_that_are_not_listed_are_found(tmp_path: Path, text: str | None) -> None:
    """They were not looked at."""
    course = read_assignment(build(tmp_path, samples=text))
    for name in ("late.tar.gz", ".DS_Store", "README.md"):
        (course.folder / "samples" / name).write_bytes(b"")
    wanted = ("late.tar.gz", "loops") if text else ("correct", "late.tar.gz", "loops", "prints", "short-rows", "stub")
    assert unlisted_samples(course) == wanted


def test_a_sample_may_be_an_archive(tmp_path: Path) -> None:
    build(tmp_path)
    (tmp_path / "reference/tiny/samples/late.zip").write_bytes(b"")
    (sample,) = samples(tmp_path, '["late.zip"]\nscore = 0\nsays = "an empty archive"\n')
    assert sample.path.name == "late.zip"


def test_a_sample_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert problems(tmp_path, '[absent]\nscore = 1\nsays = "gone"\n') == [
        f"{FILE}: absent: there is no such sample beside it"
    ]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ('says = "x"', "correct.score: is missing"),
        ("score = 1", "correct.says: is missing"),
        ('score = -1\nsays = "x"', "correct.score: is -1, expected greater than or equal to 0"),
        ('score = inf\nsays = "x"', "correct.score: is inf, expected a finite number"),
        ('score = 1\nsays = " "', "correct.says: is empty"),
        ('score = 1\nsays = "x"\ngrade = 3', "correct.grade: is no known key"),
        ('score = 1\nsays = "x"\nstatuses = {variance = "good"}', "correct.statuses.variance: is 'good', expected "),
        ('score = 1\nsays = "x"\nstatuses = {median = "failed"}', "correct.statuses.median: is no check"),
        (
            'score = 1\nsays = "x"\nmistakes = "short"',
            'correct.mistakes: is \'short\', expected a list such as ["a", "b"]',
        ),
    ],
)
def test_a_statement_that_cannot_be_read_is_told_with_its_key(tmp_path: Path, row: str, sentence: str) -> None:
    (found,) = problems(tmp_path, f"[correct]\n{row}\n")
    assert found.startswith(f"{FILE}: {sentence}")


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    rows = ('[absent]\nscore = 1\nsays = "x"', '[correct]\nscore = 1\nsays = "x"\nstatuses = {median = "failed"}')
    assert len(problems(tmp_path, "\n".join(rows))) == 2


def test_names_that_do_not_meet_are_told_beside_what_has_the_wrong_form(tmp_path: Path) -> None:
    """A sample that was not there was told only once every key of every other had been right."""
    rows = ('[absent]\nscore = 1\nsays = "x"', '[correct]\nscore = -1\nsays = "x"\nstatuses = {median = "failed"}')
    assert problems(tmp_path, "\n".join(rows)) == [
        f"{FILE}: correct.score: is -1, expected greater than or equal to 0",
        f"{FILE}: absent: there is no such sample beside it",
        f"{FILE}: correct.statuses.median: is no check",
    ]


@pytest.mark.parametrize("text", ["[correct", "x = 1", "\udc80"], ids=["not TOML", "no table", "not UTF-8"])
def test_a_file_of_another_form_is_told(tmp_path: Path, text: str) -> None:
    folder = build(tmp_path)
    (folder / "samples/samples.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(CourseError, match=f"^{FILE}: "):
        read_samples(read_assignment(folder))


MISTAKE = NamedMistake("short-rows-kept", "short rows stay", "which lengths change?")
ROWS = (
    check("unit_rows", "scale", "2", "3/5", "says", Status.FAILED, mistakes=(MISTAKE,)),
    check("variance", "stats", "2", "1", "says", Status.PASSED),
)
RESULT = Result(
    assignment="tiny",
    title="Tiny",
    submission="short-rows",
    score=Fraction(16, 5),
    max_score=Fraction(4),
    parts=(),
    checks=ROWS,
    rules=(),
    notes=(),
    provenance=Provenance(submission="", tests="", reference="", versions={}, isolation=(), seed=1),
)
STATUSES = {"unit_rows": Status.FAILED}
SAMPLE = Sample(
    name="short-rows",
    path=Path("short-rows"),
    score=Fraction(16, 5),
    description="says",
    mistakes=(MISTAKE.name,),
    statuses=STATUSES,
)


def test_a_sample_that_gets_what_is_stated_agrees() -> None:
    assert SAMPLE.disagreements(RESULT) == ()


@pytest.mark.parametrize(
    ("stated", "sentence"),
    [
        (replace(SAMPLE, score=Fraction(4)), "scores 3.2, stated 4"),
        (replace(SAMPLE, mistakes=()), "is told short-rows-kept, which is not stated"),
        (replace(SAMPLE, mistakes=(MISTAKE.name, "not-centred")), "is not told not-centred"),
        (replace(SAMPLE, statuses={"variance": Status.FAILED}), "variance is passed, stated failed"),
        (replace(SAMPLE, statuses={"median": Status.FAILED}), "median is None, stated failed"),
    ],
    ids=["score", "unstated mistake", "untold mistake", "status", "no such check"],
)
def test_a_difference_is_told(stated: Sample, sentence: str) -> None:
    assert stated.disagreements(RESULT) == (sentence,)


def test_scores_that_differ_only_beyond_the_sixth_digit_are_told_in_full() -> None:
    (sentence,) = replace(SAMPLE, score=Fraction("3.33333")).disagreements(replace(RESULT, score=Fraction(10, 3)))
    assert sentence == "scores 10/3, stated 3.33333"


def test_every_difference_is_told() -> None:
    stated = replace(SAMPLE, score=Fraction(0), mistakes=("not-centred",), statuses={"variance": Status.DIED})
    assert len(stated.disagreements(RESULT)) == 4
