"""An executor of processes that each do one thing at a time: the death of one costs only what it had in hand.

The executors of the standard library give up all their work when one of their processes dies. Here the process is
replaced and the call made once more; if it ends that one too, the call is to blame and is answered with ProcessDiedError.
"""

from __future__ import annotations

import os
import queue
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import IO, Any, Final, ParamSpec, TypeVar

from grader.batch.memory import MIB, process_bytes, resident_bytes, tree_bytes
from grader.errors import DroppedError, ProcessDiedError

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")

ATTEMPTS: Final = 2
WATCH_SECONDS: Final = 1.0
GROWN_BYTES: Final = 256 * MIB  # a judge that has grown by so much since its first answer is replaced
END_SECONDS: Final = 10.0


class Lanes(Executor):
    """So many processes, each with a thread that hands it one call after another.

    `max_bytes` is what they and this process may take together; when they take more, the largest is replaced.
    """

    def __init__(self, count: int, max_bytes: int) -> None:
        self.count = count
        self.max_bytes = max_bytes
        self.dropped = False
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._lanes: list[_Lane] = []
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._watch_memory, daemon=True)

    def submit(
        self, fn: Callable[Arguments, Answer], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Future[Answer]:
        """Queue a call; processes start with the first."""
        if self._ended.is_set():
            raise RuntimeError("these processes were ended")
        if kwargs:
            raise TypeError("a call to another process takes positional arguments")
        if not self._lanes:
            self._lanes = [_Lane(self, self._tasks) for _ in range(self.count)]
            for lane in self._lanes:
                lane.thread.start()
            self._watch.start()
        future: Future[Answer] = Future()
        self._tasks.put((future, (fn, args)))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002  # its base's
        """End the processes, after what is queued unless that is to be cancelled."""
        if cancel_futures:
            self._cancel()
        for _ in self._lanes:
            self._tasks.put(None)
        if wait:
            for lane in self._lanes:
                lane.thread.join()
        self._ended.set()

    def drop(self) -> None:
        """Kill all processes with what they have in hand."""
        self.dropped = True
        self._cancel()
        for lane in self._lanes:
            lane.kill("")

    def pids(self) -> list[int]:
        """Give the processes that run now."""
        return [process.pid for lane in self._lanes if (process := lane.process) is not None]

    def _cancel(self) -> None:
        while True:
            try:
                task = self._tasks.get_nowait()
            except queue.Empty:
                return
            if task is not None and task[0].cancel():
                task[0].set_running_or_notify_cancel()  # who waits for it is told

    def _watch_memory(self) -> None:
        while not self._ended.wait(WATCH_SECONDS):
            pids = self.pids()
            if resident_bytes(os.getpid()) + sum(tree_bytes(pids, resident_bytes).values()) <= self.max_bytes:
                continue  # what they share is counted several times here: without that it is less
            sizes = tree_bytes(pids)
            whole = process_bytes(os.getpid()) + sum(sizes.values())
            if whole > self.max_bytes and sizes:
                largest = max(sizes, key=sizes.__getitem__)
                why = f"all processes together took {whole // MIB} MiB, expected at most {self.max_bytes // MIB}"
                for lane in self._lanes:
                    if lane.process is not None and lane.process.pid == largest:
                        lane.kill(why)


_Call = tuple[Callable[..., Any], tuple[Any, ...]]
_Task = tuple[Future[Any], _Call]


class _Lane:
    """One process and the thread that hands it its calls."""

    def __init__(self, lanes: Lanes, tasks: queue.SimpleQueue[_Task | None]) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self._lanes = lanes
        self._tasks = tasks
        self._connection: Connection[object, object] | None = None
        self._errors: IO[bytes] | None = None
        self._killed_for = ""
        self._first_bytes = 0

    def kill(self, why: str) -> None:
        """End the process and all that it started."""
        self._killed_for = why
        process = self.process
        if process is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def _serve(self) -> None:
        while (task := self._tasks.get()) is not None:
            future, call = task
            if not future.set_running_or_notify_cancel():
                continue
            try:
                is_answer, answer = self._answer(call)
            except Exception as error:  # noqa: BLE001  # it belongs to whoever waits for the answer
                is_answer, answer = False, error
            if is_answer:
                future.set_result(answer)
            else:
                future.set_exception(answer)
            self._replace_if_grown()
        self._end()

    def _answer(self, call: _Call) -> tuple[bool, Any]:
        how = ""
        for _ in range(ATTEMPTS):
            if self._lanes.dropped:
                raise DroppedError
            connection = self._started()
            try:
                connection.send(call)
                answer: Any = connection.recv()
            except (EOFError, OSError):
                how = self._obituary()
                continue
            return bool(answer[0]), answer[1]
        if self._lanes.dropped:
            raise DroppedError
        raise ProcessDiedError(f"the grading process died over it, {ATTEMPTS} times: {how}")

    def _started(self) -> Connection[object, object]:
        if self._connection is not None:
            return self._connection
        ours, theirs = socket.socketpair()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the process
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
                [sys.executable, "-I", "-m", "grader.batch.lane", str(theirs.fileno())], pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self._errors,
                start_new_session=True,  # Ctrl-C at the terminal is for the coordinator alone
            )  # fmt: skip
        self._connection = Connection(ours.detach())
        self._killed_for, self._first_bytes = "", 0
        return self._connection

    def _obituary(self) -> str:
        """Bury a process that gave no answer; say how it ended."""
        process, errors = self.process, self._errors
        if process is None or errors is None:
            return "it was not there"
        self.kill(self._killed_for)
        code = process.wait()
        errors.seek(0)
        words = errors.read().decode("utf-8", "replace").strip().splitlines()
        how = self._killed_for or (words[-1] if words else f"it ended with {code}")
        self._forget()
        return how

    def _replace_if_grown(self) -> None:
        """Let a process go that keeps more and more; the next call gets a new one."""
        if self.process is None:
            return
        size = resident_bytes(self.process.pid)
        self._first_bytes = self._first_bytes or size
        if size > self._first_bytes + GROWN_BYTES:
            self._end()

    def _end(self) -> None:
        """Let the process finish by itself."""
        if self.process is None:
            return
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill("")
            self.process.wait()
        self._forget()

    def _forget(self) -> None:
        if self._connection is not None:
            self._connection.close()
        if self._errors is not None:
            self._errors.close()
        self.process = self._connection = self._errors = None
