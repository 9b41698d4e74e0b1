"""One worker that a fork server has forked: ask it, measure it, and end it from outside."""

from __future__ import annotations

import os
import secrets
import select
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from grader.errors import MachineError
from grader.model.observation import Frame
from grader.model.status import Status
from grader.sandbox import protocol
from grader.sandbox.host.captured_output import MAX_PRINTED_BYTES, CapturedOutput
from grader.sandbox.host.exit_status import NoReply, ProcessExit, exit_reason
from grader.sandbox.host.frame_reader import FrameReader
from grader.sandbox.host.scratch import SECONDS_BETWEEN_LOOKS, ScratchQuota, remove
from grader.sandbox.host.stack_dump import DUMP_QUIET_SECONDS, DUMP_SECONDS, MAX_DUMP_BYTES, frames_in
from grader.sandbox.host.traces import Traces, traces_of
from grader.sandbox.host.worker_process import CallReply, CallRequest

if TYPE_CHECKING:
    from grader.sandbox.host.fork_server import ForkServer
if sys.platform != "win32":
    import fcntl

CHUNK: Final = 1 << 16  # what a pipe holds
GRACE_SECONDS: Final = 2.0  # for the fork server to confirm a death
QUIET_SECONDS: Final = 0.1  # of a batch; what takes longer is watched call by call
BATCH_BYTES: Final = 1 << 18  # of calls in a batch, as many as the pipe holds
BATCH_REPLY_BYTES: Final = 16 << 20  # about what the replies to them may take; larger ones are waited for singly
MAX_CHUNKS: Final = 16  # read at one ready signal: a worker that never stops writing is not read for ever


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """A worker that was just forked: its process id and descriptor, its folder and what measures that, if any."""

    pid: int
    handle: int
    scratch: Path | None
    quota: ScratchQuota | None


class ForkedWorker:
    """One forked worker, from fork to death. It serves one submission."""

    def __init__(self, server: ForkServer) -> None:
        self.server = server
        self.reader = FrameReader()
        self._output = CapturedOutput()
        self._exit: ProcessExit | None = None
        self.is_orphaned = self.lacks_modules = False
        (self._out, out), (self._err, err), (requests, self._requests) = os.pipe(), os.pipe(), os.pipe()
        (self._replies, replies), (self._ready_signal, ready_signal) = os.pipe(), os.pipe()
        theirs = [out, err, requests, replies, ready_signal]
        self._outgoing = memoryview(b"")
        self._has_extra_reply = False
        self._scratch: Path | None = None
        try:
            fork = server.fork(theirs)
        except MachineError:
            self._close_all()
            raise
        finally:
            for fd in theirs:
                os.close(fd)
        self._open = {self._out, self._err, self._replies}
        for fd in (*self._open, self._requests):
            os.set_blocking(fd, False)
        with suppress(OSError):  # where a user's pipes are bounded, the worker is handed a little at a time
            fcntl.fcntl(self._requests, fcntl.F_SETPIPE_SZ, BATCH_BYTES)
        self.pid, self._handle, self._scratch, self._quota = fork.pid, fork.handle, fork.scratch, fork.quota

    def ask(self, kind: str, body: object, seconds: float, call: bytes = b"") -> CallReply:
        """Send one request and wait for its one reply, as `WorkerProcess.ask` says."""
        number = secrets.randbits(62)
        before = self.cpu_seconds()
        self._start_requests(protocol.encode(kind, number, body) + call)
        reply = self._reply(number, seconds, before, time.monotonic())
        self._drain()
        if isinstance(reply, NoReply):
            self.kill()
        used = max(0.0, self.cpu_seconds() - before)
        return CallReply(
            reply=reply, output=self._output, cpu_seconds=used, reply_bytes=self.reader.reply_bytes,
            operations=self.reader.operations, lacking=self.reader.lacking,
        )  # fmt: skip

    def call_batch(
        self, requests: Sequence[CallRequest], seconds: float, is_last: Callable[[protocol.Message], bool]
    ) -> list[CallReply]:
        """Send several calls at once; take their replies in order, without being woken for each.

        With one call at a time two processes wake each other, and both find the machine's caches full of the other's.
        Beyond what `WorkerProcess.call_batch` says it ends early when replies take much room, and before a reply that
        nobody can tell what was printed with. What takes less than QUIET_SECONDS is not timed call by call: those calls
        share it in equal parts. A worker that has not replied to everything is ended.
        """
        numbers = [secrets.randbits(62) for _ in requests]
        clock = self.cpu_seconds()
        self._start_requests(
            *(
                protocol.encode("call", number, {**one.order, "behind": behind}) + one.call
                for number, one, behind in zip(numbers, requests, reversed(range(len(requests))), strict=True)
            )
        )
        since = time.monotonic()
        quiet_until = since + QUIET_SECONDS
        replies: list[CallReply] = []
        untimed, room = 0, BATCH_REPLY_BYTES
        for number, one in zip(numbers, requests, strict=True):
            self._await_ready_signal(quiet_until)
            reply = self._reply(number, min(one.seconds, seconds), clock, since)
            self._drain(protocol.mark(number))
            printed = self._output if isinstance(reply, NoReply) else self._output.cut(protocol.mark(number))
            if printed is None:
                break
            before, clock, since = clock, self.cpu_seconds(), time.monotonic()
            used, size = max(0.0, clock - before), self.reader.reply_bytes
            replies.append(
                CallReply(
                    reply=reply, output=printed, cpu_seconds=used, reply_bytes=size,
                    operations=self.reader.operations, lacking=self.reader.lacking,
                )
            )  # fmt: skip
            untimed += since < quiet_until
            seconds -= used
            room -= size
            if isinstance(reply, NoReply) or is_last(reply) or seconds <= 0 or room <= 0:
                break
        if len(replies) < len(requests) or isinstance(replies[-1].reply, NoReply):
            self.kill()
        share = sum(one.cpu_seconds for one in replies[:untimed]) / max(1, untimed)
        return [replace(one, cpu_seconds=share) for one in replies[:untimed]] + replies[untimed:]

    def _start_requests(self, *requests: bytes) -> None:
        """Begin with new requests."""
        self._output = CapturedOutput()
        self.reader.notes.clear()
        self._outgoing = memoryview(b"".join(requests))
        self._has_extra_reply = bool(self.reader)

    def _await_ready_signal(self, until: float) -> None:
        """Leave the worker alone until it signals that there is something to read, has ended, or time is over."""
        while not self.reader.has_frame() and self._exit is None and (left := until - time.monotonic()) > 0:
            self._send()
            ready = self._readable(left, {self._ready_signal})
            if self.server.fileno() in ready:
                self._read_event()
            if self._ready_signal in ready:
                if not os.read(self._ready_signal, CHUNK):
                    return  # the worker has closed its end: from now on every reply is waited for
                for _ in range(MAX_CHUNKS):
                    if self._replies not in self._open or not self._read(self._replies):
                        break

    def _reply(self, number: int, seconds: float, before: float, started: float) -> protocol.Message | NoReply:
        """Wait for the reply to one request, which may take so many CPU seconds.

        `before` is what the worker's CPU clock showed when its time began, `started` what `time.monotonic` did.
        """
        if self._has_extra_reply:
            return NoReply(Status.DIED, "answered more than once")
        wait = seconds
        while True:
            try:
                reply = self.reader.next_reply(number)
            except MachineError:
                self.kill()
                raise
            if reply is not None:
                return reply
            if self._exit is not None or self._replies not in self._open:
                if self._replies in self._open and self._read(self._replies):
                    continue  # what it wrote before it ended
                return self._exit_reason()
            self._send()
            left = started + wait - time.monotonic()
            if left <= 0:
                used, elapsed = self.cpu_seconds() - before, time.monotonic() - started
                if used >= seconds * 0.98 or elapsed >= 2 * seconds + 1:
                    return NoReply(Status.TIMED_OUT, f"gives no answer within {seconds:g} seconds", self._stack())
                wait = min(elapsed + max(0.05, seconds - used), 2 * seconds + 1)
                continue
            patience = left if self._quota is None else min(left, SECONDS_BETWEEN_LOOKS)
            for fd in self._readable(patience, self._open):
                if fd == self.server.fileno():
                    self._read_event()
                else:
                    self._read(fd)
            if self._output.count > MAX_PRINTED_BYTES:
                return NoReply(Status.DIED, f"printed more than {MAX_PRINTED_BYTES >> 20} MiB")
            if self._quota is not None and (excess := self._quota.excess()):
                return NoReply(Status.DIED, excess)

    def _stack(self) -> tuple[Frame, ...]:
        """Ask the worker where its code is, by a signal that Python's own C code answers."""
        dump = b""
        if protocol.STACK_SIGNAL is None:
            return ()
        with suppress(OSError):  # it has just ended
            signal.pidfd_send_signal(self._handle, protocol.STACK_SIGNAL)
            poll = select.poll()
            poll.register(self._ready_signal, select.POLLIN)
            deadline = time.monotonic() + DUMP_SECONDS
            while (left := deadline - time.monotonic()) > 0 and len(dump) < MAX_DUMP_BYTES:
                if not poll.poll((min(left, DUMP_QUIET_SECONDS) if dump else left) * 1000):
                    break
                chunk = os.read(self._ready_signal, CHUNK)
                if not chunk:
                    break
                dump += chunk.lstrip(b".")  # what signalled replies before
        return frames_in(dump)

    def _readable(self, seconds: float, watched: Iterable[int]) -> list[int]:
        poll = select.poll()
        for fd in watched:
            poll.register(fd, select.POLLIN)
        poll.register(self.server.fileno(), select.POLLIN)
        if self._outgoing:
            poll.register(self._requests, select.POLLOUT)
        return [fd for fd, _ in poll.poll(seconds * 1000) if fd != self._requests]

    def _send(self) -> None:
        """Write what the worker's pipe takes of the requests."""
        while self._outgoing:
            try:
                self._outgoing = self._outgoing[os.write(self._requests, self._outgoing) :]
            except BlockingIOError:
                return
            except BrokenPipeError:
                self._outgoing = memoryview(b"")  # the worker is dying: why is found out

    def _read(self, fd: int) -> bool:
        """Take what one pipe has; return False when there was nothing."""
        try:
            chunk = os.read(fd, CHUNK)
        except BlockingIOError:
            return False
        if not chunk:
            self._open.discard(fd)
            return False
        if fd == self._replies:
            self.reader.feed(chunk)
        else:
            self._output.add(chunk, is_error=fd == self._err)
        return True

    def _read_event(self) -> None:
        event, _ = self.server.receive(0)
        if event is None:
            self._exit = self._exit or ProcessExit(signal.SIGKILL, 0.0, 0)
            self.is_orphaned = True
            self.server.stop()
        elif event["event"] == "ended" and event["pid"] == self.pid:
            self._exit = ProcessExit(event["status"], event["cpu_seconds"], event["max_rss_kb"])

    def _drain(self, mark: bytes = b"") -> None:
        """Read what was printed before the reply was sent; no further than a mark, which ends it where there is one.

        Behind a mark the next call prints already, and a judge that read on would put that down to this one.
        """
        for fd, stream in ((self._out, self._output.out), (self._err, self._output.err)):
            while fd in self._open and self._output.count <= MAX_PRINTED_BYTES and not (mark and mark in stream):
                if not self._read(fd):
                    break

    def _exit_reason(self) -> NoReply:
        """Return how the worker ended, once the fork server has confirmed it."""
        self._await_exit()
        if self._exit is None:
            return NoReply(Status.DIED, "closed its pipes without answering")
        code = os.waitstatus_to_exitcode(self._exit.status)
        # Any worker can end so, but of a server that has everything this is an exit like any other.
        self.lacks_modules = code == protocol.NEEDS_LATE_MODULES and not self.server.is_whole
        return exit_reason(code)

    def _await_exit(self) -> None:
        """Wait until the fork server has reported how the worker ended, but not for ever."""
        deadline = time.monotonic() + GRACE_SECONDS
        while self._exit is None and time.monotonic() < deadline:
            ready, _, _ = select.select([self.server.fileno()], [], [], 0.1)
            if ready:
                self._read_event()

    @property
    def peak_bytes(self) -> int:
        """The most resident memory that it had, as its fork server tells once it has ended."""
        return 0 if self._exit is None else self._exit.max_rss_kb << 10

    def cpu_seconds(self) -> float:
        """Read the worker's CPU clock from outside; what it showed last once it is gone."""
        return process_seconds(self.pid) if self._exit is None else self._exit.cpu_seconds

    def traces(self) -> Traces | None:
        """Look at what a call may leave behind, as `WorkerProcess.traces` says."""
        return None if self._scratch is None else traces_of(self.pid, self._scratch)

    def kill(self) -> None:
        """End the worker and wait until it is gone."""
        if self._handle < 0:
            return
        if self._exit is None:
            with suppress(ProcessLookupError):  # it ended by itself, as the fork server reports
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            self._await_exit()
        os.close(self._handle)
        self._handle = -1
        self._close_all()

    def _close_all(self) -> None:
        for fd in (self._out, self._err, self._requests, self._replies, self._ready_signal):
            os.close(fd)
        if self._scratch is not None:
            with suppress(OSError):  # it is not dead yet: its folder is removed with the fork server's
                remove(self._scratch)


def process_seconds(pid: int) -> float:
    """Read the clock of another process's CPU time, as clock_getcpuclockid(3) finds it; 0 once the process is gone."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0
