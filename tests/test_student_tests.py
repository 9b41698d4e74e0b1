"""Students' own tests, tried on right solutions and on mistakes that they never see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from textwrap import dedent

import pytest
from tested_course import FILES, write_tested_course

from grader.course.discovery import read_assignment
from grader.course.student_files import student_files
from grader.errors import CourseError
from grader.judging.grading import Grader, grade_submission
from grader.lint.lint import as_submission, lint, stopping_faults
from grader.model.result import CheckResult
from grader.model.status import Status
from grader.subjects.recordings import Recordings

RIGHT = FILES["solution/test_relu.py"]


@pytest.fixture(scope="module")
def grader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grader]:
    folder = write_tested_course(tmp_path_factory.mktemp("course"))
    with Grader(read_assignment(folder), recordings=Recordings()) as made:
        yield made


def graded(grader: Grader, tests: str, relu: str = "def relu(x): raise SystemExit\n") -> CheckResult:
    sources = {"relu.py": relu, "test_relu.py": dedent(tests)}
    rows = grade_submission(grader, as_submission(grader.course, "one", sources), only=("own",)).checks
    return rows[0]


def test_the_course_is_fit_to_grade_with(grader: Grader) -> None:
    files = student_files(grader.course)
    problems = lint(grader, files, files, 1, (), draft=True).problems
    assert problems == []


def test_the_tests_of_the_solution_earn_everything_whatever_the_code_beside_them_does(grader: Grader) -> None:
    row = graded(grader, RIGHT)
    assert (row.status, row.points) == (Status.PASSED, Fraction(4)), row.message


def test_classes_of_unittest_and_loops_earn_as_well(grader: Grader) -> None:
    row = graded(grader, """\
        import unittest
        import numpy as np
        import relu


        class TestRelu(unittest.TestCase):
            def setUp(self):
                self.layer = relu.Layer()

            def test_values(self):
                x = np.array([-3.0, 0.0, 2.0])
                self.assertEqual(relu.relu(x).tolist(), [0, 0, 2])
                self.assertEqual(x.tolist(), [-3, 0, 2])

            def test_loops(self):
                for value in (-1.5, 0.5):
                    y = self.layer.forward(np.array([value]))
                    dx = self.layer.backward(np.array([2.0 + float(y[0])]))
                    self.assertEqual(float(dx[0]), 2.5 * (value > 0))
        """)  # fmt: skip
    assert (row.status, row.points) == (Status.PASSED, Fraction(4)), row.message


def test_tests_that_find_one_of_two_groups_earn_that_one(grader: Grader) -> None:
    row = graded(grader, """\
        import numpy as np
        from relu import Layer

        def test_layer():
            layer = Layer()
            layer.forward(np.array([-1.0]))
            assert layer.backward(np.ones(1)) == 0
        """)  # fmt: skip
    assert (row.status, row.points) == (Status.FAILED, Fraction(2))
    assert row.message == "function: the tests pass code that is wrong; mistakes that they do not find: 2 of 2"


@pytest.mark.parametrize(("tests", "said"), [
    ("from relu import relu\n\ndef test_one():\n    assert relu(1.0) == 2\n",
     "the tests fail code that is right; right solutions that they refuse: 2 of 2"),
    ("import numpy as np\nfrom relu import relu\n\ndef test_one():\n    assert relu(np.ones(2)).ndim == 3\n",
     "the tests fail code that is right; right solutions that they refuse: 2 of 2"),
    ("from relu import relu\n", "no test is written yet"),
    ("def test_one(tmp_path):\n    assert tmp_path\n", "a test asks for tmp_path, expected"),
    ("import random, os\nfrom relu import relu\n\ndef test_one():\n    relu(int.from_bytes(os.urandom(4), 'big'))\n",
     "the tests make more than"),
    ("def test_one(:\n", "test_relu.py"),
    ("def test_one():\n    while True: pass\n", ""),
])  # fmt: skip
def test_what_earns_nothing_is_told_why(grader: Grader, tests: str, said: str) -> None:
    row = graded(grader, tests)
    assert (row.points, row.status is Status.VOID) == (0, False), row.message
    assert said in row.message, row.message


COUNTED = """\
import numpy as np
from relu import Layer, relu
count = getattr(np, "_count", 0)
np._count = count + 1

def test_one():
    relu(np.ones(1))
    assert {condition}
"""
HOSTILE = {
    "always passes": "def test_one():\n    pass\n",
    "always fails": "def test_one():\n    assert False\n",
    "fails on odd runs": COUNTED.format(condition="count % 2 == 0"),
    "fails after four runs": COUNTED.format(condition="count < 4"),
    "fails by chance": "import os\n\ndef test_one():\n    assert os.urandom(1)[0] < 128\n",
    "tells by time": """\
        import time
        import numpy as np
        from relu import relu

        def test_one():
            began = time.perf_counter()
            relu(np.ones(100_000))
            assert time.perf_counter() - began < 1e-3
        """,
    "tells by the clock": "import time\n\ndef test_one():\n    assert time.time_ns() // 10_000_000 % 2\n",
    "tells by process": "import os\n\ndef test_one():\n    assert os.getpid() % 3\n",
    "tells by memory": """\
        import resource
        import numpy as np
        from relu import relu

        def test_one():
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            relu(np.ones(1000))
            assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 4
        """,
    "tells by the text of an exception": """\
        import numpy as np
        from relu import relu

        def test_one():
            try:
                relu(np.array([np.nan]))
            except ValueError as error:
                assert "not a number" in str(error)
        """,
    "reads the source": """\
        import inspect
        from relu import relu

        def test_one():
            assert "maximum(x, 0)" in inspect.getsource(relu) or "where" in inspect.getsource(relu)
        """,
    "looks for the source in the frames": """\
        import sys
        import numpy as np
        from relu import relu

        def test_one():
            relu(np.ones(1))
            frame, texts = sys._getframe(), []
            while frame:
                texts += [str(value) for value in frame.f_locals.values()]
                frame = frame.f_back
            assert "np.abs" not in "".join(texts) and "mirrored" not in "".join(texts)
        """,
    "asks through private names": """\
        from relu import Layer

        def test_one():
            layer = Layer()
            answers = layer._answers
            got = answers.of("relu:Layer", [["()", [], {}], ["@__class__", [], {}]])
            assert got
        """,
    "asks for what is not tested": """\
        from relu import Layer

        def test_one():
            answers = Layer()._answers
            assert answers.of("os:system", [["()", ["true"], {}]]) == 0
        """,
    "reports in the driver's place": """\
        import os
        import grader.drivers.ready as ready
        import grader.drivers.student_tests as own

        def report(*_given):
            return {"tests": {"test_one": "passed" if os.urandom(1)[0] < 128 else "failed"}, "asked": []}

        ready.reported = own.reported = report

        def test_one():
            pass
        """,
    "ends its process": "import os\n\ndef test_one():\n    os._exit(0)\n",
    "catches everything": """\
        import numpy as np
        from relu import relu

        def test_one():
            try:
                relu(np.ones(1))
            except BaseException:
                pass
        """,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_tells_mutants_by_something_else_than_values_earns_nothing(grader: Grader, name: str) -> None:
    row = graded(grader, HOSTILE[name])
    assert (row.points, row.status is Status.VOID) == (0, False), row.message


NO_NAME = "relu:rleu is to be tested, and relu.py of the solution defines no rleu"
ENDLESS = FILES["mistakes.py"].replace('"np.abs(x)"', '"any(False for _ in iter(int, 1))"')


@pytest.mark.parametrize(("path", "old", "new", "said"), [
    ("checks/test_own.py", '"mirrored"', '"miror"', "miror is no mistake of mistakes.py, nearest to mirrored"),
    ("checks/test_own.py", "own, *mistakes", "own", "no mistake is named"),
    ("checks/test_own.py", "apart(own,", "apart(relu,", "runs no tests, expected a driver student_tests(...)"),
    ("checks/test_own.py", '("relu:relu", "relu:Layer")', '("relu:rleu",)', NO_NAME),
    ("checks/right/where/relu.py", None, "", "checks/right/ has no folder"),
    ("mistakes.py", FILES["mistakes.py"], ENDLESS, "the mistake mirrored"),
])  # fmt: skip
def test_a_course_that_does_not_say_what_to_find_is_told(
    tmp_path: Path, path: str, old: str | None, new: str, said: str
) -> None:
    folder = write_tested_course(tmp_path, **({} if old is None else {path: FILES[path].replace(old, new)}))
    if old is None:
        (folder / path).unlink()
    with Grader(read_assignment(folder), recordings=Recordings()) as grader:
        assert said in " ".join(stopping_faults(grader))


@pytest.mark.parametrize(("old", "new", "said"), [
    ('"test_relu", of', '"test_relu.py", of', "names no module, expected one such as 'test_relu'"),
    ('("relu:relu", "relu:Layer")', '"relu:relu"', "names nothing to test, expected a tuple such as"),
    ('= student_tests("test_relu"', "= student_tests(FILE", 'expected "module" and options written out'),
    ("@check(points=4", '@check(points=1, part="tests", hint="a")\n@check(points=4', "stands there twice for test_own"),
])  # fmt: skip
def test_what_is_wrong_in_the_text_of_a_test_is_told_before_anything_runs(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    path = "checks/test_own.py"
    assert old in FILES[path]
    with pytest.raises(CourseError, match=re.escape(said)) as told:
        Grader(read_assignment(write_tested_course(tmp_path, **{path: FILES[path].replace(old, new)}))).close()
    assert "checks/test_own.py: line " in str(told.value)
