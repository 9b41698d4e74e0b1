"""Of the judge's own time and memory one submission gets no more than its budget, and the next is judged as ever."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from tiny_course import CHECKS, SCALE, STATS, build

from grader.course.discovery import read_assignment
from grader.errors import JudgingError, OverBudgetError
from grader.judging.budget import Budget
from grader.judging.grading import Grader
from grader.judging.verdicts import MOST_DETAIL, instructors_detail
from grader.model.assignment import Runtime
from grader.model.status import Status
from grader.subjects.case import Case
from grader.subjects.course import COMPUTING
from grader.wording.statuses import TOO_LARGE, TOO_LONG

SMALL = Budget(seconds=0.2, last_seconds=600.0, max_bytes=256 << 20)


def busy() -> None:
    while True:
        sum(range(1000))


def test_what_computes_for_too_long_is_interrupted() -> None:
    with pytest.raises(OverBudgetError, match="more processor time"), SMALL.watched():
        busy()


def test_an_interruption_is_not_caught_by_who_catches_exceptions() -> None:
    caught = []

    def careless() -> None:
        try:
            busy()
        except Exception as error:  # noqa: BLE001  # as a hidden test may
            caught.append(error)

    with pytest.raises(OverBudgetError), SMALL.watched():
        careless()
    assert caught == []


def test_memory_beyond_the_budget_is_refused() -> None:
    with pytest.raises(OverBudgetError, match="more memory"), SMALL.watched():
        np.ones((300, 1 << 20))


def test_afterwards_everything_is_as_before() -> None:
    before = resource.getrlimit(resource.RLIMIT_DATA), signal.getsignal(signal.SIGPROF)
    with pytest.raises(OverBudgetError), SMALL.watched():
        np.ones((300, 1 << 20))
    assert (resource.getrlimit(resource.RLIMIT_DATA), signal.getsignal(signal.SIGPROF)) == before
    assert signal.getitimer(signal.ITIMER_PROF) == signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)


def test_time_in_which_the_course_computes_is_not_counted() -> None:
    with SMALL.watched(), COMPUTING.counted():
        for _ in range(3_000_000):
            pass
        COMPUTING.seconds += 1.0
    with SMALL.watched():
        assert np.ones(3).sum() == 3


def test_one_long_call_of_a_library_ends_with_its_process() -> None:
    """Python hears of a signal between two of its own steps, of which such a call makes none."""
    program = """
        import itertools
        from grader.judging.budget import Budget
        with Budget(seconds=0.1, last_seconds=0.3, max_bytes=1 << 30).watched():
            sum(itertools.repeat(1, 10**12))
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=False, capture_output=True)
    assert ended.returncode == -signal.SIGVTALRM


HOSTILE = (
    "import numpy as np\n\n\ndef variance(x):\n    return np.ones((30_000, 1))\n\n\ndef covariance(x):\n    return x\n"
)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("while got['v'].shape != (shape[1],): got['v'][:1] + 1", TOO_LONG),
        ("got['v'] - got['v'].reshape(-1)", TOO_LARGE),
    ],
    ids=["a loop", "a broadcast"],
)
def test_the_rest_of_a_submission_is_not_graded_and_the_next_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, sentence: str
) -> None:
    """A hidden test that computed with shapes of the student's took minutes and gigabytes of the judge."""
    asked = "assert_matches(student(variance, x=x), reference(variance, x=x))"
    checks = CHECKS.replace(asked, f"got = student(variance, x=x)\n    {line}\n    {asked}")
    assert checks != CHECKS
    course = read_assignment(build(tmp_path / "course", checks=checks))
    monkeypatch.setattr(Budget, "of", classmethod(lambda _cls, _runtime: SMALL))
    submissions = [tmp_path / name for name in ("hostile", "honest")]
    for folder, stats in zip(submissions, (HOSTILE, STATS), strict=True):
        folder.mkdir()
        (folder / "scale.py").write_text(SCALE, encoding="utf-8")
        (folder / "stats.py").write_text(stats, encoding="utf-8")
    with Grader(course) as grader:
        hostile, honest = map(grader.grade, submissions)
    assert [(row.name, row.status) for row in hostile.checks] == [
        ("standardized", Status.PASSED),
        ("unit_rows", Status.PASSED),
        ("variance", Status.VOID),
        ("covariance", Status.VOID),
    ]
    assert {row.message for row in hostile.checks[2:]} == {sentence}
    assert {row.status for row in honest.checks} == {Status.PASSED}


def test_rules_that_take_too_long_over_a_submission_leave_it_to_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They look at the text of all that was handed in, and nothing ended them."""
    course = read_assignment(build(tmp_path / "course"))
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "scale.py").write_text(SCALE, encoding="utf-8")
    (mine / "stats.py").write_text(STATS, encoding="utf-8")
    monkeypatch.setattr(Budget, "of", classmethod(lambda _cls, _runtime: SMALL))
    with Grader(course) as grader:
        with monkeypatch.context() as patch:
            patch.setattr("grader.rules.registry.broken", lambda *_given: busy())
            with pytest.raises(JudgingError, match="submission mine: applying the rules"):
                grader.grade(mine)
        assert {row.status for row in grader.grade(mine).checks} == {Status.PASSED}


def test_the_budget_of_a_submission_allows_for_what_the_course_computes() -> None:
    assert Budget.of(Runtime(submission_seconds=60)).last_seconds > 60


def test_what_the_instructor_is_told_of_a_case_is_bounded() -> None:
    """A check that quoted an answer of megabytes put it into every result, whole."""
    case = Case(name="", status=Status.FAILED, detail="x" * (1 << 20))
    assert len(instructors_detail(case)) == MOST_DETAIL
