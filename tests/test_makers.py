"""Which function made a wrong value, told by a worker and checked against the sources."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from tiny_course import SCALE

from grader.judging.grading import Grader
from grader.sandbox.guest.makers import Makers
from grader.submissions.read import Submission

LAYER = """
import numpy as np
class Layer:
    def __init__(self):
        self.dx = None
    def windows(self, x):
        return x * 2
    def forward(self, x):
        self.dx = np.zeros(3)
        out = self.windows(x)
        return out
    def sums(self, x):
        return self.windows(x) + 1
    def backward(self, dout):
        self.fill(dout)
    def fill(self, dout):
        self.dx[:] = dout
"""


def makers(drive: Callable[[Any], object], source: str = LAYER) -> list[str]:
    names: dict[str, Any] = {}
    exec(compile(source, "layer.py", "exec"), names)  # noqa: S102  # what a worker does
    found = Makers({"layer.py": source}, ())
    with found.watched():
        value = drive(names["Layer"]())
    return [str(row[2]) if row else "" for row in found.of(value)]


def both_ways(layer: Any) -> dict[str, object]:  # noqa: ANN401  # what the source defines
    out, sums = layer.forward(np.ones(3)), layer.sums(np.ones(3))
    layer.backward(np.array([1.0, 2.0, 3.0]))
    return {"out": out, "gradients": [layer.dx, layer.dx.copy()], "sums": sums, "of the driver": np.full(2, 0.7)}


def test_the_function_that_gave_an_array_its_last_values_made_it() -> None:
    assert makers(both_ways) == ["windows", "fill", "fill", "sums", ""]
    assert sys.getprofile() is None


def test_tensors_and_numbers_have_a_maker_and_what_is_equal_by_chance_has_none() -> None:
    source = """
class Layer:
    def forward(self, x): return x * 2
    def loss(self): return 0.7
    def two(self): return 2.0
"""

    def drive(layer: Any) -> list[object]:  # noqa: ANN401  # what the source defines
        return [layer.forward(torch.ones(3)).numpy(), layer.loss() * 1.0, layer.two() * 1.0]

    assert makers(drive, source) == ["forward", "loss", ""]


@pytest.mark.parametrize("public", [False, True])
def test_a_wrong_value_names_the_definition_of_what_made_it(tiny_grader: Grader, *, public: bool) -> None:
    stats = """import functools


@functools.wraps(print)
def squares(x):
    return x.var(axis=0) + 1


def variance(x):
    return squares(x)


def covariance(x):
    return x.T @ x
"""
    scale = SCALE.replace("return", "return 3 +", 1) if public else SCALE
    tiny_grader.judge.seeks_examples = True
    try:
        judged = tiny_grader.observe(Submission("a test's", {"scale.py": scale, "stats.py": stats}, (), (), {}, ""))
    finally:
        tiny_grader.judge.seeks_examples = False
    found = {verdict.check: verdict for verdict in judged.verdicts}
    (line,) = found["standardized" if public else "variance"].quoted
    asked = ("scale.py", "standardized") if public else ("stats.py", "squares")
    assert (line.file, line.function, line.is_maker) == (*asked, True)
    assert line.source.startswith(f"def {asked[1]}(")


def test_a_worker_that_names_what_is_no_definition_is_not_believed(
    tiny_grader: Grader, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = iter([[["stats.py", 2, "variance"]], [["/etc/passwd", 1, "root"]], [[]], [["stats.py", 1, "variance"]] * 2])
    stats = "def variance(x):\n    return x.var(axis=0) + 1\n\n\ndef covariance(x):\n    return x.T @ x + 1\n"
    monkeypatch.setattr("grader.sandbox.host.session.Session.makers", lambda *_, **__: next(rows, []))
    monkeypatch.setattr(tiny_grader.judge, "seeks_examples", True)
    for _ in range(2):
        judged = tiny_grader.observe(Submission("a test's", {"scale.py": SCALE, "stats.py": stats}, (), (), {}, ""))
        assert all(not verdict.quoted for verdict in judged.verdicts)
