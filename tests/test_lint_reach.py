"""Which functions a mistake changes, and which cases enter them."""

from __future__ import annotations

import pytest
from tiny_course import SCALE

from grader.authoring import Mistake, replace
from grader.course.assignment import CourseAssignment
from grader.judging.grading import Grader
from grader.lint.reach import WHOLE_FILE, Reach, changed_functions
from grader.subjects.recordings import Recordings

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
