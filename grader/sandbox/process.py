"""Talk to one worker process, and end it from outside."""

from __future__ import annotations

import os
import secrets
import select
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from grader import wire
from grader.model import Status
from grader.sandbox.endings import ENDED_BY_SIGNAL, Ending, MachineError, NoAnswer
from grader.sandbox.forkserver import ForkServer
from grader.sandbox.inbox import Inbox
from grader.sandbox.scratch import SECONDS_BETWEEN_LOOKS, remove

CHUNK: Final = 1 << 16  # what a pipe holds
MAX_STREAM_BYTES: Final = 64 << 10  # kept of each stream for each call
FLOOD_BYTES: Final = 16 << 20  # a submission that prints more than this in one call is ended
GRACE_SECONDS: Final = 2.0  # for the fork server to confirm a death


@dataclass(slots=True)
class Streams:
    """What one call printed, capped."""

    out: bytearray = field(default_factory=bytearray)
    err: bytearray = field(default_factory=bytearray)
    count: int = 0

    def text(self, stream: bytearray) -> str:
        """Decode one stream, whatever is in it."""
        return bytes(stream).decode("utf-8", "backslashreplace")


class WorkerProcess:
    """One forked worker, from fork to death. It serves one submission."""

    def __init__(self, server: ForkServer) -> None:
        self.server = server
        self.inbox = Inbox()
        self._streams = Streams()
        self.ending: Ending | None = None
        self.orphaned = False  # the fork server died: nothing that the submission is to blame for
        pipes = [os.pipe() for _ in range(4)]
        (self._out, out), (self._err, err), (requests, self._requests), (self._replies, replies) = pipes
        theirs = [out, err, requests, replies]
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
        self.pid, self._handle, self._scratch, self._watch = fork.pid, fork.handle, fork.scratch, fork.watch
        self._clock = process_clock(self.pid)

    def ask(
        self, kind: str, body: object, seconds: float, call: bytes = b""
    ) -> tuple[wire.Message | NoAnswer, Streams, float]:
        """Send one request and wait for its one answer.

        Args:
            kind: "load" or "call".
            body: What the worker is told.
            seconds: CPU seconds that the answer may take; wall time is allowed twice that and a second.
            call: The frame of the driver call that "call" is about, sent behind it.

        Returns:
            The answer, or how the worker failed to give one; what was printed; CPU seconds used.
        """
        self._streams = Streams()
        self.inbox.notes.clear()
        number = secrets.randbits(62)
        before = self.cpu_seconds()
        reply = self._exchange(wire.encode(kind, number, body) + call, number, seconds, before)
        self._drain()
        if isinstance(reply, NoAnswer):
            self.kill()
        return reply, self._streams, max(0.0, self.cpu_seconds() - before)

    def _exchange(self, request: bytes, number: int, seconds: float, before: float) -> wire.Message | NoAnswer:
        if self.inbox:
            return NoAnswer(Status.DIED, "answered more than once")
        outgoing = memoryview(request)
        started = time.monotonic()
        wait = seconds
        while True:
            outgoing = self._write(outgoing)
            left = started + wait - time.monotonic()
            if left <= 0:
                used, elapsed = self.cpu_seconds() - before, time.monotonic() - started
                if used >= seconds * 0.98 or elapsed >= 2 * seconds + 1:
                    return NoAnswer(Status.TIMED_OUT, f"gives no answer within {seconds:g} seconds")
                wait = min(elapsed + max(0.05, seconds - used), 2 * seconds + 1)
                continue
            control = self.server.fileno()
            patience = left if self._watch is None else min(left, SECONDS_BETWEEN_LOOKS)
            for fd in self._ready(patience, writing=bool(outgoing)):
                if fd == control:
                    self._hear()
                else:
                    self._read(fd)
            if self._streams.count > FLOOD_BYTES:
                return NoAnswer(Status.DIED, f"printed more than {FLOOD_BYTES >> 20} MiB")
            if self._watch is not None and (excess := self._watch.excess()):
                return NoAnswer(Status.DIED, excess)
            try:
                message = self.inbox.next_message()
            except wire.WireError as error:
                return NoAnswer(Status.DIED, f"gave an answer that cannot be read: {error}")
            except MachineError:
                self.kill()
                raise
            if message is not None:
                return message if message.id == number else NoAnswer(Status.DIED, "answered a question not asked")
            if self.ending is not None or self._replies not in self._open:
                return self._obituary()

    def _ready(self, seconds: float, *, writing: bool) -> list[int]:
        poll = select.poll()
        for fd in self._open:
            poll.register(fd, select.POLLIN)
        poll.register(self.server.fileno(), select.POLLIN)
        if writing:
            poll.register(self._requests, select.POLLOUT)
        return [fd for fd, _ in poll.poll(seconds * 1000) if fd != self._requests]

    def _write(self, outgoing: memoryview) -> memoryview:
        while outgoing:
            try:
                outgoing = outgoing[os.write(self._requests, outgoing[:CHUNK]) :]
            except BlockingIOError:
                break
            except BrokenPipeError:
                return memoryview(b"")  # the worker is dying: its ending will be reported
        return outgoing

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
            self.inbox.feed(chunk)
            return True
        self._streams.count += len(chunk)
        stream = self._streams.out if fd == self._out else self._streams.err
        stream += chunk[: max(0, MAX_STREAM_BYTES - len(stream))]
        return True

    def _hear(self) -> None:
        event, _ = self.server.receive(0)
        if event is None:
            self.ending = self.ending or Ending(signal.SIGKILL, 0.0, 0)
            self.orphaned = True
            self.server.stop()
        elif event["event"] == "ended" and event["pid"] == self.pid:
            self.ending = Ending(event["status"], event["cpu_seconds"], event["max_rss_kb"])

    def _drain(self) -> None:
        """Read what was printed before the answer was sent."""
        for fd in (self._out, self._err):
            while fd in self._open and self._streams.count <= FLOOD_BYTES and self._read(fd):
                pass

    def _obituary(self) -> NoAnswer:
        """Say how the worker ended, once the fork server has confirmed it."""
        self._await_ending()
        if self.ending is None:
            return NoAnswer(Status.DIED, "closed its pipes without answering")
        status = self.ending.status
        if os.WIFSIGNALED(status):
            return ENDED_BY_SIGNAL.get(
                os.WTERMSIG(status), NoAnswer(Status.DIED, f"ended by signal {os.WTERMSIG(status)}")
            )
        return NoAnswer(
            Status.DIED, f"ended the process (exit status {os.waitstatus_to_exitcode(status)}) before answering"
        )

    def _await_ending(self) -> None:
        """Wait until the fork server has told how the worker ended, but not for ever."""
        deadline = time.monotonic() + GRACE_SECONDS
        while self.ending is None and time.monotonic() < deadline:
            ready, _, _ = select.select([self.server.fileno()], [], [], 0.1)
            if ready:
                self._hear()

    def cpu_seconds(self) -> float:
        """Read the worker's CPU clock from outside; what it last said once it is gone."""
        if self.ending is not None:
            return self.ending.cpu_seconds
        try:
            return time.clock_gettime(self._clock)
        except OSError:
            return 0.0

    def kill(self) -> None:
        """End the worker and wait until it is gone."""
        if self._handle < 0:
            return
        if self.ending is None:
            with suppress(ProcessLookupError):  # it ended by itself; the fork server tells
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            self._await_ending()
        os.close(self._handle)
        self._handle = -1
        self._close_all()

    def _close_all(self) -> None:
        for fd in (self._out, self._err, self._requests, self._replies):
            os.close(fd)
        if self._scratch is not None:
            with suppress(OSError):  # it is not dead yet: the fork server's end takes the folder along
                remove(self._scratch)


def process_clock(pid: int) -> int:
    """Give the clock id of another process's CPU time, as clock_getcpuclockid(3) computes it."""
    return (~pid << 3) | 2
