"""The interpreter that imports for all: started once, told nothing of any course, and replaced where it is gone."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from grader.batch.executors.local import LocalExecutor
from grader.batch.executors.memory import MIB, process_bytes, tree_bytes
from grader.course.assignment import CourseAssignment
from grader.errors import MachineError
from grader.model.assignment import Runtime
from grader.sandbox.host.fork_server import ForkServer
from grader.sandbox.host.preloaded import forget, preloaded

NUMPY = ("numpy",)
PLENTY = 64 * 1024 * MIB
PATIENCE_SECONDS = 30
START_A_FORK_SERVER = (
    "[s := __import__('grader.sandbox.host.fork_server', fromlist=['x']).ForkServer("
    "__import__('grader.model.assignment', fromlist=['x']).Runtime(modules=('numpy',))), s.wait_until_ready(), "
    "__import__('builtins').__dict__.update(kept=s), (__import__('os').getpid(), s.pid)][-1]"
)
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="nothing is forked elsewhere")


@pytest.fixture
def executor() -> Iterator[LocalExecutor]:
    opened = LocalExecutor(2, PLENTY, NUMPY)
    yield opened
    opened.shutdown()


def parent(pid: int) -> int:
    """Return who forked a process, from the fourth field of proc(5)'s `stat`."""
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])


def started(runtime: Runtime) -> ForkServer:
    server = ForkServer(runtime)
    server.wait_until_ready()
    return server


def memory_of(pid: int) -> Iterator[bytes]:
    """Read all that a process has written to, block by block."""
    with Path(f"/proc/{pid}/mem").open("rb") as memory:
        for line in Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines():
            found = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if found and "[v" not in line:  # what the kernel itself maps there is not to be read
                begin, end = (int(part, 16) for part in found.groups())
                memory.seek(begin)
                yield memory.read(end - begin)


def test_fork_servers_for_the_same_modules_are_forked_from_one_interpreter_and_others_are_not() -> None:
    kinds = (Runtime(modules=NUMPY), Runtime(modules=NUMPY, memory_mb=512), Runtime(modules=("json",)))
    servers = [started(kind) for kind in kinds]
    try:
        first, second, other = (parent(server.pid or 0) for server in servers)
        assert first == second != other
        assert parent(first) == os.getpid()
        assert servers[0].versions.keys() == {"numpy"}
        assert servers[2].versions.keys() == {"json"}
    finally:
        for server in servers:
            server.stop()


def test_an_interpreter_that_was_killed_is_replaced() -> None:
    server = started(Runtime(modules=NUMPY))
    before = parent(server.pid or 0)
    os.kill(before, signal.SIGKILL)
    server.stop()
    again = started(Runtime(modules=NUMPY))
    try:
        assert parent(again.pid or 0) not in {before, 1}
    finally:
        again.stop()


def test_ctrl_c_while_an_interpreter_starts_does_not_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that came between its fork and its session killed it, and a student had failed with BrokenPipeError."""
    begun: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def interrupted(*given: Any, **options: Any) -> subprocess.Popen[bytes]:  # noqa: ANN401  # Popen's
        begun.append(start(*given, **options))
        begun[-1].send_signal(signal.SIGINT)
        return begun[-1]

    forget(preloaded(NUMPY))
    monkeypatch.setattr(subprocess, "Popen", interrupted)
    server = started(Runtime(modules=NUMPY))
    try:
        assert [process.pid for process in begun] == [parent(server.pid or 0)]
    finally:
        server.stop()


def test_an_interpreter_that_ends_before_its_first_order_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    start = subprocess.Popen
    programs = [["true"]]

    def ended_at_once(program: list[str], **options: Any) -> subprocess.Popen[bytes]:  # noqa: ANN401  # Popen's
        process = start(programs.pop() if programs else program, **options)
        if process.args == ["true"]:
            process.wait()
        return process

    forget(preloaded(NUMPY))
    monkeypatch.setattr(subprocess, "Popen", ended_at_once)
    executor = LocalExecutor(1, PLENTY, NUMPY)
    try:
        assert executor.submit(abs, -1).result(PATIENCE_SECONDS) == 1
        assert programs == []
    finally:
        executor.shutdown()


def test_one_that_cannot_import_says_why() -> None:
    server = ForkServer(Runtime(modules=("no_such_module",)))
    with pytest.raises(MachineError, match="did not start: ModuleNotFoundError: No module named 'no_such_module'"):
        server.wait_until_ready()


def test_a_process_of_a_batch_is_forked_with_the_modules_and_has_the_callers_environment(
    executor: LocalExecutor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GRADE_TEST_MARK", "here")
    monkeypatch.chdir(tmp_path)
    ask = "['numpy' in __import__('sys').modules, __import__('os').getcwd()]"
    assert executor.submit(eval, ask).result(PATIENCE_SECONDS) == [True, str(tmp_path)]
    assert executor.submit(os.getenv, "GRADE_TEST_MARK").result(PATIENCE_SECONDS) == "here"
    assert executor.submit(os.getpid).result(PATIENCE_SECONDS) in executor.pids()
    assert executor.submit(os.getppid).result(PATIENCE_SECONDS) == executor.server_pid()


def test_what_the_processes_of_a_batch_need_is_made_ready_once_and_they_share_nothing_else(tmp_path: Path) -> None:
    """Each imported pytest and read the course for itself, which cost as much as ten submissions."""
    note = f"import builtins; builtins.made = ['ready']; open({str(tmp_path / 'made')!r}, 'a').write('x')"
    executor = LocalExecutor(2, PLENTY, NUMPY, partial(exec, note))
    ask = (
        "[{}, __import__('time').sleep(0.2), "
        "__import__('os').getpid(), made, '_pytest' in __import__('sys').modules][2:]"
    )

    def answers(change: str) -> list[list[Any]]:
        return [
            asked.result(PATIENCE_SECONDS) for asked in [executor.submit(eval, ask.format(change)) for _ in range(2)]
        ]

    try:
        first, second = answers("made.append('used')")
        assert first[0] != second[0]
        assert first[1:] == second[1:] == [["ready", "used"], True]
        os.kill(first[0], signal.SIGKILL)
        assert sorted(made for _, made, _ in answers("0")) == [["ready"], ["ready", "used"]]
        assert (tmp_path / "made").read_text(encoding="utf-8") == "x"
    finally:
        executor.shutdown()


def test_where_making_ready_fails_each_process_of_a_batch_starts_all_the_same() -> None:
    executor = LocalExecutor(1, PLENTY, NUMPY, partial(divmod, 1, 0))
    try:
        assert executor.submit(abs, -1).result(PATIENCE_SECONDS) == 1
    finally:
        executor.shutdown()


def test_what_workers_are_forked_from_holds_nothing_of_the_caller_or_of_a_course(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A worker can read all memory of what it was forked from: no environment, call or answer may pass through it.

    Nor may what was made ready for the processes of a batch, such as hidden tests.
    """
    forget(preloaded(NUMPY))
    secret = f"mark-{time.time_ns()}"
    monkeypatch.setenv("GRADE_TEST_SECRET", secret)
    executor = LocalExecutor(1, PLENTY, NUMPY, partial(exec, f"import builtins; builtins.hidden = '{secret}' * 3"))
    try:
        assert executor.submit(os.getenv, "GRADE_TEST_SECRET").result(PATIENCE_SECONDS) == secret
        assert executor.submit(eval, f"hidden + '{secret}'").result(PATIENCE_SECONDS) == 4 * secret
        judge, server = executor.submit(eval, START_A_FORK_SERVER).result(PATIENCE_SECONDS)
        for pid in (judge, parent(judge)):
            assert any(secret.encode() in block for block in memory_of(pid))  # it would be found
        leader = parent(server)
        assert parent(leader) == parent(parent(judge))
        for pid in (server, leader, parent(leader), parent(parent(leader))):
            assert not any(secret.encode() in block for block in memory_of(pid))
    finally:
        executor.shutdown()


@pytest.mark.parametrize("killed", ["itself", "what it was forked from"])
def test_a_process_dies_with_what_it_was_forked_from_and_its_fork_servers_and_their_leader_with_the_process(
    executor: LocalExecutor, killed: str
) -> None:
    judge, server = executor.submit(eval, START_A_FORK_SERVER).result(PATIENCE_SECONDS)
    leader = parent(server)
    os.kill(judge if killed == "itself" else parent(judge), signal.SIGKILL)
    await_end_of(judge, server, leader)
    assert executor.submit(abs, -1).result(PATIENCE_SECONDS) == 1


def test_a_process_is_counted_and_killed_with_the_leader_of_its_fork_servers(executor: LocalExecutor) -> None:
    """They have different parents: a fork server that was not counted could take all memory, and outlive a Ctrl-C."""
    judge, server = executor.submit(eval, START_A_FORK_SERVER).result(PATIENCE_SECONDS)
    os.kill(server, signal.SIGSTOP)  # so that it does not end by itself
    counted = tree_bytes(executor.roots())
    assert counted[parent(server)] > process_bytes(server) * 0.9
    assert counted[judge] >= process_bytes(judge) * 0.9
    forked_from = parent(judge)
    executor.drop()
    await_end_of(judge, server, forked_from)
    executor.shutdown()


def await_end_of(*processes: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(is_running(pid) for pid in processes):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_fork_servers_that_are_ordered_at_once_are_all_served() -> None:
    servers = [ForkServer(Runtime(modules=NUMPY)) for _ in range(4)]
    threads = [threading.Thread(target=server.wait_until_ready) for server in servers]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_SECONDS)
        assert len({server.pid for server in servers}) == len(servers)
    finally:
        for server in servers:
            server.stop()


def test_to_grade_an_assignment_of_numpy_nothing_imports_torch(tiny: CourseAssignment) -> None:
    told = (  # versions are those of what workers find imported
        "import sys; from pathlib import Path; from grader.course.discovery import read_assignment; "
        "from grader.judging.grading import Grader; from grader.subjects.recordings import Recordings; "
        f"grader = Grader(read_assignment(Path({str(tiny.folder)!r})), recordings=Recordings()); "
        f"result = grader.grade(Path({str(tiny.folder / 'solution')!r})); "
        "print(result.score, 'torch' in sys.modules, 'torch' in result.provenance.versions)"
    )
    ran = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["10", "False", "False"]
