"""The bundled assignments: everything that `grade lint` asks of them, and their samples as stated."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from grader.course.discovery import Course
from grader.course.samples import Style, read_samples
from grader.course.student_files import present_files, student_files
from grader.judging.grading import Grader
from grader.judging.judge import Judge
from grader.lint.lint import SEEDS, lint

COURSE = Course(Path(__file__).parent.parent)
FLAKINESS_RUNS, MORE_SEEDS = 1, 2  # `make check` does 20 runs, and all seeds


WAITING = ("checkpoint_twolayer", "checkpoint_cnn", "checkpoint_my_model")


@pytest.mark.timeout(1200)
def test_an_assignment_passes_lint(bundled: Judge) -> None:
    course = bundled.course
    with Grader(course, judge=bundled) as grader:
        present = present_files(COURSE.folder / "student" / course.name)
        findings = lint(grader, student_files(course), present, FLAKINESS_RUNS, SEEDS[:MORE_SEEDS])
    assert findings.problems == []
    assert findings.named_share == 1


@pytest.mark.parametrize("name", COURSE.names())
def test_an_assignment_has_two_correct_samples_in_other_hands(name: str) -> None:
    """Real work in other styles lost points while every sample, all in ours, had what it was stated to get."""
    course = COURSE.load(name)
    # Checkpoints that wait for a person, where there are no test images, are in nobody's score yet.
    waiting = sum(check.points for check in course.assignment.checks if check.name in WAITING)
    whole = sum(check.points for check in course.assignment.checks) - waiting
    foreign = [sample for sample in read_samples(course) if sample.style is Style.FOREIGN]
    assert sum(sample.score == whole for sample in foreign) >= 2
    assert len(foreign) >= 3
    assert any(sample.score < whole for sample in foreign)


def test_every_copy_of_the_reader_of_cifar10_refuses_the_same() -> None:
    """Each assignment is handed out whole, so that what reads pickles stands in five of them."""
    files = [*COURSE.folder.glob("reference/*/solution/*/cifar10.py")]
    names = {"_RECONSTRUCT", "_ALLOWED_IN_PICKLES", "_BatchUnpickler", "read_batch"}

    def readers(file: Path) -> list[str]:
        statements = ast.parse(file.read_text(encoding="utf-8")).body
        return [ast.unparse(node) for node in statements if names & {getattr(node, "name", ""), *_bound(node)}]

    assert len(files) == 5
    assert all(len(readers(file)) == len(names) for file in files)
    assert len({tuple(readers(file)) for file in files}) == 1


def _bound(node: ast.stmt) -> list[str]:
    return [ast.unparse(target) for target in node.targets] if isinstance(node, ast.Assign) else []
