"""Talk to one worker process, and end it from outside."""

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
from typing import Final

from grader import wire
from grader.errors import MachineError
from grader.model import Status
from grader.sandbox.endings import ENDED_BY_SIGNAL, Ending, NoAnswer
from grader.sandbox.forkserver import ForkServer
from grader.sandbox.inbox import Inbox
from grader.sandbox.scratch import SECONDS_BETWEEN_LOOKS, remove
from grader.sandbox.streams import FLOOD_BYTES, Streams

if sys.platform != "win32":
    import fcntl

CHUNK: Final = 1 << 16  # what a pipe holds
GRACE_SECONDS: Final = 2.0  # for the fork server to confirm a death
QUIET_SECONDS: Final = 0.1  # of calls made ahead; what takes longer is watched call by call
AHEAD_BYTES: Final = 1 << 18  # of calls made ahead at once, as many as the pipe holds
AHEAD_ANSWERS_BYTES: Final = 16 << 20  # about what the answers to them may take; larger ones are waited for singly
MOST_CHUNKS: Final = 16  # read at one ring of the bell: a worker that never stops writing is not read for ever


@dataclass(frozen=True, slots=True)
class Asked:
    """A call to be made ahead: what the worker is told, the frame of the driver call, CPU seconds it may take."""

    order: dict[str, object]
    call: bytes
    seconds: float


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a call: the answer or how none came, what was printed, CPU seconds, and the answer's size."""

    reply: wire.Message | NoAnswer
    streams: Streams
    cpu_seconds: float
    size: int


class WorkerProcess:
    """One forked worker, from fork to death. It serves one submission."""

    def __init__(self, server: ForkServer) -> None:
        self.server = server
        self.inbox = Inbox()
        self._streams = Streams()
        self.ending: Ending | None = None
        self.orphaned = False  # the fork server died: nothing that the submission is to blame for
        (self._out, out), (self._err, err), (requests, self._requests) = os.pipe(), os.pipe(), os.pipe()
        (self._replies, replies), (self._bell, bell) = os.pipe(), os.pipe()
        theirs = [out, err, requests, replies, bell]
        self._outgoing = memoryview(b"")
        self._has_said_more = False
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
            fcntl.fcntl(self._requests, fcntl.F_SETPIPE_SZ, AHEAD_BYTES)
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
        number = secrets.randbits(62)
        before = self.cpu_seconds()
        self._begin(wire.encode(kind, number, body) + call)
        reply = self._reply(number, seconds, before, time.monotonic())
        self._drain()
        if isinstance(reply, NoAnswer):
            self.kill()
        return reply, self._streams, max(0.0, self.cpu_seconds() - before)

    def ask_ahead(
        self, asked: Sequence[Asked], seconds: float, stops: Callable[[wire.Message], bool]
    ) -> list[Answered]:
        """Send several calls at once; take their answers in order, without being woken for each.

        With one call at a time two processes wake each other, and both find the machine's caches full of the other's.
        It ends early with a call that gets no answer or one that `stops`, when `seconds` are used up or answers take
        much room, and before an answer of which it cannot be said what was printed with it. A worker that has not
        answered everything is ended.

        Args:
            asked: The calls.
            seconds: CPU seconds that all of them may take together.
            stops: Whether no answer behind this one is to be taken.

        Returns:
            An entry for each call from the first on. What takes less than QUIET_SECONDS is not timed call by call:
            those share it in equal parts.
        """
        numbers = [secrets.randbits(62) for _ in asked]
        orders = [{**one.order, "behind": len(asked) - place} for place, one in enumerate(asked, start=1)]
        clock = self.cpu_seconds()
        self._begin(
            *(
                wire.encode("call", number, order) + one.call
                for number, order, one in zip(numbers, orders, asked, strict=True)
            )
        )
        since = time.monotonic()
        quiet_until = since + QUIET_SECONDS
        answered: list[Answered] = []
        together, room = 0, AHEAD_ANSWERS_BYTES
        for number, one in zip(numbers, asked, strict=True):
            self._await_bell(quiet_until)
            reply = self._reply(number, min(one.seconds, seconds), clock, since)
            self._drain(wire.mark(number))
            printed = self._streams if isinstance(reply, NoAnswer) else self._streams.cut(wire.mark(number))
            if printed is None:
                break
            before, clock, since = clock, self.cpu_seconds(), time.monotonic()
            used = max(0.0, clock - before)
            seconds -= used
            together += since < quiet_until
            answered.append(Answered(reply, printed, used, self.inbox.answer_bytes))
            room -= self.inbox.answer_bytes
            if isinstance(reply, NoAnswer) or stops(reply) or seconds <= 0 or room <= 0:
                break
        if len(answered) < len(asked) or isinstance(answered[-1].reply, NoAnswer):
            self.kill()
        share = sum(one.cpu_seconds for one in answered[:together]) / max(1, together)
        return [replace(one, cpu_seconds=share) for one in answered[:together]] + answered[together:]

    def _begin(self, *requests: bytes) -> None:
        """Take new requests in hand."""
        self._streams = Streams()
        self.inbox.notes.clear()
        self._outgoing = memoryview(b"".join(requests))
        self._has_said_more = bool(self.inbox)

    def _await_bell(self, until: float) -> None:
        """Leave the worker alone until it says that there is something to read, has ended, or time is over."""
        while not self.inbox.has_frame() and self.ending is None and (left := until - time.monotonic()) > 0:
            self._send()
            ready = self._ready(left, {self._bell})
            if self.server.fileno() in ready:
                self._hear()
            if self._bell in ready:
                if not os.read(self._bell, CHUNK):
                    return  # the worker has closed its end: from now on every answer is waited for
                for _ in range(MOST_CHUNKS):
                    if self._replies not in self._open or not self._read(self._replies):
                        break

    def _reply(self, number: int, seconds: float, before: float, started: float) -> wire.Message | NoAnswer:
        """Wait for the answer to one request.

        Args:
            number: The request's.
            seconds: CPU seconds that it may take.
            before: What the worker's CPU clock showed when its time began.
            started: When that was, of `time.monotonic`.
        """
        if self._has_said_more:
            return NoAnswer(Status.DIED, "answered more than once")
        wait = seconds
        while True:
            reply = self._next_reply(number)
            if reply is not None:
                return reply
            if self.ending is not None or self._replies not in self._open:
                if self._replies in self._open and self._read(self._replies):
                    continue  # what it wrote before it ended
                return self._obituary()
            self._send()
            left = started + wait - time.monotonic()
            if left <= 0:
                used, elapsed = self.cpu_seconds() - before, time.monotonic() - started
                if used >= seconds * 0.98 or elapsed >= 2 * seconds + 1:
                    return NoAnswer(Status.TIMED_OUT, f"gives no answer within {seconds:g} seconds")
                wait = min(elapsed + max(0.05, seconds - used), 2 * seconds + 1)
                continue
            patience = left if self._watch is None else min(left, SECONDS_BETWEEN_LOOKS)
            for fd in self._ready(patience, self._open):
                if fd == self.server.fileno():
                    self._hear()
                else:
                    self._read(fd)
            if self._streams.count > FLOOD_BYTES:
                return NoAnswer(Status.DIED, f"printed more than {FLOOD_BYTES >> 20} MiB")
            if self._watch is not None and (excess := self._watch.excess()):
                return NoAnswer(Status.DIED, excess)

    def _next_reply(self, number: int) -> wire.Message | NoAnswer | None:
        """Take the next answer from what was read, if it is there."""
        try:
            message = self.inbox.next_message()
        except wire.WireError as error:
            return NoAnswer(Status.DIED, f"gave an answer that cannot be read: {error}")
        except MachineError:
            self.kill()
            raise
        if message is None or message.id == number:
            return message
        return NoAnswer(Status.DIED, "answered a question not asked")

    def _ready(self, seconds: float, watched: Iterable[int]) -> list[int]:
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
                self._outgoing = memoryview(b"")  # the worker is dying: its ending will be reported

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
        self._streams.take(chunk, is_error=fd == self._err)
        return True

    def _hear(self) -> None:
        event, _ = self.server.receive(0)
        if event is None:
            self.ending = self.ending or Ending(signal.SIGKILL, 0.0, 0)
            self.orphaned = True
            self.server.stop()
        elif event["event"] == "ended" and event["pid"] == self.pid:
            self.ending = Ending(event["status"], event["cpu_seconds"], event["max_rss_kb"])

    def _drain(self, mark: bytes = b"") -> None:
        """Read what was printed before the answer was sent; no further than a mark, which ends it where there is one.

        Behind a mark the next call prints already, and a judge that read on would put that down to this one.
        """
        for fd, stream in ((self._out, self._streams.out), (self._err, self._streams.err)):
            while fd in self._open and self._streams.count <= FLOOD_BYTES and not (mark and mark in stream):
                if not self._read(fd):
                    break

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
        for fd in (self._out, self._err, self._requests, self._replies, self._bell):
            os.close(fd)
        if self._scratch is not None:
            with suppress(OSError):  # it is not dead yet: the fork server's end takes the folder along
                remove(self._scratch)


def process_clock(pid: int) -> int:
    """Give the clock id of another process's CPU time, as clock_getcpuclockid(3) computes it."""
    return (~pid << 3) | 2
