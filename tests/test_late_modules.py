"""Modules that are imported once a worker asks for them: nobody but the clock may notice when that was."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from grader.model.assignment import Profile, Runtime
from grader.model.status import Status
from grader.sandbox import protocol
from grader.sandbox.guest.late_modules import needed_by
from grader.sandbox.host.captured_output import CapturedOutput
from grader.sandbox.host.exit_status import NoReply
from grader.sandbox.host.fork_server import ForkServer
from grader.sandbox.host.frame_reader import FrameReader
from grader.sandbox.host.prefetch import DriverCall
from grader.sandbox.host.session import Session
from grader.sandbox.host.worker_process import CallReply
from grader.subjects.recordings import call_bytes
from tests.test_preload import in_fresh_interpreter

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="nothing is forked elsewhere")

# An order that no other test has: an interpreter that has imported everything stays so.
RUNTIME = Runtime(modules=("torch", "numpy"), memory_mb=2048)
DRIVERS = "def call(impl, target):\n    return impl.load(target)()\n"
CALL = call_bytes("call", {"target": "a:f"})
ROOT = "2*sqrt(2)"

# What needs more than is imported, and what it must come to.
ASKING = {
    "a guarded import": """
def f():
    try:
        import sympy
    except BaseException:
        return "there is none"
    return str(sympy.sqrt(8))
""",
    "an import of the module": "import sympy\ndef f():\n    return str(sympy.sqrt(8))\n",
    "whether it is there": """
import importlib.util
def f():
    return "2*sqrt(2)" if importlib.util.find_spec("sympy") else "there is none"
""",
    "an attribute of what was put off": """
import torch
def f():
    return "2*sqrt(2)" if hasattr(torch._dynamo, "config") else "there is none"
""",
    "a part of what was put off": """
def f():
    try:
        from torch._dynamo.config import suppress_errors
    except ImportError:
        return "there is none"
    return "2*sqrt(2)"
""",
    "a thread": """
import threading
found = []
def ask():
    import sympy
    found.append(str(sympy.sqrt(8)))
def f():
    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    return found[0]
""",
    "a finaliser": """
found = []
class Asks:
    def __del__(self):
        import sympy
        found.append(str(sympy.sqrt(8)))
def f():
    Asks()
    return found[0]
""",
    "one who would not have it end": """
import os
os._exit = lambda code: None
def f():
    try:
        import sympy
    except BaseException:
        return "there is none"
    return str(sympy.sqrt(8))
""",
    "a call that has printed": "def f():\n    print('once')\n    import sympy\n    return str(sympy.sqrt(8))\n",
}

STAYING = """
import sys, types
import torch
import unittest.mock, xml.etree.ElementTree
def f():
    layer = torch.nn.Linear(2, 2)
    for make in (torch.optim.SGD, torch.optim.AdamW):
        optimizer = make(layer.parameters(), 0.1)
        layer(torch.ones(1, 2)).sum().backward()
        optimizer.step()
        optimizer.zero_grad()
    try:
        import pandas
    except ImportError:
        pass
    return [type(torch._dynamo) is types.ModuleType, "sympy" in sys.modules]
"""


@pytest.fixture(scope="module")
def servers() -> Iterator[list[ForkServer]]:
    """Start a server for each test, all before anything late is imported in what they are forked from."""
    pytest.importorskip("torch")
    pytest.importorskip("sympy")
    started = [ForkServer(RUNTIME) for _ in range(len(ASKING) + 6)]
    for server in started:
        server.wait_until_ready()
    yield list(started)
    for server in started:
        server.stop()


@pytest.fixture
def server(servers: list[ForkServer]) -> ForkServer:
    """Give a server that nobody has used."""
    unused = servers.pop()
    assert not unused.is_whole
    return unused


def session_of(server: Any, source: str, drivers: str = DRIVERS) -> Session:  # noqa: ANN401  # also one that is made up
    return Session(server, {"a.py": source}, drivers, server.runtime, {})


def test_training_and_the_standard_library_need_nothing_late(server: ForkServer) -> None:
    session = session_of(server, STAYING)
    seen = session.observe(CALL, 60.0, 1)
    assert (seen.failure, seen.value) == (None, [False, False])
    assert session.forks == 1
    session.close()


@pytest.mark.parametrize("way", ASKING)
def test_who_needs_what_was_put_off_has_it_and_nothing_else_is_different(way: str, server: ForkServer) -> None:
    session = session_of(server, ASKING[way])
    seen = session.observe(CALL, 60.0, 1)
    session.close()
    assert (seen.failure, seen.value) == (None, ROOT)
    assert seen.printed == ("once\n" if "print" in ASKING[way] else "")
    assert session.forks == 2
    again = session_of(server, ASKING[way])
    assert again.observe(CALL, 60.0, 1).value == ROOT
    assert again.forks == 1
    again.close()


def test_calls_that_are_made_ahead_are_all_made_again(server: ForkServer) -> None:
    source = "called = []\ndef f():\n    import sympy\n    return str(sympy.sqrt(8))\ndef g():\n    return 'first'\n"
    calls = [DriverCall(call_bytes("call", {"target": target}), 60.0, 1, False) for target in ("a:g", "a:f")]
    session = session_of(server, source)
    session.prefetch(calls)
    values = [session.observe(call.call, call.seconds, call.seed).value for call in calls]
    assert (values, session.forks) == (["first", ROOT], 2)
    session.close()


def test_drivers_have_it_as_well(server: ForkServer) -> None:
    session = session_of(server, "def f():\n    return 1\n", f"import sympy\n{DRIVERS}")
    assert (session.observe(CALL, 60.0, 1).value, session.forks) == (1, 2)
    session.close()


def test_no_file_may_take_the_name_of_what_is_imported_late(server: ForkServer) -> None:
    sources = {"a.py": ASKING["a guarded import"], "sympy.py": "raise ValueError\n"}
    session = Session(server, sources, DRIVERS, server.runtime, {})
    assert session.observe(CALL, 60.0, 1).value == ROOT
    session.close()


def test_who_ends_like_a_worker_that_lacks_modules_is_called_once_more_and_has_then_ended(server: ForkServer) -> None:
    session = session_of(server, f"import os\ndef f():\n    os._exit({protocol.NEEDS_LATE_MODULES})\n")
    for forks in (2, 3):
        failure = session.observe(CALL, 60.0, 1).failure
        assert failure is not None
        assert (failure.status, session.forks) == (Status.DIED, forks)
        assert failure.cause == f"ended the process (exit status {protocol.NEEDS_LATE_MODULES}) before answering"
    session.close()


def test_a_server_that_is_stopped_has_everything_when_it_is_used_again(server: ForkServer) -> None:
    session_of(server, ASKING["a guarded import"]).observe(CALL, 60.0, 1)
    server.stop()
    server.wait_until_ready()
    assert server.is_whole


def test_workers_that_may_fork_have_everything_at_once() -> None:
    """A process that such a worker has forked could not end it."""
    assert ForkServer(Runtime(modules=("numpy",), profile=Profile.PROCESSES)).imports_late
    assert not ForkServer(Runtime(modules=("numpy",))).imports_late


@dataclass
class MadeUpWorker:
    """A worker that takes ten seconds for a call and answers 1, or ends because it lacks modules."""

    lacks: bool
    lacks_modules: bool = False
    is_orphaned: bool = False
    peak_bytes: int = 0
    reader: FrameReader = field(default_factory=FrameReader)

    def ask(self, kind: str, _body: object, _seconds: float, _call: bytes = b"") -> CallReply:
        reply: protocol.Message | NoReply = protocol.Message("value", 0, 1)
        if kind == "load":
            reply = protocol.Message("loaded", 0, {})
        elif self.lacks:
            reply, self.lacks_modules = NoReply(Status.DIED, "ended"), True
        used = 0.0 if kind == "load" else 10.0
        return CallReply(reply=reply, output=CapturedOutput(), cpu_seconds=used, reply_bytes=0)

    def kill(self) -> None:
        pass


class MadeUpServer:
    """A server whose workers lack modules until they are imported."""

    forks = True
    runtime = Runtime(modules=("numpy",), submission_seconds=15)
    lacks = True

    def start_worker(self) -> MadeUpWorker:
        return MadeUpWorker(self.lacks)

    def import_late(self) -> None:
        self.lacks = False


def test_the_time_of_a_call_that_is_made_again_starts_anew() -> None:
    """Of fifteen seconds two calls of ten leave none."""
    session = session_of(MadeUpServer(), "")
    assert session.observe(CALL, 10.0, 1).value == 1
    assert (session.cpu_seconds, session.forks) == (10.0, 2)


STAND_IN = """
import json, types
import torch
from grader.sandbox.guest.preload import import_allowed
import_allowed(["torch"])
before, early = torch._dynamo, torch._dynamo.disable(lambda: 1)
seen = [type(before) is types.ModuleType, early()]
import torch._dynamo.config
seen += [torch._dynamo is before, type(before) is types.ModuleType, early(), before.disable(lambda: 2)()]
print(json.dumps([*seen, before.disable.__module__, hasattr(torch._dynamo.config, "suppress_errors")]))
"""


def test_outside_of_a_worker_a_module_that_was_put_off_is_imported_where_more_is_wanted_of_it() -> None:
    pytest.importorskip("torch")
    expected = [False, 1, True, True, 1, 2, "torch._dynamo.decorators", True]
    assert in_fresh_interpreter(STAND_IN) == expected


def test_what_a_package_needs_is_known_by_what_it_says_of_itself() -> None:
    pytest.importorskip("torch")
    pytest.importorskip("sympy")
    assert {"sympy", "mpmath"} <= needed_by(["torch"])
    assert needed_by(["no-such-distribution"]) == set()
