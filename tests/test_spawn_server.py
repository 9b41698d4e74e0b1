"""Workers that nothing confines: the same protocol, and a result that says so."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from tiny_course import SCALE, STATS

from grader.course.assignment import CourseAssignment
from grader.errors import MachineError
from grader.judging.grading import Grader
from grader.model.assignment import Profile, Runtime
from grader.model.observation import CONSENT, NOT_ISOLATED, Failure
from grader.model.result import Result
from grader.model.status import Status
from grader.reporting.html import render_html, template_environment
from grader.reporting.terminal import rendering
from grader.results.codec import to_json
from grader.results.visibility import View, visible_to
from grader.sandbox.host import server as servers
from grader.sandbox.host.fork_server import ForkServer
from grader.sandbox.host.prefetch import DriverCall
from grader.sandbox.host.server import server_for, strangers_are_isolated
from grader.sandbox.host.session import Session
from grader.sandbox.host.spawn_server import SpawnedWorker, SpawnServer
from grader.subjects.recordings import call_bytes
from grader.subjects.student import quotable_of
from grader.wording.failures import explain

DRIVERS = "def call(impl, target, x):\n    return impl.load(target)(x)\n"
X = np.array([[1.0, -2.0], [3.0, 4.0]])

Start = Callable[..., Session]


@pytest.fixture
def start() -> Iterator[Start]:
    """Begin sessions with interpreters of their own."""
    begun: list[Session] = []

    def begin(runtime: Runtime | None = None, **sources: str) -> Session:
        files = {f"{name.replace('__', '/')}.py": text for name, text in sources.items()}
        runtime = runtime or Runtime()
        begun.append(Session(SpawnServer(runtime), files, DRIVERS, runtime))
        return begun[-1]

    yield begin
    for session in begun:
        session.close()
        session.server.stop()


def value_of(session: Session, target: str) -> object:
    observation = session.observe(call_bytes("call", {"target": target, "x": X}), 5.0, 1)
    assert observation.failure is None, observation
    return observation.value


def failure_of(session: Session, target: str, seconds: float = 2.0) -> Failure:
    call = call_bytes("call", {"target": target, "x": X})
    report = session.observe(call, seconds, seed=1).failure
    assert report is not None
    return explain(report, quotable_of(session, call))


def test_an_array_comes_back_as_it_was_computed(start: Start) -> None:
    np.testing.assert_array_equal(value_of(start(a="def f(x):\n    return x * 2\n"), "a:f"), X * 2)  # type: ignore[arg-type]  # an array


def test_calls_are_prefetched_from_an_interpreter_of_its_own(start: Start) -> None:
    session = start(a="import os\ncount = []\ndef f(x):\n    return os.getpid()\ndef g(x):\n    os._exit(3)\n")
    calls = [DriverCall(call_bytes("call", {"target": f"a:{name}", "x": X}), 5.0, 1, False) for name in "fgf"]
    calls[2] = calls[2]._replace(seed=2)
    session.prefetch(calls)
    first, died, after = (session.observe(one.call, one.seconds, one.seed) for one in calls)
    assert died.failure is not None
    assert died.failure.cause == "ended the process (exit status 3) before answering"
    assert first.value != after.value
    assert session.forks == 2


def test_both_kinds_of_workers_draw_the_same_numbers(start: Start, server: ForkServer) -> None:
    sources = {"a": "import random\nimport numpy as np\ndef f(x):\n    return [random.random(), np.random.rand(3)]\n"}
    forked = Session(server, {"a.py": sources["a"]}, DRIVERS, Runtime())
    try:
        assert str(value_of(start(**sources), "a:f")) == str(value_of(forked, "a:f"))
    finally:
        forked.close()


def test_modules_are_executed_afresh_for_every_call_of_one_interpreter(start: Start) -> None:
    body = "    global count\n    count += 1\n    return [count, os.getpid()]\n"
    session = start(a=f"import os\ncount = 0\ndef f(x):\n{body}")
    first, second = value_of(session, "a:f"), value_of(session, "a:f")
    assert first == second
    assert session.forks == 1


def test_what_is_printed_belongs_to_the_call_that_printed_it(start: Start) -> None:
    source = "import sys\ndef f(x):\n    print('one')\n    print('two', file=sys.stderr)\ndef g(x):\n    return 1\n"
    session = start(a=source)
    first, second = (session.observe(call_bytes("call", {"target": f"a:{n}", "x": X}), 5.0, 1) for n in "fg")
    assert (first.printed, first.warned, second.printed, second.warned) == ("one\n", "two\n", "", "")


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (
            "while True: pass",
            Status.TIMED_OUT,
            "no answer within 0.5 seconds; it was at a.py line 2 when its time was up",
        ),
        ("import os; os._exit(3)", Status.DIED, "ended the process (exit status 3) before answering"),
        ("import ctypes; ctypes.string_at(0)", Status.DIED, "crashed (segmentation fault)"),
        ("raise NotImplementedError", Status.UNWRITTEN, "not written yet"),
        ("import pytest; pytest.fail()", Status.RAISED, "this assignment may import the standard library and numpy"),
        ("import os; os.write(4, b'garbage' * 9)", Status.DIED, "cannot be read"),
        ("while True: print('x' * 100_000)", Status.DIED, "printed more than 16 MiB"),
    ],
)
def test_each_way_to_fail_has_its_status_and_costs_only_its_call(
    start: Start, body: str, status: Status, words: str
) -> None:
    session = start(a=f"def f(x):\n    {body}\n", b="def f(x):\n    return 7\n")
    failure = failure_of(session, "a:f", 5.0 if "print" in body else 0.5)
    assert (failure.status, words in failure.message) == (status, True), failure
    assert value_of(session, "b:f") == 7


def test_a_sleeper_is_ended_by_the_clock_on_the_wall(start: Start) -> None:
    session = start(a="import time\ndef f(x):\n    time.sleep(1000)\n")
    began = time.monotonic()
    assert failure_of(session, "a:f", 0.5).status is Status.TIMED_OUT
    assert time.monotonic() - began < 15


def test_a_submission_may_import_what_was_not_imported_before_it(start: Start) -> None:
    session = start(a="import xml.dom.pulldom\nimport numpy.ma.testutils\ndef f(x):\n    return 1\n")
    assert value_of(session, "a:f") == 1


def test_every_call_finds_the_files_that_were_handed_in(start: Start) -> None:
    """`os.makedirs` without `exist_ok` passed when it was graded and failed here from the second call on."""
    source = "import os\ndef f(x):\n    os.makedirs('out/deep')\n    return sorted(os.listdir('.'))\n"
    session = start(Runtime(profile=Profile.FILES), a=source)
    assert [value_of(session, "a:f") for _ in range(2)] == [["a.py", "out"]] * 2
    assert session.forks == 1


def test_no_process_and_no_folder_is_left_when_a_session_ends(start: Start) -> None:
    source = (
        "import os, subprocess, sys\ndef f(x):\n"
        "    child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "    return [os.getcwd(), os.getpid(), child.pid]\n"
    )
    session = start(a=source)
    place, *pids = value_of(session, "a:f")  # type: ignore[misc]  # a list
    session.close()
    assert not Path(place).exists()
    deadline = time.monotonic() + 5
    while any(is_running(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.01)  # what the worker left behind is its adopter's to bury
    assert [pid for pid in pids if is_running(pid)] == []


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


ENDS_ALONE = """
import os, sys, time
from grader.model.assignment import Runtime
from grader.sandbox.host.spawn_server import SpawnServer
server = SpawnServer(Runtime())
print(server.start_worker()._process.pid, flush=True)
os.kill(os.getpid(), 9)
"""


def test_a_worker_ends_when_the_grader_is_killed() -> None:
    done = subprocess.run([sys.executable, "-c", ENDS_ALONE], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr
    pid, deadline = int(done.stdout), time.monotonic() + 10
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(pid)


def test_nothing_of_the_graders_environment_reaches_a_worker(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADE_SECRET", "canary")
    session = start(a="import os\ndef f(x):\n    return 'GRADE_SECRET' in os.environ\n")
    assert value_of(session, "a:f") is False


def test_a_package_that_is_not_there_is_the_machines_trouble() -> None:
    with pytest.raises(MachineError, match="the worker did not start: ModuleNotFoundError: No module named 'nowhere'"):
        SpawnServer(Runtime(modules=("nowhere",))).wait_until_ready()


def test_a_worker_whose_first_bytes_are_no_frame_is_the_machines_trouble() -> None:
    """What an interpreter wrote before it was ready ended the grader with an error of the protocol."""
    worker = SpawnedWorker(Runtime(modules=()), None)
    worker.reader.feed(b"a banner of the interpreter's")
    with pytest.raises(MachineError, match="the worker did not start"):
        worker.wait_until_ready()


def test_a_required_layer_is_one_too_many() -> None:
    server = SpawnServer(Runtime(), required=("seccomp",))
    server.start()
    with pytest.raises(MachineError, match="the course asks for the layer seccomp, which is not in force here"):
        server.wait_until_ready()


@pytest.mark.parametrize(
    ("isolated", "can_isolate", "kind"),
    [(True, True, ForkServer), (False, True, SpawnServer), (True, False, SpawnServer), (False, False, SpawnServer)],
)
def test_workers_are_isolated_where_that_is_possible_and_not_turned_off(
    isolated: bool, can_isolate: bool, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "CAN_ISOLATE", can_isolate)
    assert type(server_for(Runtime(), (), None, isolated=isolated)) is kind


@pytest.mark.parametrize(
    ("said", "can_isolate", "isolated"), [(None, True, True), (CONSENT, True, False), (CONSENT, False, False)]
)
def test_strangers_are_isolated_unless_it_is_said_in_words_that_not(
    said: str | None, can_isolate: bool, isolated: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "CAN_ISOLATE", can_isolate)
    assert strangers_are_isolated(said) is isolated


@pytest.mark.parametrize(("said", "can_isolate"), [("", True), ("yes", True), ("yes", False), (None, False)])
def test_without_the_words_strangers_are_refused_with_them(
    said: str | None, can_isolate: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "CAN_ISOLATE", can_isolate)
    with pytest.raises(MachineError) as caught:
        strangers_are_isolated(said)
    assert repr(CONSENT) in str(caught.value)


@pytest.fixture(scope="module")
def result(tiny: CourseAssignment, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Give the result of a whole grading without isolation."""
    handed_in = tmp_path_factory.mktemp("handed-in")
    for name, text in {"scale.py": SCALE, "stats.py": STATS}.items():
        (handed_in / name).write_text(text)
    with Grader(tiny, isolated=False) as grader:
        return grader.grade(handed_in)


def test_the_reference_earns_all_points_without_isolation(result: Result) -> None:
    assert result.score == result.max_score


def test_a_result_says_that_nothing_confined_the_code(result: Result) -> None:
    assert result.provenance.isolation == (NOT_ISOLATED,)
    assert result.provenance.versions.keys() >= {"numpy"}


def told(result: Result) -> dict[str, str]:
    screen = io.StringIO()
    Console(file=screen, width=120).print(rendering(visible_to(result, View.STUDENT)))
    return {
        "terminal": screen.getvalue(),
        "html": render_html(visible_to(result, View.STUDENT), template_environment()),
        "json": json.dumps(to_json(visible_to(result, View.STUDENT))),
    }


BANNERS = {"terminal": "Not isolated:", "html": "<strong>Not isolated:", "json": f'["{NOT_ISOLATED}"]'}


def test_every_reader_is_warned_of_a_result_without_isolation(result: Result) -> None:
    assert {name: BANNERS[name] in text for name, text in told(result).items()} == dict.fromkeys(BANNERS, True)


def test_nobody_is_warned_of_a_result_with_isolation(result: Result) -> None:
    isolated = replace(result, provenance=replace(result.provenance, isolation=("seccomp:memory",)))
    assert {name: BANNERS[name] in text for name, text in told(isolated).items()} == dict.fromkeys(BANNERS, False)
