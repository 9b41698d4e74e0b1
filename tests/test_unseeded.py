"""A hidden test asks everybody the same: one that draws from a generator without a seed is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_course import CHECKS, build

from grader.course.discovery import read_assignment
from grader.judging.judge import Judge
from grader.lint.unseeded import unseeded_problems
from grader.subjects.recordings import Recordings

DRAWN = "    x = rng.normal(2, 3, shape)\n    assert_matches(student(variance, x=x), reference(variance, x=x))\n"
TOLD = "variance asks with other inputs each time in 2 of 2 cases, such as test_variance[(4, 3)]: draw them from rng"


def found(folder: Path, drawn: str, above: str = "") -> list[str]:
    asked = "    assert_matches(student(variance, x=x), reference(variance, x=x))\n"
    checks = CHECKS.replace(DRAWN, f"    x = {drawn}\n{asked}").replace("SHAPES =", f"{above}\nSHAPES =", 1)
    judge = Judge(read_assignment(build(folder, checks=checks)), Recordings())
    problems = [*unseeded_problems(judge)]
    judge.tests.close()
    return problems


@pytest.mark.parametrize(
    ("drawn", "above"),
    [
        ("np.random.default_rng().normal(size=shape)", ""),
        ("np.random.normal(size=shape)", ""),
        ("np.full(shape, random.random())", "import random"),
        ("np.full(shape, time.time())", "import time"),
        ("DRAWN[:shape[0], :shape[1]]", "DRAWN = np.random.default_rng().normal(size=(9, 9))"),
        ("SHARED.normal(size=shape)", "SHARED = np.random.default_rng(3)"),
    ],
)
def test_inputs_that_are_others_each_time_are_found(tmp_path: Path, drawn: str, above: str) -> None:
    assert found(tmp_path, drawn, above) == [TOLD]


@pytest.mark.parametrize(
    ("drawn", "above"),
    [
        ("rng.normal(size=shape)", ""),
        ("np.random.default_rng(7).normal(size=shape)", ""),
        ("np.random.RandomState(7).normal(size=shape)", ""),
        ("FIXED[:shape[0], :shape[1]]", "FIXED = np.random.default_rng(7).normal(size=(9, 9))"),
    ],
)
def test_inputs_that_are_the_same_each_time_are_no_fault(tmp_path: Path, drawn: str, above: str) -> None:
    assert found(tmp_path, drawn, above) == []


def test_cases_that_are_others_each_time_are_found(tmp_path: Path) -> None:
    above = "import random\n\nDEPTH = random.randrange(10**9)"
    checks = CHECKS.replace("SHAPES =", f"{above}\nSHAPES =", 1).replace(
        '@pytest.mark.parametrize("shape", SHAPES, ids=str)\ndef test_variance(',
        '@pytest.mark.parametrize("shape", [(4, 3), (2, 3)], ids=["a", str(DEPTH)])\ndef test_variance(',
    )
    judge = Judge(read_assignment(build(tmp_path, checks=checks)), Recordings())
    (problem,) = [text for text in unseeded_problems(judge) if "variance" in text]
    assert problem == "variance has other cases each time it is collected: give them fixed parameters or ids"
