"""An executor of processes that each do one thing at a time: the death of one costs only what it had in hand.

The process is replaced and the call made once more; if it ends that one too, the call is to blame and is answered with
ProcessDiedError. A thread of a pool hands each process its calls. Where processes can be forked, all come from one that
made ready what they need (see `process_server`).

Other pools were tried and measured on two cores. `concurrent.futures.ProcessPoolExecutor` with one process each takes
1 % more processor time (median of six interleaved runs over 40 submissions of convnet) and 250 µs a call instead of
120, does not say how a process ended, and leaves its processes behind when this one is killed. `pebble.ProcessPool`
fails with all its calls once a process that had none in hand is killed.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from multiprocessing import Pipe
from pathlib import Path
from typing import Any, Final, TypeVar

from grader.batch.executors.memory import (
    MIB,
    SHARE_OF_MACHINE,
    bytes_per_process,
    machine_bytes,
    process_bytes,
    processes_within,
    resident_bytes,
    tree_bytes,
)
from grader.batch.executors.protocol import CALLS_AT_ONCE
from grader.errors import DroppedError, ProcessDiedError
from grader.model.assignment import Runtime
from grader.sandbox.host.preloaded import ForkedProcess, forget, preloaded
from grader.wording.statuses import TOO_LONG

Answer = TypeVar("Answer")

SERVING: Final = "grader.batch.executors.worker_process"
FORKING: Final = "grader.batch.executors.process_server"
CAN_FORK: Final = sys.platform == "linux"
ATTEMPTS: Final = 2
WATCH_SECONDS: Final = 1.0
GROWN_BYTES: Final = 256 * MIB  # a judge that has grown by so much since its first answer is replaced
END_SECONDS: Final = 10.0


def local_executor(
    jobs: int | None,
    memory_mb: int | None,
    submissions: int,
    runtime: Runtime,
    tell: Callable[[str], None],
    make_ready: Callable[[], object] | None = None,
) -> LocalExecutor:
    """Return as many processes as there are cores, submissions and memory for; tell where memory bounds them.

    Args:
        jobs: How many; by default one for each core.
        memory_mb: What all may take together; by default a share of the machine's.
        submissions: More processes would have nothing to do.
        runtime: What a submission's worker is given.
        tell: Is told where fewer processes than wanted have room.
        make_ready: Makes ready what all processes need, as `LocalExecutor` has it.
    """
    wanted = jobs or (len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1)
    max_bytes = memory_mb * MIB if memory_mb else int(machine_bytes() * SHARE_OF_MACHINE)
    fitting = processes_within(max_bytes, runtime)
    if fitting < wanted:
        each = bytes_per_process(runtime) // MIB
        tell(
            f"{fitting} process{'' if fitting == 1 else 'es'} instead of {wanted}: "
            f"each may need {each} MiB of the {max_bytes // MIB} MiB that all may take together"
        )
    count = max(1, min(wanted, fitting, submissions))
    return LocalExecutor(count, max_bytes, runtime.modules, make_ready)


class LocalExecutor:
    """So many processes, each with a thread that hands it one call after another.

    `max_bytes` is what they and this process may take together; when they take more, the largest is replaced. Where
    processes can be forked they have these modules imported from the start, and find what `make_ready` made before the
    first of them was forked.
    """

    def __init__(
        self,
        count: int,
        max_bytes: int,
        modules: tuple[str, ...] = (),
        make_ready: Callable[[], object] | None = None,
    ) -> None:
        self._count = count
        self._max_bytes = max_bytes
        self._server = _ProcessServer(modules, make_ready, lambda: not self._is_dropped)
        self._is_dropped = False
        self._threads = ThreadPoolExecutor(count)
        self._own = threading.local()  # the process of each thread
        self._running: set[_WorkerProcess] = set()
        self._ended = threading.Event()
        threading.Thread(target=self._watch_memory, daemon=True).start()

    def submit(self, function: Callable[..., Answer], /, *arguments: Any) -> Future[Answer]:  # noqa: ANN401  # any call's
        """Queue a call; processes start as they are needed."""
        return self._threads.submit(self._answer, function, arguments)

    def window(self) -> int:
        """Return how many calls keep the processes busy."""
        return CALLS_AT_ONCE * self._count

    def drop(self) -> None:
        """Kill all processes with what they have in hand; what is queued is not begun."""
        self._is_dropped = True
        for process in tuple(self._running):
            process.kill()
        self._server.kill()

    def shutdown(self) -> None:
        """End the processes once all calls are answered."""
        self._threads.shutdown()
        self._ended.set()
        for process in self._running:
            process.end()
        self._running.clear()
        self._server.end()

    def pids(self) -> list[int]:
        """Return the processes that run now."""
        return [process.pid for process in tuple(self._running)]

    def roots(self) -> list[int]:
        """Return the processes that those which run now and all that they started descend from."""
        return [root for process in tuple(self._running) for root in process.roots]

    def server_pid(self) -> int | None:
        """Return the process that these are forked from, where there is one."""
        return self._server.pid

    def _answer(self, function: Callable[..., Answer], arguments: tuple[Any, ...]) -> Answer:
        reason = ""
        for _ in range(ATTEMPTS):
            process = self._process()
            try:
                is_answer, answer = process.call(function, arguments)
            except (EOFError, OSError):
                reason = process.exit_reason()
                self._forget(process)
                if process.is_over_budget:  # it would be again
                    raise ProcessDiedError(TOO_LONG, is_over_budget=True) from None
                continue
            if process.has_grown():
                process.end()
                self._forget(process)
            if is_answer:
                return answer  # type: ignore[no-any-return]  # what the function returned
            raise answer
        self._raise_if_dropped()
        raise ProcessDiedError(f"the grading process died over it, {ATTEMPTS} times: {reason}")

    def _process(self) -> _WorkerProcess:
        """Return the process of this thread; start it where there is none."""
        self._raise_if_dropped()
        process: _WorkerProcess | None = getattr(self._own, "process", None)
        if process is None:
            try:
                process = self._own.process = _WorkerProcess(self._server)
            except OSError:
                self._raise_if_dropped()  # what it is forked from was ended while it started
                raise
            self._running.add(process)
            self._raise_if_dropped()  # while it started: nobody else would end its first call
        return process

    def _forget(self, process: _WorkerProcess) -> None:
        self._running.discard(process)
        self._own.process = None

    def _raise_if_dropped(self) -> None:
        if self._is_dropped:
            raise DroppedError

    def _watch_memory(self) -> None:
        while not self._ended.wait(WATCH_SECONDS):
            running = tuple(self._running)
            if self._bytes_beside(resident_bytes) + sum(_sizes(running, resident_bytes)) <= self._max_bytes:
                continue  # what they share is counted several times here: without that it is less
            sizes = _sizes(running, process_bytes)
            whole = self._bytes_beside(process_bytes) + sum(sizes)
            if whole > self._max_bytes and sizes:
                running[sizes.index(max(sizes))].kill(
                    f"all processes together took {whole // MIB} MiB, expected at most {self._max_bytes // MIB}"
                )

    def _bytes_beside(self, measure: Callable[[int], int]) -> int:
        """Return the memory of this process and of the one that the others are forked from."""
        return measure(os.getpid()) + (measure(server) if (server := self._server.pid) else 0)


def _sizes(processes: Sequence[_WorkerProcess], measure: Callable[[int], int]) -> list[int]:
    """Return the memory of each process together with all that it started and all that its leader did."""
    trees = tree_bytes((root for process in processes for root in process.roots), measure)
    return [sum(trees[root] for root in process.roots) for process in processes]


class _ProcessServer:
    """What the processes of an executor are forked from: started for the first, and again where it is gone."""

    def __init__(
        self, modules: tuple[str, ...], make_ready: Callable[[], object] | None, is_wanted: Callable[[], bool]
    ) -> None:
        self._modules = modules
        self._make_ready = make_ready
        self._is_wanted = is_wanted
        self._lock = threading.Lock()
        self._orders: socket.socket | None = None
        self._process: ForkedProcess | None = None

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        process = self._process
        return process.own_pid if process is not None and process.returncode is None else None

    def fork(self, connection: int, errors: int) -> ForkedProcess:
        """Have a process forked that answers calls through a connection.

        Raises:
            OSError: there is nothing to fork it from.
        """
        reports, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            order = [connection, theirs.fileno(), errors]
            try:
                with self._lock:
                    try:
                        socket.send_fds(self._started(errors), [b"\0"], order)
                    except OSError:
                        self.end()
                        socket.send_fds(self._started(errors), [b"\0"], order)
            except OSError:
                reports.close()
                raise
        return ForkedProcess(reports, self._is_wanted)

    def _started(self, errors: int) -> socket.socket:
        """Return the socket that takes orders; start the process where there is none, with this file for its errors."""
        if self._orders is None:
            from multiprocessing.connection import Connection  # noqa: PLC0415  # elsewhere nothing is forked

            self._orders, theirs = socket.socketpair()
            with theirs:
                self._process = _forked(self._modules, theirs.fileno(), errors, self._is_wanted)
            with Connection(os.dup(self._orders.fileno())) as told:
                told.send((dict(os.environ), str(Path.cwd())))
                told.send(self._make_ready)
        return self._orders

    def kill(self) -> None:
        """Kill the process, and those that were forked from it."""
        process = self._process
        if process is not None and process.returncode is None and process.pid:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def end(self) -> None:
        """Let the process end once those that were forked from it have ended; the next use starts another."""
        if self._orders is not None:
            self._orders.close()
        if self._process is not None:
            try:
                self._process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
                self._process.wait()
        self._orders = self._process = None


class _WorkerProcess:
    """One process, from its start to its end.

    `roots` are those that it and all that it started descend from, each of which leads a group: the process itself and,
    where it was forked, the leader that forks its fork servers.
    """

    def __init__(self, server: _ProcessServer) -> None:
        self._connection, theirs = Pipe()
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the process
        with theirs:
            ends = theirs.fileno(), self._stderr.fileno()
            self._process = server.fork(*ends) if CAN_FORK else _spawned(*ends)
        self.pid = self._process.own_pid if isinstance(self._process, ForkedProcess) else self._process.pid
        self.roots = tuple({pid for pid in (self.pid, self._process.pid) if pid})  # none where it never was
        self._killed_for = ""
        self._first_bytes = 0
        self.is_over_budget = False  # whether it ended by the clock of a submission's budget

    def call(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[bool, Any]:
        """Return whether a call was answered, and the answer or what it raised.

        Raises:
            EOFError, OSError: the process died.
        """
        self._connection.send((function, arguments))
        answered: tuple[bool, Any] = self._connection.recv()
        return answered

    def has_grown(self) -> bool:
        """Return whether the process keeps more and more: the next call is better made in a new one."""
        size = resident_bytes(self.pid)
        self._first_bytes = self._first_bytes or size
        return size > self._first_bytes + GROWN_BYTES

    def kill(self, reason: str = "") -> None:
        """Kill the process and all that it started."""
        self._killed_for = reason or self._killed_for
        if self._process.returncode is None:
            for leader in self.roots:
                with suppress(ProcessLookupError):
                    os.killpg(leader, signal.SIGKILL)

    def exit_reason(self) -> str:
        """Wait for the end of a process that gave no answer; return how it ended."""
        with suppress(subprocess.TimeoutExpired):  # its pipe is closed a moment before it has ended
            self._process.wait(END_SECONDS if not self._killed_for else 0)
        self.is_over_budget = not self._killed_for and self._process.poll() == -signal.SIGVTALRM
        self.kill()
        code = self._process.wait()
        self._stderr.seek(0)
        lines = self._stderr.read().decode("utf-8", "replace").strip().splitlines()
        self._close()
        return self._killed_for or (lines[-1] if lines else f"it ended with {code}")

    def end(self) -> None:
        """Let the process finish by itself."""
        self._connection.close()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()
        self._close()

    def _close(self) -> None:
        self._connection.close()
        self._stderr.close()


def _forked(modules: tuple[str, ...], connection: int, errors: int, is_wanted: Callable[[], bool]) -> ForkedProcess:
    """Fork a process from the interpreter that has imported some modules, from another one where that is gone."""
    origin = preloaded(modules)
    try:
        return origin.run(FORKING, modules, connection, errors, is_wanted)
    except OSError:
        forget(origin)
        return preloaded(modules).run(FORKING, modules, connection, errors, is_wanted)


def _spawned(connection: int, errors: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  # our own interpreter and module
        [sys.executable, "-I", "-m", SERVING, str(connection)],
        pass_fds=[connection], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
        start_new_session=True,  # Ctrl-C at the terminal is for the coordinator alone
    )  # fmt: skip
