"""When a function counts as not written yet, and what of a failed case follows from it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import numpy as np
import pytest
from tiny_course import SCALE, STATS

from grader.course.assignment import CourseAssignment
from grader.course.discovery import read_assignment
from grader.diagnosis.unwritten import UnwrittenGaps
from grader.model.observation import Failure, Frame, Observation, Value
from grader.model.status import Status
from grader.subjects.case import Case
from grader.subjects.recordings import Recordings, call_bytes
from grader.subjects.student import Call

X = np.arange(6.0).reshape(3, 2)


def stats(body: str) -> str:
    """Put another body into `variance`, and leave `covariance` as it is."""
    other = STATS[STATS.index("def covariance") :]
    return f"import numpy as np\n\ndef variance(x):\n{indent(dedent(body), '    ')}\n\n{other}"


def names(tiny: CourseAssignment, **files: str) -> list[str]:
    found = UnwrittenGaps(tiny, Recordings()).found_in({f"{name}.py": text for name, text in files.items()})
    return sorted(function.name for function in found)


@pytest.mark.parametrize(
    "body",
    [
        "pass",
        "...",
        '"""Say what."""',
        "return None",
        "return x",
        "v = None\nreturn v",
        "n, d = x.shape\nv = np.zeros(d)\nreturn v",
        "v = np.zeros_like(x)\nfor row in x:\n    pass\nreturn v",
        "if x.ndim == 2:\n    return 0.0\nreturn None",
        "raise NotImplementedError('later')",
    ],
)
def test_a_body_in_which_nothing_computes_is_unwritten(tiny: CourseAssignment, body: str) -> None:
    assert names(tiny, stats=stats(body), scale=SCALE) == ["variance"]


@pytest.mark.parametrize(
    "body",
    [
        "return x.var(axis=0)",
        "v = x\nv[v < 0] = 0\nreturn v",
        "v = np.zeros(2)\nfor row in x:\n    v += row\nreturn v",
        "return -x.mean()",
        "return x * 2",
        "return np.ones(2)",
        "for row in x:\n    row.flags.writeable = False",
    ],
)
def test_a_body_that_computes_something_is_no_unwritten_one(tiny: CourseAssignment, body: str) -> None:
    assert names(tiny, stats=stats(body), scale=SCALE) == []


def test_a_file_that_is_no_python_or_not_there_has_nothing_unwritten(tiny: CourseAssignment) -> None:
    assert names(tiny, stats="def variance(x:\n") == []


def told(tiny: CourseAssignment, driver: str, source: str) -> Case:
    gaps = UnwrittenGaps(tiny, Recordings())
    sources = {"stats.py": source, "scale.py": SCALE}
    call = Call(driver, {"x": X}, call_bytes(driver, {"x": X}), Observation(value={}))
    return gaps.told(Case(name="", status=Status.FAILED, calls=(call,)), gaps.found_in(sources), sources)


def test_a_case_that_failed_for_want_of_a_function_says_where_it_is_not_written(tiny: CourseAssignment) -> None:
    case = told(tiny, "variance", stats("return None"))
    assert (case.status, case.message) == (Status.UNWRITTEN, "not written yet at stats.py line 3")


def test_a_case_that_needs_no_unwritten_function_stays_failed(tiny: CourseAssignment) -> None:
    assert told(tiny, "covariance", stats("return None")).status is Status.FAILED


RELU = """\
class ReLU:
    def forward(self, x):
        {forward}
    def backward(self, dout):
        pass
"""


@pytest.mark.parametrize(
    ("forward", "line", "status"),
    [
        ("return x.men()", 3, Status.RAISED),  # it breaks before what is unwritten is come to
        ("return None", 3, Status.UNWRITTEN),
    ],
)
def test_an_exception_of_a_written_function_stays_one(forward: str, line: int, status: Status) -> None:
    course = read_assignment(Path(__file__).parents[1] / "reference" / "convnet")
    gaps = UnwrittenGaps(course, Recordings())
    sources = {"modules/relu.py": RELU.format(forward=forward)}
    inputs: dict[str, Value] = {"kind": "ReLU", "arguments": [], "parameters": {}, "x": X, "dout": X}
    call = Call("layer_backward", inputs, call_bytes("layer_backward", inputs), Observation())
    raised = Failure(status=Status.RAISED, message="", frames=(Frame("modules/relu.py", line, "forward"),))
    case = Case(name="", status=Status.RAISED, calls=(call,), failure=raised)
    assert gaps.told(case, gaps.found_in(sources), sources).status is status


TRAINING = """\
def train(epoch, data_loader, model, optimizer, criterion):
    for data, target in data_loader:
        start = epoch.clock()  # what courses give around the gap differs
        ##########################################
        # TODO: Complete the body of training loop
        ##########################################
        {body}
        ##########################################
        #             END OF YOUR CODE           #
        ##########################################
        epoch.update(out, start)
"""


@pytest.mark.parametrize(
    ("body", "status"),
    [("", Status.UNWRITTEN), ("pass", Status.UNWRITTEN), ("output = model(data)", Status.RAISED)],
)
def test_a_name_that_a_template_leaves_to_the_gap_says_that_the_gap_is_empty(body: str, status: Status) -> None:
    """The course's own starter was told "name 'out' is not defined"."""
    course = read_assignment(Path(__file__).parents[1] / "reference" / "cifar")
    gaps = UnwrittenGaps(course, Recordings())
    sources = {"main.py": TRAINING.format(body=body)}
    inputs: dict[str, Value] = {
        "images": np.zeros((2, 3, 32, 32), np.float32),
        "labels": np.zeros(2, np.int64),
        "weight": np.zeros((10, 3072), np.float32),
        "batch_size": 2,
        "momentum": 0.0,
        "class_weights": None,
    }
    call = Call("training", inputs, call_bytes("training", inputs), Observation())
    frames = (Frame("main.py", 10, "train"),)
    raised = Failure(status=Status.RAISED, message="", exception="NameError", frames=frames)
    case = Case(name="", status=Status.RAISED, calls=(call,), failure=raised)
    assert gaps.told(case, gaps.found_in(sources), sources).status is status
