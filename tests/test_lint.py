"""Every rule of `grade lint` finds what it is for in a course that breaks just this rule, and nothing in a good one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import watchfiles
from classes import commands
from tiny_course import CHECKS, MISTAKES, RUBRIC, SAMPLES, STATS, STUBS, TWICE, build

from grader.course.assignment import CourseAssignment
from grader.course.discovery import read_assignment
from grader.course.samples import read_samples
from grader.course.student_files import present_files, student_files
from grader.judging.grading import Grader
from grader.lint.conventions import convention_problems
from grader.lint.lint import Findings, FoundUnderSeeds, flaky_problems, lint
from grader.model.result import Verdict
from grader.model.status import Status
from grader.subjects.recordings import Recordings

README = """\
# Numbers in columns

## The rule on output

Printing what the assignment does not ask for, in any check or at import, costs 1 point.
"""


ROW = """
    [checks.another]
    part = "stats"
    points = 1
    says = "another"
    hint = "another?"
"""
HEAD = "\n\n@pytest.mark.parametrize('case', ['a', 'b'])\ndef test_another(student, reference, rng, case):\n"
INPUTS = "    x = rng.normal(size=(4, 3))\n"


def linted(folder: Path, runs: int = 1, **changes: str) -> Findings:
    course = read_assignment(build(folder, **changes))
    student = folder / "student" / "tiny"
    (student / "README.md").write_text(README, encoding="utf-8")
    with Grader(course, recordings=Recordings()) as grader:
        return lint(grader, student_files(course), present_files(student), runs)


def test_a_good_course_has_no_problem_and_names_every_mistake(tmp_path: Path) -> None:
    findings = linted(tmp_path, runs=2)
    assert findings.problems == []
    assert findings.named_share == 1
    assert all(margin.smallest_mistake > 1000 * margin.largest_correct for margin in findings.margins.values())


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"student_scale": STUBS["scale.py"] + "# edited by hand\n"},
            "student/tiny/scale.py is not what the generator makes: run `grade stubs tiny`",
        ),
        (
            {"mistakes": MISTAKES.replace('fails=("unit_rows",)', 'fails=("unit_rows", "variance")')},
            "the mistake short-rows-kept passes variance, other than it says",
        ),
        (
            {"mistakes": MISTAKES.replace('fails=("standardized",)', "fails=()")},
            "the mistake one-deviation-for-all fails standardized, other than it says",
        ),
        (
            {"mistakes": MISTAKES.replace('patch=(replace("stats.py", "centred = x - x.mean(axis=0)", "centred = x")',
                                          'patch=(replace("stats.py", "** 2).mean(axis=0)", "** 2).sum(axis=0)")')
                                 .replace('fails=("covariance",)', 'fails=("variance",)')},
            "no mistake is first caught by covariance: it is implied by another check",
        ),
        (
            {"checks": CHECKS.replace('x = rng.uniform(0.5, 1, (4, 3)) * {"long": 5, "longer": 9, "short": 0.2, '
                                      '"shorter": 0.1, "zero": 0}[case]', "x = np.zeros((4, 3))")},
            "unit_rows is passed by answering zeros",
        ),
        (
            {"stats": STATS.replace("    return ((x", "    if x[0, 0] > 1:\n        raise ValueError\n    return ((x")},
            "variance: reference/tiny/checks/test_tiny.py line 26: the reference fails in variance: ValueError",
        ),
        ({"mistakes": MISTAKES + TWICE}, "the convention twice fails variance, expected it to be right"),
        ({"samples": SAMPLES.replace("score = 9.2", "score = 9")}, "sample short-rows scores 9.2, stated 9"),
        (
            {"samples": SAMPLES.replace('mistakes = ["short-rows-kept"]\n', "")},
            "sample short-rows is told short-rows-kept",
        ),
        (
            {"samples": SAMPLES.replace('[loops]\nscore = 10\nsays = "right, with loops"\n', "")},
            "1 samples earn all points, expected at least 2 of different style",
        ),
        (
            {"checks": CHECKS.replace("SHAPES = ((4, 3), (5, 2))", "SHAPES = ((4, 3),)")},
            "of mistakes are named, expected 95%; not: one-deviation-for-all",
        ),
        (
            {"mistakes": MISTAKES.replace('"x.std()"', '"x.std(axis=0) * (1 + 3e-7)"')},
            "standardized: a mistake is only 3 tolerances away, expected at least 10",
        ),
        (
            {"rubric": RUBRIC, "checks": CHECKS.replace(
                "    got = student(covariance, x=x)\n",
                "    got = student(covariance, x=x)\n    COUNT.append(1)\n    assert len(COUNT) % 7, 'by turns'\n",
            ).replace("SHAPES =", "COUNT = []\nSHAPES =")},
            "covariance is flaky: failed on sample",
        ),
    ],
)  # fmt: skip
def test_a_course_that_breaks_a_rule_is_told_which(tmp_path: Path, changes: dict[str, str], sentence: str) -> None:
    problems = linted(tmp_path, runs=4 if "flaky" in sentence else 1, **changes).problems
    assert any(sentence in problem for problem in problems), problems
    assert len(set(problems)) == len(problems)


CONVENTIONS = """
from grader.authoring import Convention

CONVENTIONS = (
    Convention("in-pairs", (replace("stats.py", "return ((x", "return 2 * ((x"),)),
    Convention(
        "otherwise-written", (replace("stats.py", "return ((x", "return 1 * ((x"),), {"not-centred": ("variance",)}
    ),
)
"""


def test_a_convention_is_right_and_another_than_the_references_and_fails_what_it_says(tmp_path: Path) -> None:
    course = read_assignment(build(tmp_path, mistakes=MISTAKES + CONVENTIONS))
    with Grader(course, recordings=Recordings()) as grader:
        assert [*convention_problems(grader.judge)] == [
            "the convention in-pairs fails variance, expected it to be right",
            "the convention otherwise-written answers every call as the reference does",
            "the mistake not-centred passes variance in the convention otherwise-written, other than it says",
        ]


def test_what_was_found_under_several_seeds_is_told_once() -> None:
    found = FoundUnderSeeds((20261121, 1, 2, 3))
    for seed in found.seeds:
        found.add(seed, "variance is void on the reference", f"v[0] is {seed}")
    for seed in (2, 3):
        found.add(seed, "the mistake a passes b, other than it says")
    assert [*found.problems()] == [
        "under every seed: variance is void on the reference: v[0] is 20261121",
        "under seed 2, 3: the mistake a passes b, other than it says",
    ]


@pytest.mark.parametrize(
    ("runs", "sentence"),
    [
        (("f", "f", "f"), "variance is failed on sample correct in every run, and the sample is stated as right"),
        (("f", "p", "f"), "variance is flaky: failed on sample correct in 2 of 3 runs"),
        (("p", "p", "p"), None),
    ],
)
def test_a_failure_in_every_run_is_not_called_flaky(
    tiny: CourseAssignment, runs: tuple[str, ...], sentence: str | None
) -> None:
    """It was called flaky, once for each of 20 runs."""
    statuses = {"f": Status.FAILED, "p": Status.PASSED}
    verdicts = [(Verdict(check="variance", status=statuses[run]),) for run in runs]
    found = [*flaky_problems(tiny, read_samples(tiny)[0], verdicts)]
    assert found == ([] if sentence is None else [sentence])


def test_an_assignment_is_linted_again_after_each_save(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = build(tmp_path)
    rubric = folder / "assignment.toml"
    whole = rubric.read_text(encoding="utf-8")

    def saves(watched: Path, **_options: object) -> Iterator[set[object]]:
        assert watched == folder
        rubric.write_text(whole.replace('title = "', 'titel = "', 1), encoding="utf-8")
        yield set()
        rubric.write_text(whole, encoding="utf-8")
        (folder / "checks/test_more.py").write_text("def test_more(student):\n    pass\n", encoding="utf-8")
        yield set()
        raise KeyboardInterrupt

    monkeypatch.setattr(watchfiles, "watch", saves)
    grade = commands(monkeypatch, capsys, tmp_path)
    ran = grade("lint", "tiny", "--watch", "--draft", "--runs", "1")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "tiny: ok",
        "tiny: reference/tiny/assignment.toml: titel: is no known key; the nearest is title",
        "tiny: 1 problem",
        (
            "tiny: reference/tiny/assignment.toml: checks: test_more in checks/test_more.py has no row [checks.more], "
            "nor @check(points=..., part=..., hint=...) at it"
        ),
        "tiny: 1 problem",
    ]
    assert grade("lint", "--watch").err.startswith("--watch lints one assignment again and again")
