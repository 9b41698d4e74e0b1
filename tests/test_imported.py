"""Assignments of gradescope-utils, nbgrader and Otter become ours, and their tests agree with what they said."""

from __future__ import annotations

import json
import math
import re
import sys
import unittest
from collections.abc import Callable
from itertools import count, islice
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import numpy as np
import pytest
import torch
from classes import Grade, commands, lay

from grader.authoring.imported import Asked, AskedModule, asked, asking, nose_function, read, run_examples
from grader.course.discovery import read_assignment
from grader.course.stubs import emptied, gaps
from grader.drivers.packing import packed, unpacked, write_back, written_into
from grader.judging.grading import Grader
from grader.lint.imported.absent import absent_packages, needing, reason_of, without_imports
from grader.lint.imported.cell_gaps import with_gaps, without_marks
from grader.lint.imported.otter_assign import examples_of, read_source
from grader.lint.imported.shared_names import needed_before, without_names_of_tests
from grader.lint.imported.solution_marks import left_outside, own_markers
from grader.lint.scaffold.solution import modules_of
from grader.model.result import CheckResult
from grader.model.status import Status
from grader.subjects.recordings import Recordings

SOLUTION = '''\
import numpy as np
from part import half


def add(a, b):
    """Add two numbers."""
    if isinstance(b, str):
        raise TypeError("no text")
    return a + b


def softmax(x):
    ### BEGIN SOLUTION
    e = np.exp(x - x.max())
    return e / e.sum()
    ### END SOLUTION


def extent(x):
    return x.shape, half(len(x))


class Counter:
    def __init__(self, start=0):
        self.n = start

        self.log = {}

    def up(self, by):
        self.log["up"] = self.log.get("up", 0) + 1
        if by < 0:
            raise ValueError("down")
        self.n += by
        return self.n


class Empty(LookupError):
    pass


def first(values):
    if not values:
        raise Empty("nothing in it")
    return values[0]


def applied(function, values, counter=None):
    values.append(function(values[0], 1))
    return [counter.up(value) for value in values] if counter else values


LIMIT = 12
'''
TESTS = '''\
import unittest

import numpy as np
import timeout_decorator
from gradescope_utils.autograder_utils.decorators import number, partial_credit, visibility, weight
from unittest import TestLoader
from calc import softmax as soft
import calc as other
from tools import one_up

try:
    from calc import *
except ImportError:
    pass


class Drawing(unittest.TestCase):
    def setUp(self):
        self.rng = np.random.default_rng(3)


class TestCalc(Drawing):

    @weight(2)
    @number("1.1")
    def test_add(self):
        """Two numbers are added."""
        self.assertEqual(add(2, 3), 5)
        self.assertEqual(add(a=2, b=4), 6)

    @weight(3)
    @visibility("after_due_date")
    def test_softmax(self):
        x = self.rng.normal(size=5)
        np.testing.assert_allclose(soft(x), np.exp(x) / np.exp(x).sum(), rtol=1e-6)

    @weight(1)
    def test_extent(self):
        self.assertEqual(other.extent(np.zeros((4, 3))), ((4, 3), 2))

    @weight(1)
    def test_refuses(self):
        with self.assertRaises(TypeError):
            add(1, "x")

    @weight(1)
    @timeout_decorator.timeout(1.0)
    def test_counter(self):
        counter = Counter(2)
        counter.up(3)
        with self.assertRaises(ValueError):
            counter.up(-1)
        self.assertEqual((counter.up(1), counter.n), (6, 6))
        counter.log["up"] = one_up(counter.log["up"])
        counter.up(2)
        self.assertEqual(counter.log, {"up": 5})

    @weight(1)
    def test_empty(self):
        with self.assertRaisesRegex(Empty, "nothing"):
            first([])
        self.assertEqual((first([4]), other.LIMIT - LIMIT), (4, 0))

    @weight(1)
    def test_given(self):
        values, counter = [3], Counter(1)
        counter.up(2)
        self.assertEqual(applied(add, values, counter=counter), [6, 10])
        self.assertEqual((values, applied(max, [1])), ([3, 4], [1, 1]))

    @partial_credit(4)
    def test_shares(self, set_score=None):
        set_score(2 * (add(1, 2) == 3) + 2 * (LIMIT == 12))

    @weight(1)
    def test_file(self):
        open("results.txt").close()


suite = TestLoader().loadTestsFromTestCase(TestCalc)
everything = [suite]
'''
WRONG = {
    "an operation": ("a + b", "a - b"),
    "a sum": ("e / e.sum()", "e / e.max()"),
    "a list for a tuple": ("return x.shape, half(len(x))", "return [x.shape, half(len(x))]"),
    "an attribute": ("self.n += by", "self.n = by"),
    "an exception of another class": ('raise Empty("', 'raise LookupError("'),
    "another text of an exception": ('"nothing in it"', '"empty"'),
    "another call of what is given": ("function(values[0], 1)", "function(values[0], 2)"),
    "a count": ("+ 1\n        if by", "+ 2\n        if by"),
    "a value": ("LIMIT = 12", "LIMIT = 13"),
    "another error": ('TypeError("no text")', 'ValueError("no text")'),
    "no error": ('        raise TypeError("no text")', "        return None"),
}


@pytest.fixture
def grade(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Grade:
    return commands(monkeypatch, capsys, tmp_path)


def graded(folder: Path, name: str, submission: str) -> tuple[CheckResult, ...]:
    with Grader(read_assignment(folder / "reference" / name), recordings=Recordings()) as grader:
        return grader.grade(folder / submission).checks


def sets(test: Callable[..., None], case: unittest.TestCase, points: float) -> None:
    """Run a test that sets its score itself; fail where that is not all of the points."""
    made: list[float] = []
    test(case, set_score=made.append)
    assert made == [points]


def said_before(files: dict[str, str]) -> dict[str, bool]:
    """Run the tests as they were written, on a submission that lies beside them; return which passed."""
    plain = ModuleType("gradescope_utils.autograder_utils.decorators")
    for name in ("number", "visibility", "weight"):
        setattr(plain, name, lambda _value: lambda test: test)
    plain.partial_credit = lambda points: lambda test: lambda case: sets(test, case, points)  # type: ignore[attr-defined]
    bound = ModuleType("timeout_decorator")
    bound.timeout = lambda _seconds: lambda test: test  # type: ignore[attr-defined]
    names = {
        bound.__name__,
        "gradescope_utils",
        "gradescope_utils.autograder_utils",
        plain.__name__,
        "part",
        "calc",
        "tools",
        "tests",
    }
    before = {name: sys.modules.get(name) for name in names}
    try:
        sys.modules.update({name: ModuleType(name) for name in names} | {plain.__name__: plain, bound.__name__: bound})
        for name in ("part", "calc", "tools", "tests"):
            exec(files[name], vars(sys.modules[name]))  # noqa: S102  # this file's own texts
        suite = unittest.defaultTestLoader.loadTestsFromTestCase(sys.modules["tests"].TestCalc)
        result = unittest.TestResult()
        suite.run(result)
        wrong = {test.id().rpartition("_")[2] for test, _ in (*result.failures, *result.errors)}
        return {
            name: name not in wrong
            for name in ("add", "softmax", "extent", "refuses", "counter", "empty", "given", "shares")
        }
    finally:
        for name, module in before.items():
            sys.modules.pop(name, None)
            if module is not None:
                sys.modules[name] = module


def test_tests_of_gradescope_agree_with_what_they_said(grade: Grade, tmp_path: Path) -> None:
    part = "def half(n):\n    return n // 2\n"
    tools = "def one_up(number):\n    return number + 1\n"
    old = {"solution/calc.py": SOLUTION, "solution/part.py": part, "incomplete_1/calc.py": "def add(a, b): pass\n"}
    lay(tmp_path / "old", {**old, "tests/tools.py": tools, "tests/test_calc.py": TESTS})
    made = grade("import", "gradescope", "old", "--name", "calc")
    assert (made.code, made.err) == (0, "")
    assert made.out.startswith("8 tests of gradescope are checks of reference/calc now\n")
    assert "tests/test_calc.py line 76: not converted: test_file uses open" in made.out
    agreed = 0
    with Grader(read_assignment(tmp_path / "reference/calc"), recordings=Recordings()) as grader:
        for name, (old, new) in {"right": ("", ""), **WRONG}.items():
            text = SOLUTION.replace(old, new) if old else SOLUTION
            assert (text != SOLUTION) is bool(old)
            lay(tmp_path / name, {"calc.py": text, "part.py": part})
            checks = grader.grade(tmp_path / name).checks
            got = {row.name: row.status is Status.PASSED for row in checks}
            assert got == said_before({"calc": text, "part": part, "tools": tools, "tests": TESTS}), name
            agreed += 1
    assert agreed == 1 + len(WRONG)
    assert {row.name: (row.max_points, row.visibility.value) for row in checks}["softmax"] == (3, "after_due_date")
    assert checks[0].description == "Two numbers are added."
    assert {row.name: row.max_points for row in checks}["shares"] == 4
    stub = (tmp_path / "student/calc/calc.py").read_text(encoding="utf-8")
    assert "e = np.exp" not in stub
    assert "raise NotImplementedError" in stub


def notebook(*cells: tuple[str, str, dict[str, object]]) -> str:
    made = [{"cell_type": kind, "source": text, "metadata": {"nbgrader": mark}} for kind, text, mark in cells]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made})


def test_cells_of_nbgrader_become_checks_and_rows_for_people(grade: Grade, tmp_path: Path) -> None:
    solved = "def squares(n):\n    ### BEGIN SOLUTION\n    return [i * i for i in range(n)]\n    ### END SOLUTION\n"
    tests = "from nose.tools import assert_equal\nassert_equal(squares(2), [0, 1])\n### BEGIN HIDDEN TESTS\n"
    book = notebook(
        ("code", "import numpy as np\n%matplotlib inline", {}),
        ("code", solved, {"solution": True, "grade": False, "grade_id": "squares"}),
        ("code", "limit = len(squares(4))", {}),
        (
            "code",
            f"{tests}assert limit == 4",
            {"grade": True, "solution": False, "points": 2, "grade_id": "test_squares"},
        ),
        ("code", "assert (", {"grade": True, "solution": False, "points": 1, "grade_id": "test_open"}),
        ("markdown", "# Explain", {"grade": True, "solution": True, "points": 4, "grade_id": "explain"}),
    )
    lay(tmp_path / "old", {"ps1.ipynb": book})
    made = grade("import", "nbgrader", "old", "--name", "ps1")
    assert (made.code, made.out.splitlines()[0]) == (0, "1 tests of nbgrader are checks of reference/ps1 now")
    assert "ps1.ipynb cell 5: not converted: line 1 does not parse" in made.out
    assert "ps1.ipynb cell 6: explain is marked by hand" in made.out
    rubric = (tmp_path / "reference/ps1/assignment.toml").read_text(encoding="utf-8")
    assert 'name = "explain"\npart = "ps1"\ntitle = "explain"\npoints = 4\nsays = "Explain"' in rubric
    lay(tmp_path / "wrong", {"ps1.py": solved.replace("i * i", "i") + "limit = 4\n"})
    lay(tmp_path / "worse", {"ps1.py": solved.replace("range(n)", "range(n + 1)") + "limit = 4\n"})
    points = [graded(tmp_path, "ps1", name)[0].points for name in ("reference/ps1/solution", "wrong", "worse")]
    assert points == [2, 2, 0]  # 0 and 1 are their own squares


OK_TEST = """\
OK_FORMAT = True
test = {
    "name": "q1",
    "points": [1, 2],
    "suites": [{"cases": [
        {"code": ">>> double(3)\\n6", "hidden": False},
        {"code": ">>> bool(np.isclose(double(1.5), 3))\\nTrue\\n>>> total\\n10", "hidden": True},
    ]}],
}
"""


def test_examples_and_functions_of_otter_become_checks(grade: Grade, tmp_path: Path) -> None:
    book = notebook(
        ("code", "import otter\ngrader = otter.Notebook()", {}),
        ("code", "import numpy as np", {}),
        ("code", "def double(x):\n    return 2 * x", {}),
        ("code", "total = double(5)", {}),
    )
    function = "@test_case(points=3, hidden=True)\ndef test_large(double):\n    assert double(400) == 800\n"
    other = "test = {'suites': make()}\n"
    function += "\n@test_case(points=1)\ndef test_env(env):\n    assert np.isclose(env['double'](env['total']), 20)\n"
    lay(tmp_path / "old", {"hw.ipynb": book, "tests/q1.py": OK_TEST, "tests/q2.py": function, "tests/q3.py": other})
    made = grade("import", "otter", "old", "--name", "hw")
    assert (made.code, made.out.splitlines()[0]) == (0, "4 tests of otter are checks of reference/hw now")
    assert "tests/q3.py line 1: not converted: expected test = {...}" in made.out
    lay(tmp_path / "wrong", {"hw.py": "def double(x):\n    return x + 3\n\n\ntotal = 10\n"})
    assert [(row.name, row.points) for row in graded(tmp_path, "hw", "reference/hw/solution")] == [
        ("q1_1", 1), ("q1_2", 2), ("q2_large", 3), ("q2_env", 1)
    ]  # fmt: skip
    assert [row.points for row in graded(tmp_path, "hw", "wrong")] == [1, 0, 0, 0]


@pytest.mark.parametrize(
    ("origin", "files", "said"),
    [
        ("gradescope", {"calc.py": "x = 1\n"}, "has no file test*.py with a class of unittest.TestCase"),
        (
            "gradescope",
            {"tests/test_a.py": TESTS},
            "has no calc.py, tools.py, which its tests import: put the solution there",
        ),
        ("gradescope", {"tests/test_a.py": "class A(:\n"}, "does not parse"),
        ("nbgrader", {}, "has no notebook: name the folder of an assignment"),
        ("nbgrader", {"a.ipynb": "{}"}, "a.ipynb is no notebook of version 4"),
        ("nbgrader", {"a.ipynb": notebook(("code", "x = 1", {}))}, "no test was found that can be converted"),
        ("otter", {"hw.py": "x = 1\n"}, "has no tests/*.py"),
        ("otter", {"tests/q1.py": OK_TEST}, "expected one with the solution"),
    ],
)
def test_what_cannot_be_imported_is_told_in_a_sentence(
    grade: Grade, tmp_path: Path, origin: str, files: dict[str, str], said: str
) -> None:
    lay(tmp_path / "old", {"readme.txt": "x", **files})
    ran = grade("import", origin, "old", "--name", "new")
    assert (ran.code, said in ran.err.replace("\n", " ")) == (2, True), ran.err
    assert not (tmp_path / "reference").exists()


def scaled(x: float, *, by: float = 2) -> float:
    return by * x + np.sin(0 * x)


def returned(result: object) -> object:
    """Send a value to the worker and back, as a driver does."""
    return unpacked(packed(unpacked(packed(result, runs=True), runs=True)))


def test_functions_reach_the_worker_and_none_comes_back() -> None:
    shift = 3

    def shifted(x: float) -> float:
        return scaled(x) + shift

    given = unpacked(packed([shifted, np.sin, math.hypot, len, np.linalg.norm], runs=True), runs=True)
    assert (given[0](1), given[1](0), given[2](3, 4), given[3]("ab"), given[4]([3, 4])) == (5, 0, 5, 2, 5)
    assert packed([scaled]) == [scaled]  # which no frame takes
    asked = packed([scaled], runs=True)
    assert unpacked(asked) == asked  # the judge makes no function of what it gets


@pytest.mark.parametrize(
    "value",
    [{1, 2}, 1 + 2j, {1: "a", (2, 3): []}, {"x": {(1,)}}, [range(3)], [..., 2**63, -(3**90), 2**62]],
    ids=str,
)
def test_values_of_python_come_back_as_they_were(value: object) -> None:
    assert returned(value) == ([[0, 1, 2]] if value == [range(3)] else value)
    assert list(returned(n * n for n in range(3))) == [0, 1, 4]  # type: ignore[call-overload]  # an iterator


@pytest.mark.parametrize(
    "array",
    [np.array([["a", "bc"]]), np.array(["x"])[0], np.array([None, (1, 2)], object), np.array([], str)],
    ids=repr,
)
def test_arrays_of_texts_and_objects_come_back_as_they_were(array: np.ndarray) -> None:
    back = unpacked(json.loads(json.dumps(packed(array))))
    assert (back.dtype, back.tolist()) == (array.dtype, array.tolist())


@pytest.mark.parametrize("shape", [[3], [-1], [1.0], ["1"], [2**70, 0.5]])
def test_a_shape_that_a_submission_made_up_makes_no_array(shape: list[object]) -> None:
    assert unpacked({"[,]": ["a"], "shape": shape, "kind": "U"}) == ["a"]


def test_tensors_come_back_as_tensors_and_are_written_into() -> None:
    given = torch.tensor([[1.0, 2.0]], requires_grad=True)
    sent = packed([given], runs=True)
    assert isinstance(sent[0]["tensor"], np.ndarray)
    (there,) = unpacked(sent, runs=True)
    assert (there.dtype, there.requires_grad, there.tolist()) == (torch.float32, True, [[1.0, 2.0]])
    there.detach().fill_(3)
    write_back([given], [unpacked(written_into(sent, [there])[0])])
    assert given.tolist() == [[3.0, 3.0]]


def test_what_a_submission_made_up_for_a_tensor_and_what_numpy_cannot_hold_raise_nothing() -> None:
    assert unpacked({"tensor": np.arange(2), "grad": True}).tolist() == [0, 1]
    kept = torch.zeros(2, dtype=torch.bfloat16)
    assert packed(kept) is kept  # of which the protocol tells


def test_of_an_iterator_without_end_the_first_items_are_sent() -> None:
    """A hundred thousand were asked for, more than a reply may hold: no generator without an end could be graded."""
    assert [*islice(unpacked(packed(count())), 3)] == [0, 1, 2]
    assert len([*unpacked(packed(iter(range(12_000))))]) == 12_000


def test_a_scalar_of_numpy_stays_one() -> None:
    sent = packed(np.mean([1, 2]))
    assert isinstance(unpacked({key: np.asarray(value) for key, value in sent.items()}), float)


def test_what_a_call_writes_into_its_arguments_is_written_into_those_of_the_test() -> None:
    numbers, array, counts = [3, [1], 2], np.array([1.0, 2.0]), {"a": 1}
    inner = numbers[1]

    def student(_driver: object, target: str, args: list[object], kwargs: dict[str, object]) -> object:
        given = unpacked(args, runs=True)
        given[0][1].append(5)
        given[0].pop()
        given[1][:] = 7
        given[2]["b"] = 2
        return {"returned": target, "written": written_into([args, kwargs], [given, {}])}

    for _ in asked(student, student):
        assert Asked(None, "hw:f")(numbers, array, counts) == "hw:f"
    assert (numbers, array.tolist(), counts) == ([3, [1, 5]], [7, 7], {"a": 1, "b": 2})
    assert inner == [1]
    assert written_into([[array], {}], [[array.copy()], {}]) is None


def test_what_is_written_into_an_argument_that_the_reference_leaves_is_seen_once_the_test_is_right_without_it() -> None:
    """A submission that wrote zeros into what it was given, and returned zeros, was right by `f(x) == sorted(x)`."""

    def answering(function: Callable[[list[int]], list[int]]) -> Callable[..., object]:
        def subject(_driver: object, target: str, args: list[object], kwargs: dict[str, object]) -> object:
            given = unpacked(args, runs=True)
            returned = function(*given)
            return {"returned": returned, "written": written_into([args, kwargs], [given, {}])}

        return subject

    def zeros(numbers: list[int]) -> list[int]:
        numbers[:] = [0] * len(numbers)
        return numbers

    def in_place(numbers: list[int]) -> list[int]:
        numbers.sort()
        return numbers

    def turns(function: Callable[[list[int]], list[int]]) -> list[list[int]]:
        seen = []
        for _ in asked(answering(function), answering(sorted)):
            numbers = [3, 1, 2]
            assert Asked(None, "hw:f")(numbers) == sorted(numbers)
            seen.append(numbers)
        return seen

    assert turns(sorted) == [[3, 1, 2]]
    assert turns(in_place) == [[3, 1, 2], [1, 2, 3]]
    with pytest.raises(AssertionError):
        turns(zeros)


def test_a_test_has_what_the_tests_before_it_bound() -> None:
    earlier = [
        "from numpy.testing import assert_allclose as close\nprint(1)",
        "def one():\n    return TWO\nTWO = 2\nx = 3",
    ]
    assert needed_before("close(one(), f(1))", earlier, {"f"}) == (
        "from numpy.testing import assert_allclose as close\n\ndef one():\n    return TWO\nTWO = 2\n"
    ).replace("\n\ndef", "\ndef")
    assert needed_before("x = 1\nx + 1", earlier, ()) == ""


def test_what_only_tests_bind_keeps_no_solution_from_being_imported() -> None:
    cells = [("def f(a):\n    return a", False), ("a = f(1)", True), ("b = f(a)\nc = 1\nd = b", False)]
    assert without_names_of_tests(cells) == ["def f(a):\n    return a", "c = 1"]


def test_tuples_come_back_as_tuples() -> None:
    value = {"a": (1, [2, (3,)]), "b": [{"c": ()}]}
    assert unpacked(packed(value)) == value
    assert "(" not in json.dumps(packed([1, {"x": 2}]))


def test_an_example_that_prints_something_else_fails() -> None:
    run_examples(">>> 1 + n\n3\n", {"n": 2})
    with pytest.raises(AssertionError, match="does not print what is expected"):
        run_examples(">>> 1 + n\n4\n", {"n": 2})
    with pytest.raises(ZeroDivisionError):
        run_examples(">>> 1 / n\n4\n", {"n": 0})


def test_what_nose_had_is_what_unittest_has() -> None:
    nose_function("assert_equal")(1, 1)
    with pytest.raises(AssertionError):
        nose_function("assert_almost_equal")(1, 2)


def test_a_value_is_read_by_its_driver() -> None:
    with asking(lambda _driver, target: packed((target, np.zeros(2).sum()))):
        assert read(None, "hw:x") == ("hw:x", 0)


def test_markers_of_others_become_ours() -> None:
    assert own_markers("  ### BEGIN SOLUTION\n  x\n  ### END SOLUTION") == (
        "  # solution(1): Write what is missing.\n  x\n  # end solution\n"
    )


def test_whole_functions_that_are_marked_become_gaps_inside() -> None:
    """A mark outside any function ended the import, though many courses put theirs around the function."""
    solved = dedent("""\
        ### BEGIN SOLUTION
        def double(x):
            \"\"\"Return twice x.\"\"\"
            half = x
            return 2 * half


        class Layer:
            def forward(self, x):
                return x
        ### END SOLUTION
        def triple(x):
            # BEGIN SOLUTION
            return 3 * x
            # END SOLUTION
        """)
    assert own_markers(solved) == dedent("""\
        def double(x):
            \"\"\"Return twice x.\"\"\"
            # solution(1): Write what is missing.
            half = x
            return 2 * half
            # end solution


        class Layer:
            def forward(self, x):
                # solution(2): Write what is missing.
                return x
                # end solution
        def triple(x):
            # solution(3): Write what is missing.
            return 3 * x
            # end solution
        """)
    assert not [*left_outside(solved)]


def test_a_value_that_is_marked_outside_a_function_is_a_gap_of_a_notebook(grade: Grade, tmp_path: Path) -> None:
    solved = "### BEGIN SOLUTION\nrate = 0.1\ndef step(x):\n    return x - rate\n### END SOLUTION"
    book = notebook(
        ("code", solved, {"solution": True, "grade": False, "grade_id": "step"}),
        ("code", "assert step(1) == 0.9", {"grade": True, "solution": False, "points": 2, "grade_id": "test_step"}),
    )
    lay(tmp_path / "old", {"ps2.ipynb": book})
    made = grade("import", "nbgrader", "old", "--name", "ps2")
    assert (made.code, made.out.splitlines()[0]) == (0, "1 tests of nbgrader are checks of reference/ps2 now")
    stub = (tmp_path / "student/ps2/ps2.ipynb").read_text(encoding="utf-8")
    assert ("x - rate" in stub, "rate = 0.1" in stub, "Compute `rate`." in stub) == (False, False, True)


def test_classes_that_are_made_with_the_names_of_a_notebook_are_given_those(grade: Grade, tmp_path: Path) -> None:
    tests = """
    import unittest
    import numpy as np
    from gradescope_utils.autograder_utils.decorators import weight

    class TestTwice(unittest.TestCase):
        def __init__(self, test_name, notebook_locals):
            super().__init__(test_name)
            self.notebook_locals = notebook_locals

        @weight(2)
        def test_1_function(self):
            self.assertEqual(self.notebook_locals["twice"](3), 6)

        @weight(1)
        def test_1_value(self):
            np.testing.assert_allclose(self.notebook_locals["found"], [0, 2])
    """
    cells = ["import numpy as np", "def twice(x):\n    return 2 * x", "found = twice(np.arange(2))"]
    book = notebook(*(("code", cell, {}) for cell in cells))
    lay(tmp_path / "old", {"hw.ipynb": book, "tests/test_hw.py": dedent(tests)})
    assert grade("import", "gradescope", "old", "--name", "hw").out.startswith("2 tests of gradescope are checks")
    lay(tmp_path / "wrong", {"hw.ipynb": book.replace("twice(np", "(np")})
    assert [(row.name, row.points) for row in graded(tmp_path, "hw", "wrong")] == [
        ("case_1_function", 2), ("case_1_value", 0)
    ]  # fmt: skip


def test_modules_within_packages_are_told_of_a_solution() -> None:
    """A submission may import what the rubric names, and `import numpy` alone does not import every module in it."""
    text = "import numpy.linalg\nfrom numpy import random, float64\nimport os.path\nfrom nowhere.near import it\n"
    assert modules_of(text) == ("numpy", "numpy.linalg", "numpy.random", "nowhere", "nowhere.near")


def test_cells_that_only_compute_values_and_autotests_of_several_notebooks_are_imported(
    grade: Grade, tmp_path: Path
) -> None:
    """A notebook without a function was refused: its solution had no gap that a module can have."""
    written, graded_cell = {"solution": True, "grade": False}, {"grade": True, "solution": False, "points": 1}
    book = notebook(
        ("markdown", "# Values", {}),
        ("code", "import numpy as np\nfrom tools import twice\n%matplotlib inline\nx = np.loadtxt('data/x.txt')", {}),
        ("code", "a = None\n### BEGIN SOLUTION\na = np.arange(twice(x))\n### END SOLUTION", written),
        ("code", "from numpy.testing import *\nassert_allclose(a, range(6))", {**graded_cell, "grade_id": "a"}),
        ("code", "double = lambda x: 2 * x\nb = {'one': double(a).sum()}", written),
        ("code", "### AUTOTEST b['one'] / 7; double(3)", {**graded_cell, "grade_id": "b"}),
        ("code", "del double\n### AUTOTEST len(a)", {**graded_cell, "grade_id": "c"}),
    )
    text = notebook(("markdown", "# Why?", {"grade": True, "solution": True, "points": 4, "grade_id": "why"}))
    beside = {"source/ps/tools.py": "def twice(x):\n    return 2 * x\n", "source/ps/data/x.txt": "3\n"}
    books = {"source/ps/one.ipynb": book, "source/ps/two.ipynb": text, "release/ps/one.ipynb": book}
    lay(tmp_path / "old", {**books, **beside})
    made = grade("import", "nbgrader", "old", "--name", "ps")
    assert (made.code, made.out.splitlines()[0]) == (0, "2 tests of nbgrader are checks of reference/ps_one now")
    assert "one.ipynb cell 7: not converted: it deletes double, which is in another process here" in made.out
    assert (
        "two: no test was found that can be converted, and beside what people mark an assignment needs one" in made.out
    )
    assert "; two.ipynb cell 1: why is marked by hand\n" in made.out  # no row of an assignment that is not there
    stub = (tmp_path / "student/ps_one/one.ipynb").read_text(encoding="utf-8")
    assert ("# Values" in stub, "np.arange" in stub, "lambda" in stub, "AUTOTEST" in stub) == (
        True,
        False,
        False,
        False,
    )
    lay(tmp_path / "wrong", {"one.ipynb": book.replace("double(a)", "double(a[:2])")})
    assert [(row.name, row.points) for row in graded(tmp_path, "ps_one", "wrong")] == [("a", 1), ("b", 0)]


def raw(text: str) -> dict[str, object]:
    return {"cell_type": "raw", "metadata": {}, "source": text}


def code(text: str, shown: str = "") -> dict[str, object]:
    outputs = [{"output_type": "execute_result", "data": {"text/plain": [shown]}}] if shown else []
    return {"cell_type": "code", "metadata": {}, "source": text, "outputs": outputs}


SOURCE = [
    raw("# ASSIGNMENT CONFIG\nname: hw01"),
    code("import numpy as np"),
    raw("# BEGIN QUESTION\nname: q1\npoints: 3"),
    {"cell_type": "markdown", "metadata": {}, "source": "**Question 1.** Square a number."},
    raw("# BEGIN SOLUTION"),
    code(
        "def square(x):\n    y = x * x # SOLUTION\n    # left out # IGNORE\n    return y # SOLUTION\n\n"
        'nine = np.float64(square(3)) # SOLUTION NO PROMPT\n""" # BEGIN PROMPT\nnine = ...\n""" # END PROMPT'
    ),
    raw("# END SOLUTION"),
    raw("# BEGIN TESTS"),
    code('""" # BEGIN TEST CONFIG\npoints: 2\nhidden: true\n""" # END TEST CONFIG\nnine', "9.0"),
    code("def test_square(square):\n    assert square(16) == 256\n\ntest_square(square)  # IGNORE"),
    raw("# END TESTS"),
    raw("# END QUESTION"),
    raw("# BEGIN QUESTION\nname: q2\nmanual: true\npoints: 4"),
    raw("# BEGIN SOLUTION"),
    {"cell_type": "markdown", "metadata": {}, "source": "**SOLUTION**: Equal sides."},
    raw("# END SOLUTION"),
    raw("# END QUESTION"),
]


def test_a_source_of_otter_assign_becomes_an_assignment(grade: Grade, tmp_path: Path) -> None:
    book = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": SOURCE})
    lay(tmp_path / "old", {"hw.ipynb": book, "dist/student/hw.ipynb": book})
    made = grade("import", "otter", "old", "--name", "hw")
    assert (made.code, made.out.splitlines()[0]) == (0, "2 tests of otter are checks of reference/hw now")
    assert "hw.ipynb: q2 is marked by hand" in made.out
    stub = (tmp_path / "student/hw/hw.ipynb").read_text(encoding="utf-8")
    assert [part in stub for part in ("Question 1", "def square", "x * x", "SOLUTION", "Equal", "np.float64")] == [
        True, True, False, False, False, False
    ]  # fmt: skip
    lay(tmp_path / "wrong", {"hw.ipynb": book.replace("square(3)", "square(2)")})
    checks = graded(tmp_path, "hw", "wrong")
    assert [(row.name, row.points, row.max_points) for row in checks] == [("q1_1", 0, 2), ("q1_2", 1, 1)]
    assert [row.status for row in checks] == [Status.FAILED, Status.PASSED]


def test_questions_of_older_sources_of_otter_and_of_jassign_are_read(tmp_path: Path) -> None:
    cells: list[dict[str, object]] = []
    for begin, end, hidden in (("```", "```", "# HIDDEN TEST"), ("<!--", "-->", "## Hidden Test ##")):
        name = f"q{len(cells)}"
        question = f"**Add.**\n\n{begin}\nBEGIN QUESTION\nname: {name}\npoints: 2\n{end}"
        cells += [
            {"cell_type": "markdown", "metadata": {}, "source": question},
            code("if True:\n    # BEGIN SOLUTION\n    total = 1 + 1\n    # END SOLUTION"),
            code("# TEST\ntotal > 1", "True"),
            code(f"{hidden}\ntotal", "2"),
        ]
    lay(tmp_path, {"hw.ipynb": json.dumps({"nbformat": 4, "cells": cells})})
    kept, questions, left = read_source(tmp_path / "hw.ipynb")
    assert [(one.name, one.says, [case.is_hidden for case in one.cases]) for one in questions] == [
        ("q0", "Add.", [False, True]), ("q4", "Add.", [False, True])
    ]  # fmt: skip
    assert (len(kept), sorted(kept[1].marked), left) == (4, [3], [])
    assert examples_of(questions[0].cases[1]) == ">>> total\n2\n"


@pytest.mark.parametrize(
    ("text", "lines", "stub"),
    [
        ("a = 1\nb = f(\n    2)\nc = 3", {3}, "a = 1\n# TODO(1): Compute `b`.\n...\nc = 3"),
        ("for i in x:\n    y(i)\nz = 1", {1}, "# TODO(1): Write what is missing.\n...\nz = 1"),
        (
            "try:\n    a = 1\nexcept E:\n    b = 2",
            {4},
            "try:\n    a = 1\nexcept E:\n    # TODO(1): Compute `b`.\n    ...",
        ),
        ("# given\n# as 2 x\nb = 2 * x\n# why", {2, 3, 4}, "# given\n# TODO(1): Compute `b`.\n..."),
        ("import os\nclass A:\n    b = 1", {1, 2, 3}, "import os\n# TODO(1): Write what is missing.\n..."),
    ],
)
def test_marked_lines_become_gaps_around_whole_statements(text: str, lines: set[int], stub: str) -> None:
    made = without_marks(with_gaps(text, lines, 1))
    assert re.sub(r"raise NotImplementedError\(.*\)", "...", emptied(made, gaps(made, ""))).rstrip() == stub


def test_a_module_of_values_becomes_a_notebook_and_what_ok_runs_before_may_be_plain_code(
    grade: Grade, tmp_path: Path
) -> None:
    case = {"code": ">>> from hw import *\n>>> 'n' in vars() and n + TWO\n5", "hidden": False}
    suite = {"cases": [case], "setup": "import math\nTWO = int(math.sqrt(4))", "type": "doctest"}
    test = {"name": "q1", "suites": [suite, {"cases": [case], "type": "concept"}]}
    solution = "import math\n\n# Solution:\nn = int(math.sqrt(9))\n"
    lay(tmp_path / "old", {"hw.py": solution, "ok-tests/q1.py": f"test = {test}\n"})
    made = grade("import", "otter", "old", "--name", "hw")
    assert (made.code, made.out.splitlines()[0]) == (0, "1 tests of otter are checks of reference/hw now")
    assert "ok-tests/q1.py case 2: not converted: its answers are locked or it is no code" in made.out
    assert "hw.py: it computes values outside functions alone, which students get as hw.ipynb" in made.out
    assert "sqrt" not in (tmp_path / "student/hw/hw.ipynb").read_text(encoding="utf-8")
    lay(tmp_path / "wrong", {"hw.py": "n = 4\n"})
    assert [row.points for row in graded(tmp_path, "hw", "wrong")] == [0]


def test_examples_show_scalars_of_numpy_as_whoever_wrote_them_saw_them() -> None:
    run_examples(">>> x\n2.0\n", {"x": np.float64(2)})
    run_examples(">>> x\nnp.float64(2.0)\n", {"x": np.float64(2)})


def test_a_module_of_a_submission_gives_functions_values_and_its_own_exceptions() -> None:
    module = AskedModule(None, "hw", None, ["LIMIT"], None, Empty="LookupError")
    with asking(lambda _driver, **given: packed(given["target"])):
        assert (module.LIMIT, module.f()) == ("hw:LIMIT", "hw:f")
    assert issubclass(module.Empty, LookupError)


BOOK = (
    "import nowhere as nw, math\nimport numpy as np",
    "def fibonacci():\n    a, b = 0, 1\n    while True:\n        yield a\n        a, b = b, a + b",
    "names = np.array(['ada', 'grace'])",
    "frame = nw.Frame()\nmean = frame.mean()",
    "twice = 2 * mean",
    "def double(n):\n    assert n\n    return 2 * n",
)
EXAMPLES = (
    ">>> f = fibonacci()\n>>> [next(f) for _ in range(5)]\n[0, 1, 1, 2, 3]",
    ">>> 'names' in dir() and names.tolist()\n['ada', 'grace']",
    ">>> twice\n4",
    (
        "\t>>> def failed():\n\t...\ttry:\n\t...\t\tdouble(0)\n\t...\texcept AssertionError:\n"
        "\t...\t\treturn 'double' in dir()\n\t>>> 'double' in globals() and failed()\n\tTrue"
    ),
)
BY_NAME = """\
from otter.test_files import test_case
import nowhere
OK_FORMAT = False
name = "q2"
points = 3

@test_case(points=2)
def test_env(env):
    found = [env[name] for name in ("dbl", "double") if name in env]
    assert env["np"].add(found[0](2), 1) == 5

@test_case(points=None, hidden=True)
def test_frame(env):
    assert env["np"].isnan(nowhere.nan)
"""


def test_questions_that_need_no_absent_package_are_imported_and_the_others_listed(grade: Grade, tmp_path: Path) -> None:
    """One package that was not here refused it all; `dir`, tabs, texts and modules by name did not convert."""
    test = {"name": "q1", "points": 8, "suites": [{"cases": [{"code": code} for code in EXAMPLES], "type": "doctest"}]}
    book = notebook(*(("code", text, {}) for text in BOOK))
    lay(tmp_path / "old", {"hw.ipynb": book, "tests/q1.py": f"test = {test}\n", "tests/q2.py": BY_NAME})
    made = grade("import", "otter", "old", "--name", "hw")
    assert made.code == 0
    absent = "it needs nowhere, which is not installed here"
    assert made.out.splitlines()[:6] == [
        "4 tests of otter are checks of reference/hw now",
        "hw.ipynb cell 4: left out: it needs nowhere",
        "hw.ipynb cell 5: left out: it needs nowhere",
        "nowhere is not installed here: install it, and import again",
        f"tests/q1.py case 3: not converted: {absent}",
        f"tests/q2.py line 13: not converted: {absent}",
    ]
    rubric = (tmp_path / "reference/hw/assignment.toml").read_text(encoding="utf-8")
    assert 'modules = ["numpy"]\noptional = ["nowhere"]\n' in rubric
    handed = (book, book.replace("def double", "def dbl"), book.replace("'grace'", "'Grace'"))
    earned = []
    for text in handed:
        lay(tmp_path / "wrong", {"hw.ipynb": text})
        earned.append({row.name: float(row.points) for row in graded(tmp_path, "hw", "wrong")})
    full = {"q1_1": 2.0, "q1_2": 2.0, "q1_4": 2.0, "q2_env": 2.0}
    assert earned == [full, {**full, "q1_4": 0.0}, {**full, "q1_2": 0.0}]


def test_names_are_traced_to_the_package_that_is_absent() -> None:
    text = "try:\n    import nowhere.far\nexcept ImportError: pass\n"
    text += "from nowhere import (a,\n    b as c)\nimport json, nowhere as n\n"
    assert (absent := absent_packages([text, "import near"], {"near"})) == dict.fromkeys(
        ("nowhere", "a", "c", "n"), "nowhere"
    )
    assert (
        without_imports(text, frozenset({"nowhere"})) == "try:\n    pass\nexcept ImportError: pass\npass\nimport json\n"
    )
    blocks = ["x = 1", "y = n.f(x)", "def g(n):\n    x = 2\n    return n", "z = y", "w = z", "x = x + 1"]
    assert needing(blocks, absent) == dict.fromkeys((1, 3, 4), "nowhere")
    assert reason_of("hw.py defines no z", absent) == "it needs nowhere, which is not installed here"
    assert reason_of("name 'other' is not defined", absent) == "name 'other' is not defined"
