"""Which functions a mistake changes, and which cases enter them."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from tiny_course import SCALE, build

from grader.authoring import Mistake, replace
from grader.course.assignment import CourseAssignment
from grader.course.discovery import read_assignment
from grader.judging.collection import HiddenTests
from grader.judging.grading import Grader
from grader.lint.lint import Findings, failing_checks
from grader.lint.reach import WHOLE_FILE, Reach, changed_functions, draws_inputs
from grader.model.assignment import Check
from grader.subjects.recordings import Recordings
from grader.subjects.student import Subject

BEFORE = """
import math

RATE = 2


class Layer:
    size = 3

    def forward(self, x, by=1):
        def inner(y):
            return y + by
        return inner(x)

    def backward(self, dout):
        return dout


def free(x):
    return x
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("return y + by", "return y - by", {"Layer.forward"}),
        ("        return dout", "        return 2 * dout", {"Layer.backward"}),
        ("def free(x):\n    return x", "\n\n# Moved.\ndef free(x):\n    return -x", {"free"}),
        ("by=1", "by=2", {WHOLE_FILE}),
        ("size = 3", "size = 4", {WHOLE_FILE}),
        ("RATE = 2", "RATE = 3", {WHOLE_FILE}),
        ("def free(x)", "def freed(x)", {WHOLE_FILE}),
        ("def free(x):", "def free(x)", {WHOLE_FILE}),
        ("def free(x):", "def free(x):\n    return 0\n\n\ndef free(x):", {WHOLE_FILE}),
        ("import math", "import math  # for nothing", set()),
    ],
)
def test_the_functions_that_a_change_is_made_in_are_found(old: str, new: str, expected: set[str]) -> None:
    assert set(changed_functions(BEFORE, BEFORE.replace(old, new))) == expected


def test_only_cases_that_enter_what_a_mistake_changes_are_run_for_it(tiny: CourseAssignment) -> None:
    line = next(line for line in SCALE.splitlines() if line.strip().startswith("return "))
    indent = line[: len(line) - len(line.lstrip())]
    mistake = Mistake(
        name="none", says="Nothing is returned.", hint="What is returned?", teaches="",
        patch=(replace("scale.py", line, f"{indent}return None"),), fails=(),
    )  # fmt: skip
    with Grader(tiny, recordings=Recordings()) as grader:
        judge = grader.judge
        reach = Reach(judge)
        reached = {check.name: bool(reach.cases(check, mistake, judge.seed)) for check in judge.checks}
        failing = {
            check.name
            for check in judge.checks
            for case in judge.tests.cases[check.name]
            if judge.run_case_with(check, case, judge.mistakes.subject(mistake)) is not None
        }
    assert failing
    assert failing <= {name for name, is_reached in reached.items() if is_reached}
    assert not all(reached.values())


def test_a_case_whose_answers_a_mistake_leaves_as_they_are_is_not_run_for_it_again(tiny: CourseAssignment) -> None:
    harmless, harmful = (
        Mistake(
            name=name, says="It is so.", hint="Is it?", teaches="",
            patch=(replace("scale.py", "return (x - ", f"return {factor} * (x - "),), fails=(),
        )
        for name, factor in (("same", "1.0"), ("twice", "2.0"))
    )  # fmt: skip
    with Grader(tiny, recordings=Recordings()) as grader:
        judge = grader.judge
        reach, seed = Reach(judge), judge.seed
        for mistake in (harmless, harmful):
            check = next(check for check in judge.checks if reach.cases(check, mistake, seed))
            cases = reach.cases(check, mistake, seed)
            for case in cases:
                with reach.watched(check, case, mistake) as student:
                    judge.run_case_with(check, case, student)
            assert reach.cases(check, mistake, seed + 1) == ([] if mistake is harmless else cases)


def test_a_mistake_that_raises_where_the_reference_answers_is_run_again(tiny: CourseAssignment) -> None:
    mistake = Mistake(
        name="raises", says="It raises.", hint="Does it?", teaches="",
        patch=(replace("scale.py", "return (x - ", "return None + (x - "),), fails=(),
    )  # fmt: skip
    with Grader(tiny, recordings=Recordings()) as grader:
        judge = grader.judge
        reach = Reach(judge)
        check = next(check for check in judge.checks if reach.cases(check, mistake, judge.seed))
        (case, *_) = cases = reach.cases(check, mistake, judge.seed)
        with reach.watched(check, case, mistake) as student:
            assert judge.run_case_with(check, case, student) is not None
        assert reach.cases(check, mistake, judge.seed + 1) == cases


def test_a_case_whose_inputs_no_seed_changes_is_run_once_for_a_mistake(
    tiny: CourseAssignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Public inputs are the same under every seed; the mistake is found to fail under each all the same."""
    with Grader(tiny, recordings=Recordings()) as grader:
        judge = grader.judge
        ran: Counter[str] = Counter()
        run_case_with = judge.run_case_with

        def counted(check: Check, item: pytest.Function, student: Subject, *, seed: int) -> BaseException | None:
            ran[check.name] += 1
            return run_case_with(check, item, student, seed=seed)

        reach = Reach(judge)
        for check, case in judge.cases():
            with reach.noting(check, case, again := judge.reference.unrecorded()):
                judge.run_case_with(check, case, again)
        monkeypatch.setattr(judge, "run_case_with", counted)
        for mistake in judge.mistakes.mistakes:
            under = {failing_checks(judge, mistake, seed, reach, Findings()) for seed in (judge.seed, 1, 2)}
            assert under == {mistake.fails}
    public = {check.name for check in judge.checks if check.public}
    assert public
    assert {name: ran[name] for name in public} == dict.fromkeys(public, 1)
    assert all(ran[check.name] >= 3 for check in judge.checks if check.name not in public)


def test_a_case_draws_inputs_where_it_or_a_fixture_of_its_own_may_ask_for_the_generator(tmp_path: Path) -> None:
    text = """
import pytest

@pytest.fixture
def drawn(draw):
    return draw.normal()

@pytest.fixture
def either(request):
    return request.getfixturevalue("rng").normal()
"""
    tests = "".join(
        f"\ndef test_{name}({', '.join(['student', *asked])}):\n    pass\n"
        for name, asked in {
            "standardized": (),
            "unit_rows": ("rng",),
            "variance": ("drawn",),
            "covariance": ("either",),
        }.items()
    )
    course = read_assignment(build(tmp_path, checks=text + tests))
    with closing(HiddenTests(course)) as collected:
        drawing = {name: draws_inputs(cases[0]) for name, cases in collected.cases.items()}
    assert drawing == {"standardized": False, "unit_rows": True, "variance": True, "covariance": True}
