"""Calls that are made ahead, several at once: nothing about an answer tells that it was not asked for alone."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_course import CHECKS, build

from grader.course.assignment import CourseAssignment
from grader.course.discovery import Course, read_assignment
from grader.judging.grading import Grader
from grader.judging.judge import Judgement
from grader.model.assignment import Runtime
from grader.model.observation import Frame, Observation
from grader.model.status import Status
from grader.sandbox.host.captured_output import CapturedOutput
from grader.sandbox.host.fork_server import ForkServer
from grader.sandbox.host.forked_worker import BATCH_BYTES, ForkedWorker
from grader.sandbox.host.prefetch import DriverCall
from grader.sandbox.host.session import Session
from grader.subjects.recordings import call_bytes
from grader.submissions.read import read_submission

DRIVERS = """
def call(impl, target, x):
    return impl.load(target)(x)
"""
X = np.array([[1.0, -2.0], [3.0, 4.0]])
ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "reference" / "convnet" / "samples"

Start = Callable[..., Session]


@pytest.fixture
def start(server: ForkServer) -> Iterator[Start]:
    """Begin the session of a submission whose functions a test calls; `source` is the whole of it."""
    sessions: list[Session] = []

    def begin(source: str, runtime: Runtime | None = None) -> Session:
        sessions.append(Session(server, {"a.py": source}, DRIVERS, runtime or Runtime()))
        return sessions[-1]

    yield begin
    for session in sessions:
        session.close()


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """List the requests that were sent one at a time."""
    asked: list[str] = []
    original = ForkedWorker.ask

    def ask(self: ForkedWorker, kind: str, *arguments: object) -> object:
        asked.append(kind)
        return original(self, kind, *arguments)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(ForkedWorker, "ask", ask)
    return asked


def calls(*names: str, seconds: float = 2.0, public: bool = False, x: object = X) -> list[DriverCall]:
    """Make a call of each function; the seeds tell two calls of one function apart."""
    return [
        DriverCall(call_bytes("call", {"target": f"a:{name}", "x": x}), seconds, seed, public)  # type: ignore[dict-item]
        for seed, name in enumerate(names)
    ]


def observed(session: Session, prefetched: list[DriverCall]) -> list[Observation]:
    """Foresee calls, then ask for them."""
    session.prefetch(prefetched)
    return [session.observe(one.call, one.seconds, one.seed, public=one.public) for one in prefetched]


def endings(found: list[Observation]) -> list[Status]:
    """Say how each call ended."""
    return [Status.PASSED if one.failure is None else one.failure.status for one in found]


def test_what_was_prefetched_is_answered_as_if_it_were_asked(start: Start, alone: list[str]) -> None:
    source = "import random\ndef f(x):\n    return x * 2\ndef g(x):\n    return random.random()\n"
    prefetched = calls("f", "g", "g", "missing")
    together = observed(start(source), prefetched)
    assert alone == ["load"]
    session = start(source)
    apart = [session.observe(one.call, one.seconds, one.seed) for one in prefetched]
    np.testing.assert_array_equal(together[0].value, X * 2)
    assert [one.value for one in together[1:]] == [one.value for one in apart[1:]]
    assert together[1].value != together[2].value
    assert [one.failure for one in together] == [one.failure for one in apart]


def test_a_call_that_was_not_prefetched_is_asked(start: Start, alone: list[str]) -> None:
    session = start("def f(x):\n    return float(x.sum())\n")
    session.prefetch(calls("f", "f"))
    other = calls("f", x=X + 1)[0]
    assert session.observe(other.call, other.seconds, other.seed).value == 10.0  # the sum of X and four
    assert alone == ["load", "call"]


@pytest.mark.parametrize("changed", [{"seed": 9}, {"seconds": 1.0}, {"public": True}])
def test_an_answer_serves_no_call_that_differs_in_anything(
    start: Start, alone: list[str], changed: dict[str, object]
) -> None:
    session = start("def f(x):\n    return 1\n")
    session.prefetch(calls("f", "f"))
    other = calls("f")[0]._replace(**changed)  # type: ignore[arg-type]  # a field's
    session.observe(other.call, other.seconds, other.seed, public=other.public)
    assert alone[-1] == "call"


def test_an_answer_serves_once(start: Start, alone: list[str]) -> None:
    session = start("def f(x):\n    return 1\n")
    prefetched = calls("f", "f")
    observed(session, prefetched)
    session.observe(prefetched[0].call, prefetched[0].seconds, prefetched[0].seed)
    assert alone == ["load", "call"]


def test_each_call_has_what_it_printed_itself(start: Start, alone: list[str]) -> None:
    source = (
        "import os, sys\ndef f(x):\n    print('one'); print('two', file=sys.stderr)\n    return 1\n"
        "def g(x):\n    return 2\ndef h(x):\n    os.write(1, b'three'); raise ValueError\n"
    )
    found = observed(start(source), calls("g", "f", "g", "h", "g"))
    assert [one.printed for one in found] == ["", "one\n", "", "three", ""]
    assert [one.warned for one in found] == ["", "two\n", "", "", ""]
    assert alone == ["load"]


def test_what_is_printed_in_vast_amounts_is_capped_for_each_call(start: Start) -> None:
    found = observed(start("def f(x):\n    print('x' * 300_000)\n    return 1\n"), calls("f", "f", "f"))
    assert endings(found) == [Status.PASSED] * 3
    assert [len(one.printed) for one in found] == [64 << 10] * 3


def test_a_judge_reads_no_further_than_to_the_mark_of_the_call_it_is_at(
    start: Start, alone: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What later calls printed meanwhile was read along; beyond a MiB their marks were lost, and the worker ended."""
    read = ForkedWorker._read  # the judge of a busy machine: there is always more to read

    def slowly(self: ForkedWorker, fd: int) -> bool:
        time.sleep(0.002)
        return read(self, fd)

    monkeypatch.setattr(ForkedWorker, "_read", slowly)
    source = "import os\ndef f(x):\n    for _ in range(9): os.write(1, b'x' * 100_000)\n    return 1\n"
    found = observed(start(source), calls(*"f" * 24, seconds=5.0))
    assert endings(found) == [Status.PASSED] * 24
    assert {len(one.printed) for one in found} == {64 << 10}
    assert alone == ["load"]


def test_of_each_call_no_more_is_kept_than_is_shown() -> None:
    streams = CapturedOutput()
    streams.add(b"x" * 500_000 + b"|" + b"y|z", is_error=False)
    streams.add(b"||", is_error=True)
    first, second = streams.cut(b"|"), streams.cut(b"|")
    assert first is not None
    assert second is not None
    assert (len(first.out), bytes(second.out), bytes(streams.out), streams.count) == (64 << 10, b"y", b"z", 1)
    assert streams.cut(b"|") is None


def test_a_flood_of_one_call_made_ahead_is_ended(start: Start) -> None:
    source = "def f(x):\n    while True:\n        print('x' * 100_000)\ndef g(x):\n    return 2\n"
    found = observed(start(source), calls("g", "f", "g", seconds=20.0))
    assert endings(found) == [Status.PASSED, Status.DIED, Status.PASSED]
    assert found[1].failure is not None
    assert found[1].failure.cause == "printed more than 16 MiB"


def test_a_submission_that_closes_its_streams_is_asked_call_by_call(start: Start, alone: list[str]) -> None:
    session = start("import os\ndef f(x):\n    os.close(1)\n    return 1\ndef g(x):\n    return 2\n")
    found = observed(session, calls("g", "f", "g"))
    assert [one.value for one in found] == [2, 1, 2]
    assert alone.count("call") == 2


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("os._exit(3)", Status.DIED),
        ("os.kill(os.getpid(), 11)", Status.DIED),
        ("os.write(4, b'garbage' * 9)", Status.DIED),
        ("os.write(4, protocol.encode('value', 1, 5))", Status.DIED),
        ("os.close(4)", Status.DIED),
        ("while True: pass", Status.TIMED_OUT),
        ("hoard.append(bytearray(2 << 30))", Status.OUT_OF_MEMORY),
    ],
)
def test_an_ending_belongs_to_its_own_call_alone(start: Start, body: str, status: Status) -> None:
    imports = "import os\nfrom grader.sandbox import protocol\n"
    source = f"{imports}hoard = []\ndef f(x):\n    {body}\ndef g(x):\n    return 2\n"
    session = start(source)
    found = observed(session, calls("g", "f", "g", "f", "g", seconds=0.3))
    assert endings(found) == [Status.PASSED, status, Status.PASSED, status, Status.PASSED]
    assert [one.value for one in found[::2]] == [2, 2, 2]


def test_a_file_that_ends_the_process_at_import_is_named(start: Start) -> None:
    found = observed(start("import os\nos._exit(0)\ndef f(x):\n    return 1\n"), calls("f", "f"))
    assert endings(found) == [Status.DIED] * 2
    assert [one.failure.frames for one in found if one.failure is not None] == [(Frame("a.py", 0, ""),)] * 2


def test_a_slow_call_has_all_the_time_that_its_own_deadline_gives(start: Start, alone: list[str]) -> None:
    source = "import time\ndef f(x):\n    end = time.process_time() + 0.3\n    while time.process_time() < end: pass\n"
    found = observed(start(source), calls("f", "f", "f", seconds=0.5))
    assert endings(found) == [Status.PASSED] * 3
    assert all(0.15 < one.cpu_seconds < 0.6 for one in found)
    assert alone == ["load"]


def test_the_budget_of_a_submission_is_one_for_calls_made_ahead_and_others(start: Start) -> None:
    session = start("def f(x):\n    while True: pass\n", Runtime(submission_seconds=0.6))
    found = observed(session, calls("f", "f", "f", "f", seconds=0.4))
    assert endings(found) == [Status.TIMED_OUT] * 4
    assert found[-1].failure is not None
    assert (found[-1].failure.ran, found[-1].failure.cause) == (False, "the submission has used up its 0.6 seconds")


def test_large_answers_come_whole(start: Start, alone: list[str]) -> None:
    source = "import numpy as np\ndef f(x):\n    return np.full(300_000, x[0, 0])\n"
    found = observed(start(source), calls("f", "f", "f"))
    assert [one.value.tolist() == [1.0] * 300_000 for one in found] == [True] * 3  # type: ignore[union-attr]
    assert alone == ["load"]


def test_answers_are_not_heaped_up(start: Start, alone: list[str]) -> None:
    """What a judge keeps of a submission is bounded; of seventy calls made ahead each could answer with 256 MiB."""
    source = "import numpy as np\ndef f(x):\n    return np.zeros(1_000_000)\n"
    found = observed(start(source), calls(*"ffffffff"))
    assert endings(found) == [Status.PASSED] * 8
    assert alone.count("call") == 8 - 3  # the third is the first beyond 16 MiB


def test_what_does_not_fit_into_a_pipe_is_asked_later(start: Start, alone: list[str]) -> None:
    large = np.zeros(BATCH_BYTES // 8 // 3)
    prefetched = [*calls("f", "f", x=large), *calls("f", "f", x=large + 1), *calls("f", "f", x=X)]
    found = observed(start("def f(x):\n    return float(x[0])if x.ndim == 1 else 2.0\n"), prefetched)
    assert [one.value for one in found] == [0.0, 0.0, 1.0, 1.0, 2.0, 2.0]
    assert alone.count("call") == 4


def test_a_public_call_is_not_made_by_a_worker_that_has_seen_hidden_inputs(start: Start) -> None:
    source = "import builtins\ndef f(x):\n    builtins.kept = x\ndef g(x):\n    return hasattr(builtins, 'kept')\n"
    session = start(source)
    assert observed(session, calls("f", "g"))[1].value is True
    assert [one.value for one in observed(session, calls("g", "g", public=True))] == [False, False]


@pytest.mark.parametrize(
    "body",
    [
        "os.close(5)",
        "os.write(5, b'!' * 60_000)",
        "os.dup2(4, 5)",
    ],
)
def test_the_ready_signal_is_a_hint_and_no_more(start: Start, body: str) -> None:
    source = f"import os\ndef f(x):\n    {body}\n    return 1\ndef g(x):\n    return 2\n"
    found = observed(start(source), calls("f", "g", "f", "g"))
    assert [one.value for one in found[1::2]] == [2, 2]


def test_who_closes_the_ready_signal_keeps_the_worker_and_answers_all_the_same(start: Start, alone: list[str]) -> None:
    session = start("import os\ndef f(x):\n    os.close(5)\n    return 1\ndef g(x):\n    return 2\n")
    assert [one.value for one in observed(session, calls("g", "f", "g"))] == [2, 1, 2]
    later = calls("g", x=X + 1)[0]
    assert session.observe(later.call, later.seconds, later.seed).value == 2
    assert (alone, session.forks) == (["load", "call"], 1)


def test_calls_that_are_handed_over_together_may_be_read_and_cost_who_takes_them(start: Start) -> None:
    source = (
        "import gc\ndef f(x):\n    for thing in gc.get_objects():\n"
        "        if type(thing).__name__ == 'RequestReader': thing._bytes.clear()\n"
        "    return 1\ndef g(x):\n    return 2\n"
    )
    found = observed(start(source), calls("g", "f", "g", "g", seconds=0.2))
    assert [one.value for one in found[:2]] == [2, 1]
    assert found[2].failure is not None
    assert found[3].value == 2


def test_a_rubric_that_wants_a_fork_for_each_call_gets_it(server: ForkServer) -> None:
    runtime = replace(Runtime(), fork_per_call=True)
    session = Session(server, {"a.py": "import os\ndef f(x):\n    return os.getpid()\n"}, DRIVERS, runtime)
    found = observed(session, calls("f", "f", "f"))
    assert len({str(one.value) for one in found}) == 3


def test_a_fork_server_that_is_killed_meanwhile_costs_no_call() -> None:
    server = ForkServer(Runtime(modules=("numpy",)))
    try:
        source = "import time\ndef f(x):\n    time.sleep(0.1)\n    return 1\n"
        session = Session(server, {"a.py": source}, DRIVERS, Runtime())
        session.start()
        assert server.pid is not None
        threading.Timer(0.15, os.kill, (server.pid, signal.SIGKILL)).start()
        assert endings(observed(session, calls(*"fffff"))) == [Status.PASSED] * 5
        session.close()
    finally:
        server.stop()


def test_descriptors_do_not_accumulate(server: ForkServer) -> None:
    counts = []
    for _ in range(3):
        session = Session(server, {"a.py": "import os\ndef f(x):\n    os._exit(1)\n"}, DRIVERS, Runtime())
        observed(session, calls("f", "f", "f"))
        session.close()
        counts.append(len(list(Path("/proc/self/fd").iterdir())))
    assert counts[0] == counts[1] == counts[2]


def test_a_quick_submission_shares_its_time_among_its_calls(start: Start) -> None:
    found = observed(start("def f(x):\n    return sum(range(1000))\n"), calls(*"ffff"))
    assert len({one.cpu_seconds for one in found}) == 1


# Which calls are prefetched.


def learnt(folder: Path, checks: str) -> dict[str, int]:
    """Count by check what a judge prefetches with these hidden tests."""
    with Grader(read_assignment(build(folder, checks=checks))) as grader:
        return {name: len(found) for name, found in grader.judge._first_calls.items()}


def test_the_first_call_of_every_case_is_prefetched(tmp_path: Path) -> None:
    with Grader(read_assignment(build(tmp_path))) as grader:
        cases = {name: len(items) for name, items in grader.judge.tests.cases.items()}
    assert learnt(tmp_path / "again", CHECKS) == cases


def test_a_call_behind_the_references_answer_is_not_prefetched_since_it_may_hold_it(tmp_path: Path) -> None:
    head, _, rest = CHECKS.partition("def test_variance(")
    asks = "    reference(variance, x=np.ones((3, 2)))\n    assert_matches("
    found = learnt(tmp_path, f"{head}def test_variance({rest.replace('    assert_matches(', asks, 1)}")
    assert "variance" not in found
    assert "covariance" in found


@pytest.fixture(scope="module")
def convnet() -> Iterator[Grader]:
    """Give a grader of the real assignment."""
    with Grader(Course(ROOT).load("convnet")) as grader:
        yield grader


def judged(grader: Grader, name: str) -> Judgement:
    """Judge a bundled sample."""
    course: CourseAssignment = grader.course
    return grader.observe(read_submission(SAMPLES / name, course.assignment, course.provided))


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.iterdir() if path.is_dir()))
def test_a_submission_is_judged_the_same_whether_its_calls_are_prefetched_or_not(
    convnet: Grader, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    together = judged(convnet, name)
    monkeypatch.setattr(Session, "prefetch", lambda _session, _calls: None)
    apart = judged(convnet, name)

    def untimed(judgement: Judgement) -> list[object]:
        return [replace(verdict, cpu_seconds=0.0) for verdict in judgement.verdicts]

    assert untimed(together) == untimed(apart)
    assert replace(together.facts, seconds={}) == replace(apart.facts, seconds={})


def test_of_a_good_submission_no_call_is_made_alone(convnet: Grader, alone: list[str]) -> None:
    judged(convnet, "correct")
    assert alone == ["load"]
