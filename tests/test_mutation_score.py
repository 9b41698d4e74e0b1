"""Breaking the reference: what the tests catch, what they cannot, and how a survivor is argued."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_course import CHECKS, build

from grader.course.discovery import read_assignment
from grader.errors import CourseError
from grader.judging.grading import Grader
from grader.lint.mutation_score import ARGUED, MutationScore, mutation_score, written_mutants

EQUIVALENT = """-    return x / np.where(length == 0, 1, length)
+    return x / np.where(length == 0, 2, length)"""
ARGUMENT = f'[[survivors]]\nfile = "scale.py"\nreason = "0 / 2 is 0 as well"\ndiff = """\n{EQUIVALENT}"""\n'


def scored(folder: Path, survivors: str = "", **changes: str) -> MutationScore:
    course = build(folder, **changes)
    if survivors:
        (course / ARGUED).write_text(survivors, encoding="utf-8")
    with Grader(read_assignment(course)) as grader:
        return mutation_score(grader)


def test_a_survivor_is_listed_until_it_is_argued(tmp_path: Path) -> None:
    score = scored(tmp_path / "silent")
    assert [mutant.diff.strip() for mutant in score.survivors] == [EQUIVALENT]
    argued = scored(tmp_path / "argued", ARGUMENT)
    assert (argued.survivors, argued.argued, list(argued.problems())) == ([], 1, [])
    assert argued.killed == score.killed


def test_an_argument_for_a_mutant_that_is_caught_is_stale(tmp_path: Path) -> None:
    caught = ARGUMENT.replace("length == 0, 2", "length == 1, 1")
    assert any("that is caught or no longer made" in problem for problem in scored(tmp_path, caught).problems())


def test_a_check_that_tests_nothing_lets_mutants_live(tmp_path: Path) -> None:
    blind = CHECKS.replace("assert_matches(student(variance, x=x), reference(variance, x=x))", "student(variance, x=x)")
    score = scored(tmp_path, checks=blind)
    assert score.share < 1
    assert any(mutant.file == "stats.py" for mutant in score.survivors)


def test_only_what_a_student_writes_is_broken() -> None:
    source = "SIZE = 3\n\n\ndef f(x):\n    y = x + 1\n    # solution(1): Add.\n    return y + 2\n    # end solution\n"
    assert {mutant.line for mutant in written_mutants(source, "f.py")} == {7}


def test_a_malformed_argument_is_the_authors_to_mend(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="reason"):
        scored(tmp_path, '[[survivors]]\nfile = "scale.py"\ndiff = "x"\n')
