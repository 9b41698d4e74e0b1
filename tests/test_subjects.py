"""The two sides of a hidden test: called alike, given alike, and told apart in who is to blame."""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from grader.model.assignment import Runtime
from grader.model.observation import FailureReport, Frame, Observation, Value
from grader.model.status import Status
from grader.sandbox import protocol
from grader.sandbox.guest.program import Program
from grader.sandbox.host.server import Server
from grader.sandbox.host.session import Session
from grader.subjects.course import CourseSubject, ReferenceFailure, generators_seeded
from grader.subjects.recordings import Recordings, call_bytes, key_of, key_prefix, seed_of
from grader.subjects.student import Driver, StudentFailure, StudentSubject

DRIVERS = """
import random
import numpy as np

def scaled(impl, x, k=2.0):
    return {"y": impl.load("scale:scaled")(x, k)}

def drawn(impl):
    return [random.random(), float(np.random.rand()), float(np.random.rand())]

def typed(impl, **inputs):
    return {name: f"{type(value).__name__} {getattr(value, 'dtype', '')}" for name, value in inputs.items()}

def written(impl, x):
    x += 1
    return x

def asked(impl, target):
    return impl.load(target)

def leaving(impl):
    raise SystemExit(3)

def unsendable(impl):
    return {"dx": object()}
"""
SOLUTION = {"scale.py": "count = 0\ndef scaled(x, k):\n    global count\n    count += 1\n    return x * k * count\n"}
X = np.array([1.0, -2.0])


def driver(name: str) -> Driver:
    """Give a driver as a hidden test imports it: only its name counts."""

    def function(*_: object) -> Value:
        raise AssertionError("a driver runs where the submission or the reference is, never in a hidden test")

    function.__name__ = name
    return function


class Sandbox(Session):
    """A session that always gives one observation, and remembers what it was asked."""

    def __init__(self, observation: Observation) -> None:
        super().__init__(cast("Server", SimpleNamespace(forks=True)), SOLUTION, DRIVERS, Runtime())
        self.observation = observation
        self.asked: list[tuple[bytes, float, int]] = []

    def observe(self, call: bytes, seconds: float, seed: int, *, public: bool = False) -> Observation:
        self.asked.append((call, seconds, seed))
        return self.observation


def student(observation: Observation, seconds: float = 5.0) -> tuple[StudentSubject, Sandbox]:
    sandbox = Sandbox(observation)
    return StudentSubject(sandbox, seconds=seconds), sandbox


def trusted(
    solution: Mapping[str, str] = SOLUTION, recordings: Recordings | None = None, tree: str = "reference"
) -> CourseSubject:
    store = Recordings() if recordings is None else recordings
    return CourseSubject(solution, tree, DRIVERS, ("numpy",), store)


def test_a_student_gives_what_the_sandbox_observed() -> None:
    subject, _ = student(Observation(value={"y": 3}))
    assert subject(driver("scaled"), x=X) == {"y": 3}


def test_what_a_test_takes_out_of_an_answer_stays_in_what_was_observed() -> None:
    """Copied variables had no name in a check that popped the shapes: what was left agreed with no mistake."""
    y = np.ones(2)
    subject, _ = student(Observation(value={"rows": [{"y": y}], "shapes": [2]}))
    answer = cast("dict[str, Any]", subject(driver("scaled"), x=X))
    assert answer.pop("shapes") == [2]
    assert answer["rows"].pop()["y"] is y
    assert subject.calls[0].observation.value == {"rows": [{"y": y}], "shapes": [2]}


def test_a_student_that_gave_no_value_ends_the_case() -> None:
    frames = (Frame("scale.py", 2, ""),)
    report = FailureReport(status=Status.RAISED, exception="ValueError", text="0.25", frames=frames)
    subject, _ = student(Observation(failure=report))
    with pytest.raises(StudentFailure, match=r"^ValueError at scale.py line 2$") as caught:
        subject(driver("scaled"), x=X)
    assert (caught.value.failure.text, caught.value.failure.frames) == ("0.25", frames)


def test_a_failed_call_is_remembered_like_any_other() -> None:
    subject, _ = student(Observation(failure=FailureReport(status=Status.DIED, cause="crashed")))
    with pytest.raises(StudentFailure):
        subject(driver("scaled"), x=X)
    assert [(call.driver, call.observation.failure is None) for call in subject.calls] == [("scaled", False)]


def test_the_sandbox_gets_the_call_the_time_and_the_seed_of_the_call() -> None:
    subject, sandbox = student(Observation(value=1), seconds=0.25)
    subject(driver("scaled"), x=X)
    call = call_bytes("scaled", {"x": X})
    assert sandbox.asked == [(call, 0.25, seed_of(call))]
    assert protocol.decode(call).kind == "scaled"


def test_the_seed_depends_on_the_call_alone() -> None:
    calls = (("f", X), ("f", X.copy()), ("f", X + 1), ("g", X))
    first, again, other, another = (seed_of(call_bytes(name, {"x": x})) for name, x in calls)
    assert first == again
    assert len({first, other, another}) == 3
    assert all(0 <= seed < 2**32 for seed in (first, other, another))


def test_the_reference_gives_what_its_driver_returns() -> None:
    value = trusted()(driver("scaled"), x=X, k=3.0)
    assert isinstance(value, dict)
    np.testing.assert_array_equal(value["y"], [3.0, -6.0])


def test_the_reference_is_executed_afresh_for_every_call() -> None:
    subject = trusted()
    values = [cast("Any", subject(driver("scaled"), x=X, k=k))["y"][0] for k in (2.0, 3.0)]
    assert values == [2.0, 3.0]


def test_a_call_that_was_recorded_is_not_run_again() -> None:
    recordings = Recordings()
    trusted(recordings=recordings)(driver("scaled"), x=X)
    broken = {"scale.py": "raise AssertionError('run again')"}
    value = cast("Any", trusted(broken, recordings)(driver("scaled"), x=X))
    np.testing.assert_array_equal(value["y"], [2.0, -4.0])


def test_another_tree_has_its_own_recordings() -> None:
    recordings = Recordings()
    trusted(recordings=recordings)(driver("scaled"), x=X)
    doubled = {"scale.py": SOLUTION["scale.py"].replace("x * k", "x * k * 2")}
    value = cast("Any", trusted(doubled, recordings, tree="mistaken")(driver("scaled"), x=X))
    np.testing.assert_array_equal(value["y"], [4.0, -8.0])


def test_a_hand_out_answers_from_its_recordings_without_the_reference() -> None:
    recordings = Recordings()
    trusted(recordings=recordings)(driver("scaled"), x=X)
    value = cast("Any", trusted({}, recordings)(driver("scaled"), x=X))
    np.testing.assert_array_equal(value["y"], [2.0, -4.0])


def test_what_a_hand_out_has_not_recorded_is_the_courses_failure() -> None:
    with pytest.raises(ReferenceFailure, match="nothing is recorded for this call of scaled, and the reference is not"):
        trusted({})(driver("scaled"), x=X)


@pytest.mark.parametrize(
    ("name", "inputs", "why"),
    [
        ("asked", {"target": "scale:missing"}, r"MissingError: scale\.py defines no missing"),
        ("asked", {"target": "other:f"}, r"MissingError: other\.py is missing from the submission"),
        ("leaving", {}, "SystemExit: 3"),
        ("unsendable", {}, "UnsendableError: dx is of type object, expected numbers or arrays"),
        ("undriven", {}, r"MissingError: drivers\.py defines no undriven"),
    ],
)
def test_a_reference_that_gives_no_value_is_the_courses_failure(name: str, inputs: dict[str, Value], why: str) -> None:
    with pytest.raises(ReferenceFailure, match=f"^the reference fails in {name}: {why}$"):
        trusted()(driver(name), **inputs)


def test_a_failure_is_recorded_too_since_a_known_mistake_may_raise() -> None:
    recordings = Recordings()
    inputs: dict[str, Value] = {"target": "scale:missing"}
    call = call_bytes("asked", inputs)
    assert trusted(recordings=recordings).message("asked", call).kind == "failure"
    recorded = recordings.get(key_of(key_prefix("reference", DRIVERS, ("numpy",)), call))
    assert recorded is not None
    assert recorded.kind == "failure"


def test_a_library_that_is_not_there_is_the_courses_failure() -> None:
    subject = CourseSubject(SOLUTION, "reference", DRIVERS, ("no_such_library",), Recordings())
    with pytest.raises(ReferenceFailure, match=r"^the reference needs no_such_library, which cannot be imported"):
        subject(driver("drawn"))


def test_both_sides_get_their_inputs_in_the_same_form() -> None:
    """A tuple reached the reference as a tuple and the student as a list, a numpy scalar as a scalar and an array."""
    inputs: dict[str, Any] = {"size": (3, 3), "scalar": np.float32(2), "x": X, "k": 2, "none": None}
    received = trusted()(driver("typed"), **inputs)
    assert received == {
        "size": "list ", "scalar": "ndarray float32", "x": "ndarray float64", "k": "int ", "none": "NoneType ",
    }  # fmt: skip


def test_a_reference_that_writes_into_its_input_does_not_change_the_hidden_tests_array() -> None:
    x = X.copy()
    value = trusted()(driver("written"), x=x)
    np.testing.assert_array_equal(cast("np.ndarray", value), X + 1)
    np.testing.assert_array_equal(x, X)


def test_who_writes_into_an_answer_does_not_change_the_next() -> None:
    subject = trusted()
    cast("Any", subject(driver("scaled"), x=X))["y"] += 1
    np.testing.assert_array_equal(cast("Any", subject(driver("scaled"), x=X))["y"], X * 2)


def test_generators_of_the_reference_are_seeded_by_the_call() -> None:
    random.seed(1)
    first = trusted()(driver("drawn"))
    random.seed(2)
    assert trusted()(driver("drawn")) == first


def test_the_reference_draws_what_a_submission_draws() -> None:
    call = call_bytes("drawn", {})
    state = np.random.RandomState(seed_of(call))
    python = random.Random(seed_of(call))  # noqa: S311  # the generator that a student uses
    assert trusted()(driver("drawn")) == [python.random(), state.rand(), state.rand()]


def states() -> tuple[object, ...]:
    kind, keys, *rest = np.random.get_state()  # noqa: NPY002  # the global generator is what is tested
    return random.getstate(), kind, np.asarray(keys).tolist(), *rest


def test_the_judges_own_generators_go_on_as_if_nothing_had_run() -> None:
    before = states()
    trusted()(driver("drawn"))
    assert states() == before


def test_the_judges_generators_are_put_back_when_the_block_raises() -> None:
    before = states()
    with pytest.raises(ValueError), generators_seeded(1):
        raise ValueError
    assert states() == before


def test_torch_is_seeded_by_the_call_and_put_back() -> None:
    """The worker seeded torch and the judge did not: dropout of the reference was recorded once and never met again."""
    torch = pytest.importorskip("torch")
    drivers = "import torch\ndef noise(impl):\n    return torch.rand(3)\n"
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    subject = CourseSubject(SOLUTION, "reference", drivers, ("torch",), Recordings())
    got = subject(driver("noise"))
    assert torch.equal(torch.rand(3), wanted)
    with generators_seeded(seed_of(call_bytes("noise", {}))):
        np.testing.assert_array_equal(cast("np.ndarray", got), torch.rand(3).numpy())


def test_the_reference_computes_on_one_thread_as_workers_do() -> None:
    """Two threads of torch waited for each other on a busy machine: a small logarithm took 19 milliseconds."""
    torch = pytest.importorskip("torch")
    kept = torch.get_num_threads()
    torch.set_num_threads(2)
    drivers = "import torch\ndef threads(impl):\n    return torch.get_num_threads()\n"
    try:
        assert CourseSubject(SOLUTION, "reference", drivers, ("torch",), Recordings())(driver("threads")) == 1
    finally:
        torch.set_num_threads(kept)


def test_nothing_of_the_reference_stays_importable() -> None:
    before = set(sys.modules)
    trusted()(driver("scaled"), x=X)
    assert set(sys.modules) - before == set()


def test_a_reference_may_run_while_another_program_runs() -> None:
    with Program({"scale.py": "mine = 1", "drivers.py": "mine = 1"}).running() as program:
        mine = program.load("scale:mine")
        value = cast("Any", trusted()(driver("scaled"), x=X))
        assert program.load("scale:mine") == mine
    np.testing.assert_array_equal(value["y"], X * 2)
