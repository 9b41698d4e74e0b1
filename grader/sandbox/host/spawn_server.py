"""Start workers that nothing confines, and talk to them: for a student's own code on the student's own machine.

They speak the same protocol as forked ones. Only what every platform has is used, threads and pipes, so deadlines are
wall time where the processor's time of another process cannot be read.
"""

from __future__ import annotations

import os
import queue
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from grader.errors import MachineError
from grader.model.assignment import Profile, Runtime
from grader.model.observation import NOT_ISOLATED, Frame
from grader.model.status import Status
from grader.sandbox import protocol
from grader.sandbox.host.captured_output import MAX_CALL_BYTES, MAX_PRINTED_BYTES, CapturedOutput
from grader.sandbox.host.exit_status import NoReply, exit_reason
from grader.sandbox.host.fork_server import STARTUP_SECONDS
from grader.sandbox.host.forked_worker import CHUNK, process_seconds
from grader.sandbox.host.frame_reader import FrameReader
from grader.sandbox.host.preloaded import last_line, scrubbed_environment
from grader.sandbox.host.stack_dump import DUMP_QUIET_SECONDS, DUMP_SECONDS, frames_in
from grader.sandbox.host.worker_process import CallReply, CallRequest
from grader.sandbox.layers.requirements import unmet
from grader.sandbox.protocol import DATA

LOOK_SECONDS: Final = 0.25
GRACE_SECONDS: Final = 5.0
NEEDED_ON_WINDOWS: Final = ("SYSTEMROOT", "SYSTEMDRIVE", "PATH")


class SpawnServer:
    """Starts an interpreter for each worker; the first one early, so that its imports run beside other work.

    It is made as a `ForkServer` is, but any layer that is required is one too many.
    """

    forks = False

    def __init__(self, runtime: Runtime, required: Sequence[str] = (), data: Path | None = None) -> None:
        self.runtime = runtime
        self.required = tuple(required)
        self.layers: tuple[str, ...] = (NOT_ISOLATED,)
        self.versions: dict[str, str] = {}
        self._data = data
        self._spare: SpawnedWorker | None = None

    def start(self) -> None:
        """Launch the first worker without waiting for its imports."""
        if self._spare is None and not self.required:
            self._spare = SpawnedWorker(self.runtime, self._data)

    def wait_until_ready(self) -> None:
        """Start if need be and wait for the imports, as `Server.wait_until_ready` says."""
        problems = unmet(self.required, self.layers)
        if problems:
            raise MachineError("\n".join(problems))
        if not self.versions:
            self.start()
            if self._spare is not None:
                self.versions = self._spare.wait_until_ready()

    def start_worker(self) -> SpawnedWorker:
        """Return a worker that no submission has used."""
        self.wait_until_ready()
        process, self._spare = self._spare or SpawnedWorker(self.runtime, self._data), None
        process.wait_until_ready()
        return process

    def import_late(self) -> None:
        """Import nothing: each worker has everything."""

    def stop(self) -> None:
        """End the worker that nobody has used."""
        if self._spare is not None:
            self._spare.kill()
            self._spare = None


class SpawnedWorker:
    """One interpreter, from start to death. It serves one submission, in a folder of its own."""

    is_orphaned = False  # there is no fork server that could die
    lacks_modules = False
    peak_bytes = 0  # nobody tells

    def __init__(self, runtime: Runtime, data: Path | None) -> None:
        self.reader = FrameReader()
        self._versions: dict[str, str] | None = None
        self._is_gone = False
        self._folder = Path(tempfile.mkdtemp(prefix="grade-unconfined-"))
        self._work = self._folder / "work"
        self._work.mkdir()
        if data is not None and runtime.profile is not Profile.MEMORY:
            _link(data, self._work / DATA)
        files = [self._folder / name for name in ("printed", "warned", "stack")]
        self._printed, self._warned, self._stack_dump = map(_Tail, files)
        self._errors: IO[bytes] = (self._folder / "errors").open("w+b")
        environment = scrubbed_environment(str(self._folder))
        if sys.platform == "win32":
            environment |= {name: os.environ[name] for name in NEEDED_ON_WINDOWS if name in os.environ}
        self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
            [sys.executable, "-I", "-B", "-W", "ignore", "-m", "grader.sandbox.guest.spawned_worker",
             *map(str, files), *runtime.modules],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, cwd=self._work, env=environment,
            start_new_session=True, bufsize=0,
        )  # fmt: skip
        self._chunks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._receive, daemon=True)
        self._thread.start()

    def wait_until_ready(self) -> dict[str, str]:
        """Wait for the imports; return the versions of what was imported.

        Raises:
            MachineError: they failed; the text quotes the end of what the interpreter printed.
        """
        if self._versions is None:
            first = self._next(0, time.monotonic() + STARTUP_SECONDS)
            if not isinstance(first, protocol.Message) or first.kind != "ready" or not isinstance(first.body, dict):
                reason = last_line(self._errors) or "it printed no reason"
                self.kill()
                raise MachineError(f"the worker did not start: {reason}")
            self._versions = {name: str(version) for name, version in first.body.items()}
        return self._versions

    def ask(self, kind: str, body: object, seconds: float, call: bytes = b"") -> CallReply:
        """Send one request and wait for its one reply, as `WorkerProcess.ask` says."""
        self.reader.notes.clear()
        number = secrets.randbits(62)
        before, started = self.cpu_seconds(), time.monotonic()
        reply = self._exchange(protocol.encode(kind, number, body) + call, number, seconds)
        output = CapturedOutput(self._printed.take(), self._warned.take())
        used = self.cpu_seconds() - before if sys.platform == "linux" else time.monotonic() - started
        if isinstance(reply, NoReply):
            self.kill()
        used = max(0.0, used)
        return CallReply(
            reply=reply, output=output, cpu_seconds=used, reply_bytes=self.reader.reply_bytes,
            operations=self.reader.operations, lacking=self.reader.lacking,
        )  # fmt: skip

    def call_batch(
        self, requests: Sequence[CallRequest], seconds: float, is_last: Callable[[protocol.Message], bool]
    ) -> list[CallReply]:
        """Make several calls, one after the other, as `WorkerProcess.call_batch` says."""
        replies: list[CallReply] = []
        for one in requests:
            replies.append(self.ask("call", one.order, min(one.seconds, seconds), one.call))
            reply = replies[-1].reply
            seconds -= replies[-1].cpu_seconds
            if isinstance(reply, NoReply) or is_last(reply) or seconds <= 0:
                break
        return replies

    def _exchange(self, request: bytes, number: int, seconds: float) -> protocol.Message | NoReply:
        if self.reader:
            return NoReply(Status.DIED, "answered more than once")
        before, started = self.cpu_seconds(), time.monotonic()
        threading.Thread(target=self._send, args=(request,), daemon=True).start()
        while True:
            elapsed, used = time.monotonic() - started, self.cpu_seconds() - before
            if used >= seconds or elapsed >= 2 * seconds + 1:
                return NoReply(Status.TIMED_OUT, f"gives no answer within {seconds:g} seconds", self._stack())
            if self._printed.waiting() + self._warned.waiting() > MAX_PRINTED_BYTES:
                return NoReply(Status.DIED, f"printed more than {MAX_PRINTED_BYTES >> 20} MiB")
            reply = self._next(number, time.monotonic() + min(LOOK_SECONDS, seconds - used))
            if reply is not None:
                return reply
            if not self._thread.is_alive() and self._chunks.empty():
                return self._exit_reason()

    def _stack(self) -> tuple[Frame, ...]:
        """Ask the worker where its code is, as a forked one is asked."""
        if protocol.STACK_SIGNAL is None:
            return ()
        os.kill(self._process.pid, protocol.STACK_SIGNAL)
        deadline, size = time.monotonic() + DUMP_SECONDS, 0
        while time.monotonic() < deadline and (not size or size != self._stack_dump.waiting()):
            size = self._stack_dump.waiting()
            time.sleep(DUMP_QUIET_SECONDS)
        return frames_in(bytes(self._stack_dump.take()))

    def _next(self, number: int, deadline: float) -> protocol.Message | NoReply | None:
        """Return the reply to a request; None when it does not come in time, or never will."""
        while True:
            reply = self.reader.next_reply(number)
            if reply is not None:
                return reply
            try:
                chunk = self._chunks.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                return None
            if not chunk:
                return None
            self.reader.feed(chunk)

    def _send(self, request: bytes) -> None:
        view = memoryview(request)
        with suppress(OSError, ValueError):  # it is dying, or closed from here: why is found out
            while view:
                view = view[_pipe(self._process.stdin).write(view[:CHUNK]) :]

    def _receive(self) -> None:
        """Hand on what the worker writes; nothing at all means that it has closed its end."""
        with suppress(OSError, ValueError):  # closed from here
            while chunk := os.read(_pipe(self._process.stdout).fileno(), CHUNK):
                self._chunks.put(chunk)
        self._chunks.put(b"")

    def _exit_reason(self) -> NoReply:
        try:
            code = self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            return NoReply(Status.DIED, "closed its pipes without answering")
        return exit_reason(code)

    def cpu_seconds(self) -> float:
        """Read the worker's processor time where the system tells it, else 0."""
        return process_seconds(self._process.pid) if sys.platform == "linux" else 0.0

    def traces(self) -> None:
        """Tell nothing: it tidies its folder up by itself."""

    def kill(self) -> None:
        """End the worker and what it started, wait until it is gone and remove its folder."""
        if self._is_gone:
            return
        self._is_gone = True
        with suppress(ProcessLookupError):  # it ended by itself, and what it started with it
            if sys.platform == "win32":
                self._process.kill()
            else:
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._thread.join(LOOK_SECONDS)
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            _pipe(stream).close()
        shutil.rmtree(self._folder, ignore_errors=True)  # what a process that got away still writes, stays


class _Tail:
    """What a worker appends to a file, as far as it was not read yet."""

    def __init__(self, file: Path) -> None:
        self.file = file
        file.touch()
        self._read = 0

    def waiting(self) -> int:
        """Count the bytes that were not read yet."""
        return self.file.stat().st_size - self._read

    def take(self) -> bytearray:
        """Read them, as many as are kept, and pass over the rest."""
        size = self.file.stat().st_size
        with self.file.open("rb") as file:
            file.seek(self._read)
            kept = file.read(min(MAX_CALL_BYTES, max(0, size - self._read)))
        self._read = size
        return bytearray(kept)


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise MachineError("the worker has no pipe")
    return stream


def _link(data: Path, place: Path) -> None:
    """Let the data be found in another place."""
    try:
        place.symlink_to(data.absolute(), target_is_directory=True)
    except OSError as error:
        raise MachineError(
            f"the course's data cannot be laid out: {error}; on Windows, turn the developer mode on"
        ) from None
