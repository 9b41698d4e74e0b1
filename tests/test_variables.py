"""What variables held at the line that raised: told for public inputs alone, and without a line of the student's."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import numpy as np
import pytest
import torch
from tiny_course import STATS

from grader.judging.grading import Grader
from grader.model.observation import FailureReport
from grader.model.status import Status
from grader.sandbox.guest.variables import MAX_CHARACTERS, MOST, described, variables_at
from grader.sandbox.host.failure_reports import failure_report
from grader.sandbox.protocol import Message
from grader.submissions.read import Submission


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "None"),
        (3, "3"),
        (True, "True"),
        (0.5, "0.5"),
        (10**100, "a long integer"),
        (np.zeros((2, 3)), "an array of shape (2, 3), float64"),
        (np.float32(1.5), "1.5"),
        (torch.zeros(4, 1), "a tensor of shape (4, 1)"),
        ([1, 2], "a list of 2"),
        ("a text may be anything", ""),
        (np.zeros(2).view(type("Mine", (np.ndarray,), {})), ""),
    ],
)
def test_numbers_and_arrays_are_described_and_nothing_else(value: object, said: str) -> None:
    assert described(value) == said


def raised(source: str, **given: object) -> Mapping[str, str]:
    names: dict[str, object] = {}
    exec(compile(source, "a.py", "exec"), names)  # noqa: S102  # what a worker does
    try:
        names["f"](**given)  # type: ignore[operator]  # every source defines it
    except Exception:  # noqa: BLE001  # whatever the source raises
        return dict(variables_at(sys.exc_info()[2], {"a.py": source}))
    raise AssertionError("nothing was raised")


def test_loop_variables_and_what_an_object_holds_are_told_at_the_deepest_line() -> None:
    source = """
class Layer:
    def __init__(self):
        self.cache = None

    def forward(self, x):
        for row in range(5):
            total = row / 2
            if row == 3:
                missing


def f(x):
    Layer().forward(x)
"""
    found = raised(source, x=np.zeros((2, 2)))
    assert found == {
        "x": "an array of shape (2, 2), float64", "row": "3", "total": "1.5", "self.cache": "None",
    }  # fmt: skip


def test_no_line_of_the_students_runs_to_describe_what_they_made() -> None:
    source = """
ran = []
class Meta(type):
    def __hash__(cls): ran.append(1); return 0
    def __eq__(cls, other): ran.append(1); return True
class Trap(metaclass=Meta):
    def __repr__(self): ran.append(1); return "x" * 10**6
    __str__ = __len__ = __getattr__ = __repr__
    @property
    def __dict__(self): ran.append(1); return {"hidden": 1}
    @property
    def __class__(self): ran.append(1); return int
def f():
    self, trap = Trap(), Trap()
    raise ValueError(ran)
"""
    assert raised(source) == {}


def test_many_and_long_names_are_cut() -> None:
    names = [f"v{place}_{'x' * 100}" for place in range(MOST + 5)]
    found = raised(
        "def f():\n" + "".join(f"    {name} = {place}\n" for place, name in enumerate(names)) + "    1 / 0\n"
    )
    assert len(found) == MOST
    assert max(map(len, found)) == MAX_CHARACTERS


def test_what_a_worker_makes_up_is_cut_and_malformed_rows_are_passed_over() -> None:
    rows: list[object] = [["x", "1"], ["y"], 7, ["z", 3], *([["n" * 500, "v" * 500]] * 40)]
    body = {"status": "raised", "exception": "E", "text": "", "frames": [], "variables": rows}
    report = failure_report(Message("failure", 0, body))
    assert isinstance(report, FailureReport)
    assert report.variables[0] == ("x", "1")
    assert len(report.variables) <= MOST
    assert max(len(part) for row in report.variables for part in row) == MAX_CHARACTERS


def test_only_a_check_with_public_inputs_tells_them(tiny_grader: Grader) -> None:
    broken = "def standardized(x):\n    rows = len(x)\n    return x @ None\n"
    stats = STATS.replace("    return ((x", "    rows = len(x)\n    return x @ None + ((x")
    found = {
        verdict.check: verdict
        for verdict in tiny_grader.observe(
            Submission("a test's", {"scale.py": broken, "stats.py": stats}, (), (), {}, "")
        ).verdicts
    }
    assert found["standardized"].variables == (("x", "an array of shape (4, 3), float64"), ("rows", "4"))
    assert found["variance"].status is Status.RAISED
    assert found["variance"].variables == ()
