"""A course in one small assignment, `tested`, whose students write a function, a layer and the tests of both."""

from __future__ import annotations

from pathlib import Path

FILES = {
    "assignment.toml": """\
title = "ReLU, tested"
source = "Handout 1"
files = ["relu.py", "test_relu.py"]

[runtime]
modules = ["numpy", "pytest"]

[hidden]
seed = 20261121
""",
    "solution/relu.py": '''\
import numpy as np


def relu(x):
    """Replace negative values by zero; refuse what is no number."""
    # solution(1): Keep what is positive.
    if np.isnan(x).any():
        raise ValueError("not a number")
    return np.maximum(x, 0)
    # end solution


class Layer:
    """ReLU that goes backwards."""

    def forward(self, x):
        """Keep what is positive."""
        # solution(2): Keep what is positive, and remember where.
        self.on = x > 0
        return np.maximum(x, 0)
        # end solution

    def backward(self, dout):
        """Differentiate."""
        # solution(3): Let through where it was on.
        return dout * self.on
        # end solution
''',
    "solution/test_relu.py": """\
import numpy as np
import pytest
from relu import Layer, relu


@pytest.fixture
def layer():
    made = Layer()
    yield made
    assert made.forward(np.ones(1)).tolist() == [1]


@pytest.mark.parametrize("shape", [(3,), (2, 5)])
def test_relu(shape):
    # solution(4): Test relu.
    x = np.random.default_rng().normal(size=shape)
    before = x.copy()
    assert np.allclose(relu(x), np.where(x > 0, x, 0))
    assert (x == before).all()
    # end solution


def test_no_number():
    # solution(5): Test what relu refuses.
    with pytest.raises(ValueError):
        relu(np.array([np.nan]))
    # end solution


def test_layer(layer):
    # solution(6): Test Layer.
    x = np.array([[1.0, -2.0]])
    layer.forward(x)
    assert layer.backward(np.ones_like(x)).tolist() == [[1, 0]]
    # end solution
""",
    "checks/right/where/relu.py": """\
import numpy as np


def relu(x):
    if (x != x).any():
        raise ValueError("there is a NaN")
    return np.where(x < 0, 0.0, x)


class Layer:
    def forward(self, x):
        self.x = x
        return np.where(x < 0, 0.0, x)

    def backward(self, dout):
        return np.where(self.x > 0, dout, 0)
""",
    "checks/test_own.py": '''\
import pytest
from grader.authoring import assert_matches, check, function, layer, student_tests

relu = function("relu:relu")
whole = layer("relu:Layer")
own = student_tests("test_relu", of=("relu:relu", "relu:Layer"))


@check(points=2, seconds=1, part="relu", hint="What should -3 become, and what x?")
@pytest.mark.parametrize("shape", [(2, 3), (4,)], ids=str)
def test_relu(student, reference, rng, shape):
    """Negative values become zero and the others stay."""
    x = rng.normal(size=shape)
    assert_matches(student(relu, x=x), reference(relu, x=x))


@check(points=2, part="relu", hint="Where does the gradient go?")
@pytest.mark.parametrize("shape", [(2, 3), (4, 2)], ids=str)
def test_layer(student, reference, rng, shape):
    """The layer goes forwards and backwards."""
    given = {"x": rng.normal(size=shape), "dout": rng.normal(size=shape)}
    assert_matches(student(whole, **given), reference(whole, **given))


@check(points=4, seconds=1, part="tests", hint="Which x tells relu from abs?", partial=True)
@pytest.mark.parametrize("mistakes", [("mirrored", "leaky"), ("gradient-everywhere",)], ids=["function", "layer"])
def test_own(implementations, mistakes):
    """Your tests pass right code and fail on wrong code."""
    implementations.assert_told_apart(own, *mistakes)
''',
    "mistakes.py": """\
from grader.authoring import Mistake, replace

RELU = "    return np.maximum(x, 0)\\n    # end solution\\n\\n\\nclass"


def made(name, fails, *patch):
    return Mistake(name=name, says=name, hint="Which?", patch=patch, fails=(fails,), teaches="...")


MISTAKES = (
    made("mirrored", "relu", replace("relu.py", RELU, RELU.replace("np.maximum(x, 0)", "np.abs(x)"))),
    made("leaky", "relu", replace("relu.py", RELU, RELU.replace("np.maximum(x, 0)", "np.where(x > 0, x, 0.1 * x)"))),
    made("gradient-everywhere", "layer", replace("relu.py", "dout * self.on", "dout * 1.0")),
    made(
        "nothing-asserted",
        "own",
        replace("test_relu.py", "assert np.allclose(relu(x), np.where(x > 0, x, 0))", "relu(x)"),
        replace("test_relu.py", "assert layer.backward(np.ones_like(x)).tolist() == [[1, 0]]", "layer.backward(x)"),
    ),
)
""",
}


def write_tested_course(folder: Path, **changed: str) -> Path:
    """Write the assignment below a course folder, with some files otherwise, and return its folder."""
    place = folder / "reference" / "tested"
    for path, text in {**FILES, **changed}.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text(text, encoding="utf-8")
    return place
