"""A submission in the real sandbox: what comes back, and what a death costs."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from grader.errors import MachineError
from grader.model.assignment import Runtime
from grader.model.observation import Failure
from grader.model.status import Status
from grader.sandbox.guest.zygote import COLLAPSED_AFTER
from grader.sandbox.host.fork_server import ForkServer
from grader.sandbox.host.forked_worker import ForkedWorker
from grader.sandbox.host.session import Session
from grader.sandbox.host.source_bytes import precompiled
from grader.sandbox.layers import child, libc
from grader.subjects.recordings import call_bytes
from grader.subjects.student import quotable_of
from grader.wording.failures import explain

DRIVERS = """
def call(impl, target, x):
    return impl.load(target)(x)

def construct(impl, target):
    return impl.load(target)()
"""
X = np.array([[1.0, -2.0], [3.0, 4.0]])

Start = Callable[..., Session]


@pytest.fixture
def start(server: ForkServer) -> Iterator[Start]:
    sessions: list[Session] = []

    def begin(runtime: Runtime | None = None, **sources: str) -> Session:
        files = {name.replace("__", "/") + ".py": text for name, text in sources.items()}
        sessions.append(Session(server, files, DRIVERS, runtime or Runtime()))
        return sessions[-1]

    yield begin
    for session in sessions:
        session.close()


def failure_of(session: Session, target: str, seconds: float = 2.0) -> Failure:
    call = call_bytes("call", {"target": target, "x": X})
    report = session.observe(call, seconds, seed=1).failure
    assert report is not None
    return explain(report, quotable_of(session, call))


def test_an_array_comes_back_as_it_was_computed(start: Start) -> None:
    session = start(a="def f(x):\n    return {'y': x * 2, 'n': 3, 's': 'text', 'rows': [x[0], None, True]}\n")
    value = session.observe(call_bytes("call", {"target": "a:f", "x": X}), 2.0, 1).value
    assert isinstance(value, dict)
    np.testing.assert_array_equal(value["y"], X * 2)
    assert (value["n"], value["s"], value["rows"][1:]) == (3, "text", [None, True])  # type: ignore[index, call-overload]  # a tree


@pytest.mark.parametrize(
    "hides",
    [
        "import faulthandler; faulthandler.unregister(10)",
        "import signal; signal.signal(signal.SIGUSR1, signal.SIG_IGN)",
        "import signal; signal.signal(signal.SIGUSR1, signal.SIG_DFL)",
        "import os; os.close(5)",
        'import os; os.write(5, b\'  File "b.py", line 99 in f\\n  File "/etc/passwd", line 1 in f\\n\')',
    ],
)
def test_who_hides_where_the_code_is_gets_no_more_than_the_deadline(start: Start, hides: str) -> None:
    """What a worker tells of its stack is evidence: neither its absence nor what is made up changes the verdict."""
    session = start(a=f"def f(x):\n    {hides}\n    while True: pass\n", b="def f(x):\n    return x\n")
    failure = failure_of(session, "a:f", 0.3)
    assert failure.status is Status.TIMED_OUT
    assert "no answer within 0.3 seconds" in failure.message
    assert "b.py" not in failure.message
    assert "passwd" not in failure.message
    np.testing.assert_array_equal(session.observe(call_bytes("call", {"target": "b:f", "x": X}), 2.0, 1).value, X)


def test_what_is_printed_belongs_to_the_call_that_printed_it(start: Start) -> None:
    session = start(
        a="import sys\ndef f(x):\n    print('one'); print('two', file=sys.stderr)\n    return 1\n"
        "def g(x):\n    return 2\n"
    )
    first = session.observe(call_bytes("call", {"target": "a:f", "x": X}), 2.0, 1)
    second = session.observe(call_bytes("call", {"target": "a:g", "x": X}), 2.0, 1)
    assert (first.printed, first.warned, second.printed, second.warned) == ("one\n", "two\n", "", "")


def test_modules_are_executed_afresh_for_every_call(start: Start) -> None:
    session = start(a="count = 0\ndef f(x):\n    global count\n    count += 1\n    return count\n")
    counts = [session.observe(call_bytes("call", {"target": "a:f", "x": X}), 2.0, 1).value for _ in range(3)]
    assert counts == [1, 1, 1]
    assert session.forks == 1


def test_generators_are_seeded_by_the_call(start: Start) -> None:
    session = start(
        a="import random\nimport numpy as np\ndef f(x):\n    return [random.random(), float(np.random.rand())]\n"
    )
    same = [session.observe(call_bytes("call", {"target": "a:f", "x": X}), 2.0, 7).value for _ in range(2)]
    other = session.observe(call_bytes("call", {"target": "a:f", "x": X}), 2.0, 8).value
    assert same[0] == same[1] != other


def test_an_exception_names_the_students_line(start: Start) -> None:
    session = start(modules__a="import numpy as np\n\ndef f(x):\n    return x + np.ones(3)\n")
    failure = failure_of(session, "modules.a:f")
    assert failure.status is Status.RAISED
    assert failure.message == (
        "ValueError in f at modules/a.py line 4: operands could not be broadcast together with shapes (2,2) (3,) "
    )


def test_an_exceptions_own_words_are_not_repeated(start: Start) -> None:
    failure = failure_of(start(a="def f(x):\n    raise ValueError(x.tolist())\n"), "a:f")
    assert failure.message == "ValueError in f at a.py line 2"
    assert "-2.0" in failure.text  # kept for the instructor


def test_a_stub_is_unwritten(start: Start) -> None:
    assert failure_of(start(a="def f(x):\n    raise NotImplementedError\n"), "a:f").status is Status.UNWRITTEN


@pytest.mark.parametrize(
    "text",
    [
        "\"log_softmax_lastdim_kernel_impl\" not implemented for 'Long'",
        "Could not run 'aten::empty.memory_format' with arguments from the 'CUDA' backend",
    ],
)
def test_what_torch_has_not_for_a_type_is_no_unwritten_code(start: Start, text: str) -> None:
    code = f"def f(x):\n    raise NotImplementedError({text!r})\n"
    assert failure_of(start(a=code), "a:f").status is Status.RAISED


@pytest.mark.parametrize(
    ("target", "message"),
    [("b:f", "b.py is missing from the submission"), ("a:g", "a.py defines no g")],
)
def test_a_missing_file_or_name_is_unwritten_and_named(start: Start, target: str, message: str) -> None:
    failure = failure_of(start(a="def f(x):\n    return x\n"), target)
    assert (failure.status, failure.message) == (Status.UNWRITTEN, message)


def test_a_file_that_does_not_parse_costs_only_its_importers(start: Start) -> None:
    session = start(a="def f(x):\n\treturn x\n        return x\n", b="def f(x):\n    return x\n")
    failure = failure_of(session, "a:f")
    assert failure.status is Status.RAISED
    assert failure.message.startswith("a.py line 3 cannot be read as Python: ")
    assert session.observe(call_bytes("call", {"target": "b:f", "x": X}), 2.0, 1).failure is None


def test_a_parser_bomb_costs_only_its_importers(start: Start) -> None:
    session = start(a="x = " + "-" * 200_000 + "1\n", b="def f(x):\n    return x\n")
    assert failure_of(session, "a:f").status is Status.RAISED
    assert session.observe(call_bytes("call", {"target": "b:f", "x": X}), 2.0, 1).failure is None


def test_a_module_that_hangs_at_import_is_waited_for_once(start: Start) -> None:
    session = start(a="while True:\n    pass\n", b="def f(x):\n    return x\n")
    assert failure_of(session, "a:f", 0.3).status is Status.TIMED_OUT
    began = time.monotonic()
    again = failure_of(session, "a:f", 30)
    assert again.status is Status.TIMED_OUT
    assert again.message == "the code gives no answer within 0.3 seconds while importing a.py"
    assert time.monotonic() - began < 10  # far from the 30 seconds that waiting would take
    assert session.observe(call_bytes("call", {"target": "b:f", "x": X}), 2.0, 1).failure is None


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (
            "while True: pass",
            Status.TIMED_OUT,
            "no answer within 0.3 seconds; it was at a.py line 2 when its time was up",
        ),
        ("import time; time.sleep(1000)", Status.TIMED_OUT, "it was at a.py line 2 when its time was up"),
        (
            "b = 10**7\n    while b:\n        for _ in range(9):\n            b **= 7",
            Status.TIMED_OUT,
            "it was at a.py line 3 when",
        ),
        ("import os; os._exit(0)", Status.DIED, "ended the process (exit status 0) before answering"),
        ("import sys; sys.exit(0)", Status.RAISED, "the code ends the program at a.py line 2 (SystemExit)"),
        ("import ctypes; ctypes.string_at(0)", Status.DIED, "crashed (segmentation fault)"),
        ("import os; os.kill(os.getpid(), 9)", Status.DIED, "was killed"),
        ("import numpy; return numpy.ones((100_000, 100_000))", Status.OUT_OF_MEMORY, "more memory is asked for"),
        ("import os; os.fork()", Status.RAISED, "a file, a process or the network is used"),
        ("open('/etc/passwd')", Status.RAISED, "a file, a process or the network is used"),
        ("import pandas; pandas.DataFrame()", Status.RAISED, "pandas.DataFrame is not available here at a.py line 2"),
        ("import pandas; pandas.Series()", Status.RAISED, "this assignment may import the standard library and numpy"),
        ("import tempfile; tempfile.mkdtemp()", Status.RAISED, "a file, a process or the network is used"),
        ("return object()", Status.FAILED, "what the code returned cannot be graded"),
        ("import numpy; return numpy.array([object()])", Status.FAILED, "what the code returned cannot be graded"),
    ],
)
def test_each_way_to_fail_has_its_status_and_costs_only_its_call(
    start: Start, body: str, status: Status, words: str
) -> None:
    session = start(a=f"def f(x):\n    {body}\n", b="def f(x):\n    return x\n")
    failure = failure_of(session, "a:f", 0.3)
    assert (failure.status, words in failure.message) == (status, True), failure
    np.testing.assert_array_equal(session.observe(call_bytes("call", {"target": "b:f", "x": X}), 2.0, 1).value, X)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("os.write(4, b'garbage' * 9)", "cannot be read"),
        ("os.write(4, protocol.encode('value', 1, 5))", "answered a question not asked"),
        ("os.write(4, protocol.encode('note', 0, ['passed', 'x']))", "cannot be read"),
        ("os.write(4, protocol.PREFIX.pack(b'GRD2', 10, 1 << 40))", "cannot be read"),
        ("os.close(4)", "before answering"),
    ],
)
def test_a_forged_frame_is_no_answer(start: Start, body: str, words: str) -> None:
    failure = failure_of(start(a=f"import os\nfrom grader.sandbox import protocol\ndef f(x):\n    {body}\n"), "a:f")
    assert (failure.status, words in failure.message) == (Status.DIED, True), failure


def test_a_second_answer_costs_the_next_call_and_no_more(start: Start) -> None:
    forge = (
        "import os, sys\nfrom grader.sandbox import protocol\ndef f(x):\n    frame = sys._getframe()\n"
        "    while 'message' not in frame.f_locals:\n        frame = frame.f_back\n"
        "    number = frame.f_locals['message'].id\n"
        "    os.write(4, protocol.encode('value', number, 1) + protocol.encode('value', number, 2))\n    return 3\n"
    )
    session = start(a=forge, b="def f(x):\n    return x\n")
    assert (
        session.observe(call_bytes("call", {"target": "a:f", "x": X}), 2.0, 1).value == 1
    )  # its own answer, for what it is worth
    later = [session.observe(call_bytes("call", {"target": "b:f", "x": X}), 2.0, 1).failure for _ in range(2)]
    assert later[0] is not None
    assert later[0].cause == "answered more than once"
    assert later[1] is None


def test_a_flood_of_output_is_ended(start: Start) -> None:
    failure = failure_of(start(a="def f(x):\n    while True:\n        print('x' * 100_000)\n"), "a:f", 20)
    assert failure.message == "the code printed more than 16 MiB"


def test_a_submission_has_a_budget_for_all_its_calls(start: Start) -> None:
    session = start(Runtime(submission_seconds=0.5), a="def f(x):\n    while True: pass\n")
    assert failure_of(session, "a:f", 0.4).status is Status.TIMED_OUT
    failure_of(session, "a:f", 0.4)
    assert failure_of(session, "a:f", 0.4).message == "not run: the submission has used up its 0.5 seconds"


def test_no_worker_is_left_when_a_session_ends(start: Start) -> None:
    session = start(a="import os\ndef f(x):\n    return os.getpid()\n")
    pid = session.observe(call_bytes("call", {"target": "a:f", "x": X}), 2.0, 1).value
    session.close()
    assert isinstance(pid, int)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_files_named_like_libraries_do_not_replace_them(start: Start) -> None:
    session = start(
        numpy="raise SystemExit", random="raise SystemExit", sitecustomize="raise SystemExit",
        a="import numpy\ndef f(x):\n    return float(numpy.sum(x))\n",
    )  # fmt: skip
    assert session.observe(call_bytes("call", {"target": "a:f", "x": X}), 2.0, 1).value == 6.0  # the sum of X


def test_descriptors_of_the_judge_do_not_accumulate(server: ForkServer) -> None:
    def count() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    counts = []
    for _ in range(3):
        session = Session(server, {"a.py": "import os\ndef f(x):\n    os._exit(1)\n"}, DRIVERS, Runtime())
        for _ in range(4):
            failure_of(session, "a:f")
        session.close()
        counts.append(count())
    assert counts[0] == counts[1] == counts[2]


def test_what_no_frame_holds_is_the_submissions_fault(server: ForkServer) -> None:
    sources = {f"f{number}.py": "" for number in range(20_001)}
    with closing(Session(server, sources, DRIVERS, Runtime())) as session:
        report = session.observe(call_bytes("call", {"target": "f1:f", "x": X}), 2.0, seed=1).failure
    assert report is not None
    assert report.cause == ("the submission cannot be loaded: the value has more than 20000 numbers, texts and arrays")


def test_a_worker_that_cannot_load_the_courses_own_files_either_is_the_machines_fault(server: ForkServer) -> None:
    session = Session(server, {"a.py": "X = 1\n"}, "raise MemoryError\n", Runtime())
    with closing(session), pytest.raises(MachineError, match="a worker ends before it has read the submission"):
        session.start()


def test_the_most_memory_of_any_worker_is_known_once_they_have_ended(server: ForkServer) -> None:
    hoards = {"a.py": "import numpy\nhoard = numpy.ones(16_000_000)\ndef f(x):\n    return 1\n"}
    plain = {"a.py": "def f(x):\n    return 1\n"}
    peaks = []
    for files in (plain, hoards):
        session = Session(server, files, DRIVERS, Runtime())
        session.observe(call_bytes("call", {"target": "a:f", "x": X}), 5.0, 1)
        assert session.peak_bytes == 0
        session.close()
        peaks.append(session.peak_bytes)
    assert 10 << 20 < peaks[0] < peaks[1] - (100 << 20)


def test_a_fork_server_that_is_used_often_moves_into_huge_pages_and_one_that_is_not_starts_sooner() -> None:
    def huge_kb(pid: int) -> int:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("AnonHugePages:"))

    server = ForkServer(Runtime(modules=("numpy",)))
    try:
        server.wait_until_ready()
        assert server.pid is not None
        sizes = []
        for _ in range(COLLAPSED_AFTER + 1):
            sizes.append(huge_kb(server.pid))
            ForkedWorker(server).kill()
        sizes.append(huge_kb(server.pid))
        can = child.in_child(lambda: str(libc.collapse_pages())).answer != "0"
        assert sizes[1] == sizes[0]
        assert (sizes[-1] > sizes[0]) is can
    finally:
        server.stop()


def test_a_fork_server_that_was_killed_costs_no_call() -> None:
    server = ForkServer(Runtime(modules=("numpy",)))
    try:
        session = Session(server, {"a.py": "def f(x):\n    return x\n"}, DRIVERS, Runtime())
        assert session.observe(call_bytes("call", {"target": "a:f", "x": X}), 5.0, 1).failure is None
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        later = [session.observe(call_bytes("call", {"target": "a:f", "x": X}), 5.0, 1).failure for _ in range(3)]
        assert later == [None] * 3
        session.close()
        assert session.observe(call_bytes("call", {"target": "a:f", "x": X}), 5.0, 1).failure is None
    finally:
        server.stop()


def test_only_the_courses_own_files_are_compiled_in_the_judges_process(
    server: ForkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[str] = []
    monkeypatch.setattr(
        "grader.sandbox.host.source_bytes.precompiled",
        lambda path, text: [compiled.append(path), precompiled(path, text)][1],
    )
    files = {
        "a.py": "import own\ndef f(x):\n    return own.double(x)\n",
        "own.py": "def double(x):\n    return 2 * x\n",
    }
    provided = {"a.py": "def f(x):\n    raise NotImplementedError\n", "own.py": files["own.py"], "broken.py": "def"}
    session = Session(server, {**files, "broken.py": "def"}, DRIVERS, Runtime(), provided=provided)
    try:
        found = session.observe(call_bytes("call", {"target": "a:f", "x": X}), 5.0, 1)
    finally:
        session.close()
    np.testing.assert_array_equal(found.value, 2 * X)  # type: ignore[arg-type]  # an array
    assert sorted(compiled) == ["broken.py", "drivers.py", "own.py"]
    assert "broken.py" in session.broken


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "from concurrent.futures import ThreadPoolExecutor as E\n    with E(2) as e: return list(e.map(abs, [-1]))",
            [1],
        ),
        ("from unittest import mock\n    return mock.Mock(a=1).a", 1),
        ("import datetime\n    return datetime.datetime.strptime('2020', '%Y').year", 2020),
        ("return 'b\\u00fccher'.encode('idna').decode()", "xn--bcher-kva"),
        ("import asyncio\n    return asyncio.run(asyncio.to_thread(lambda: 3))", 3),
        ("import logging.config, urllib.request, xml.etree.ElementTree\n    return 1", 1),
        ("from numpy.lib.stride_tricks import sliding_window_view as s\n    return s(x[0], 2).shape[0]", 1),
    ],
)
def test_what_the_standard_library_imports_late_is_there(start: Start, body: str, expected: object) -> None:
    """A worker without files could not import it once it runs."""
    found = start(a=f"def f(x):\n    {body}\n").observe(call_bytes("call", {"target": "a:f", "x": X}), 5.0, 1)
    assert (found.failure, found.value) == (None, expected)


def test_a_driver_is_out_of_reach_of_what_an_earlier_call_patched(start: Start) -> None:
    """The module of drivers lived on from call to call: whoever patched it once answered for all others."""
    session = start(
        a="import sys\n\n\ndef f(x):\n"
        "    driver = sys._getframe(1)\n"
        "    forged = lambda impl, **inputs: 'forged'\n"
        "    driver.f_globals.update(call=forged, construct=forged)\n"
        "    for name in ('drivers', 'grader.drivers', 'grader.drivers.imports'):\n"
        "        sys.modules[name] = type(sys)(name)\n"
        "    return 1\n",
        b="def g(x):\n    return 2\n",
    )
    values = [session.observe(call_bytes("call", {"target": target, "x": X}), 2.0, seed=1).value
              for target in ("a:f", "b:g", "a:f")]  # fmt: skip
    assert values == [1, 2, 1]
    assert session.forks == 1


def test_what_drivers_import_of_ours_is_executed_afresh(server: ForkServer) -> None:
    drivers = (
        "from grader.drivers.absent_modules import is_below\n\n\n"
        "def ask(impl, x):\n    return impl.load('a:f')(x)\n\n\n"
        "def judge(impl, x):\n    return is_below('a', ['b'])\n"
    )
    source = (
        "import sys\n\n\ndef f(x):\n    ours = sys.modules['grader.drivers.absent_modules']\n"
        "    ours.is_below.__code__ = (lambda name, parents: True).__code__\n    return 1\n"
    )
    session = Session(server, {"a.py": source}, drivers, Runtime())
    asked = [session.observe(call_bytes(driver, {"x": X}), 2.0, seed=1).value for driver in ("ask", "judge")]
    session.close()
    assert asked == [1, False]


def test_what_drivers_import_is_what_was_there_before_the_submission(server: ForkServer) -> None:
    drivers = (
        "import importlib\nimport json\n\n\n"
        "def ask(impl, x):\n    return impl.load('a:f')(x)\n\n\n"
        "def judge(impl, x):\n    import colorsys\n\n"
        "    late = importlib.import_module('bisect').bisect([1], 1)\n"
        "    return [json.loads('[1]'), colorsys.rgb_to_hsv(0, 0, 0)[0], late]\n"
    )
    source = (
        "import sys, types\n\n\ndef f(x):\n"
        "    other = lambda *arguments: [7]\n"
        "    for name in ('importlib', 'json', 'colorsys', 'bisect'):\n"
        "        sys.modules[name] = types.SimpleNamespace(\n"
        "            loads=other, rgb_to_hsv=other, bisect=other, import_module=lambda name: sys.modules[name])\n"
        "    return 1\n"
    )
    session = Session(server, {"a.py": source}, drivers, Runtime())
    asked = [session.observe(call_bytes(driver, {"x": X}), 2.0, seed=1).value for driver in ("ask", "judge")]
    session.close()
    assert asked == [1, [[1], 0.0, 1]]


def test_whatever_a_call_changes_in_our_modules_is_as_it_was_for_the_next(server: ForkServer) -> None:
    """What is found out by comparing must miss nothing that can be changed."""
    drivers = (
        "from grader.drivers.answers import Answers, number\n"
        "from grader.drivers.absent_modules import absent_modules\n\n\n"
        "def ask(impl, how):\n    return impl.load('a:f')(how)\n\n\n"
        "def judge(impl):\n    with absent_modules((), ()):\n"
        "        return [number('1/2'), Answers({'x': 3}).value('x'), Answers.__doc__ is None]\n"
    )
    source = (
        "import sys\n\n\ndef f(how):\n    ours = sys.modules['grader.drivers.answers']\n"
        "    other = lambda *arguments: 7\n"
        "    if how == 'name':\n        ours.number = other\n"
        "    if how == 'used':\n        ours._NUMBER = ours._PLACE\n"
        "    if how == 'code':\n        ours.number.__code__ = other.__code__\n"
        "    if how == 'method':\n        ours.Answers.value = other\n"
        "    if how == 'wrapped':\n"
        "        sys.modules['grader.drivers.absent_modules'].absent_modules.__wrapped__.__code__ = other.__code__\n"
        "    if how == 'defaults':\n        ours.Answers.__init__.__defaults__ = (1, 2, 3)\n"
        "    if how == 'gone':\n        del ours.read_answers\n        del sys.modules['grader.drivers.answers']\n"
        "    return 1\n"
    )
    session = Session(server, {"a.py": source}, drivers, Runtime())
    found = {}
    for how in ("name", "used", "code", "method", "wrapped", "defaults", "gone"):
        assert session.observe(call_bytes("ask", {"how": how}), 2.0, seed=1).value == 1
        found[how] = session.observe(call_bytes("judge", {}), 2.0, seed=1).value
    session.close()
    assert found == {key: [0.5, 3, False] for key in found}
