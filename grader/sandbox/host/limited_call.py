"""Call something over what a student handed in, in a forked process with limits on its time and memory.

Parsers of C cannot be interrupted, and a crash of one ends its process: both then cost this call, and nobody else.
"""

from __future__ import annotations

import faulthandler
import gc
import os
import pickle
import select
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from grader.errors import CallLimitError
from grader.sandbox.layers.parent_death import die_with_parent

if sys.platform != "win32":
    import resource

Answer = TypeVar("Answer")

MIB: Final = 2**20
PIECE: Final = 1 << 20
STATM: Final = Path("/proc/self/statm")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLimits:
    """What one call may take: processor seconds, seconds on the clock, and bytes beside what this process has."""

    cpu_seconds: int
    seconds: float
    max_bytes: int


def limited_call(function: Callable[[], Answer], limits: CallLimits) -> Answer:
    """Return what a function returns, or raise what it raises; both cross between processes as a pickle of ours.

    Where processes cannot be forked safely, which is off Linux, it is called here and without limits.

    Raises:
        CallLimitError: it took more than it may, or its process died.
    """
    if sys.platform != "linux":
        return function()
    receiver, sender = os.pipe()
    pid = os.fork()
    if pid == 0:
        _answer(function, limits, sender)
    os.close(sender)
    try:
        data = _received(receiver, time.monotonic() + limits.seconds)
    finally:
        os.close(receiver)
        status = _end(pid)
    if data is None:
        raise CallLimitError(f"took more than {limits.seconds:g} seconds")
    if not data:
        raise CallLimitError(ending(os.waitstatus_to_exitcode(status), limits))
    return answered(data)  # type: ignore[no-any-return]  # what the function returned


def answered(data: bytes) -> Any:  # noqa: ANN401  # whatever a function returned
    """Return what a forked process's function returned, or raise what it raised, as `outcome` wrote it."""
    is_answer, answer = pickle.loads(data)  # noqa: S301  # written by a process that was forked here
    if is_answer:
        return answer
    raise answer


def _end(pid: int) -> int:
    """End a child and return its wait status; 0 where the system takes ended ones away by itself."""
    try:
        os.kill(pid, signal.SIGKILL)  # where it has ended it is there until it is waited for
        return os.waitpid(pid, 0)[1]
    except (ProcessLookupError, ChildProcessError):
        return 0


def data_bytes() -> int:
    """Return how much memory this process may write to; nothing where the system does not say."""
    if sys.platform != "linux":
        return 0
    return int(STATM.read_text(encoding="ascii").split()[5]) * resource.getpagesize()


def _answer(function: Callable[[], Any], limits: CallLimits, sender: int) -> None:
    """Call the function in this process, which was forked for it, and end with it."""
    try:
        shield()
        gc.disable()  # what it would collect is the other process's
        limit(resource.RLIMIT_CPU, limits.cpu_seconds)
        limit(resource.RLIMIT_DATA, data_bytes() + limits.max_bytes)
        send(sender, outcome(function))
    finally:
        os._exit(0)


def shield() -> None:
    """Make a process that was forked end with the other one, and have its end told by the other one alone."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that waits
    faulthandler.disable()
    limit(resource.RLIMIT_CORE, 0)


def outcome(function: Callable[[], Any]) -> bytes:
    """Call a function; return as bytes what it returned or raised, and nothing where memory was refused to it."""
    try:
        return pickle.dumps((True, function()), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        return b""
    except Exception as error:  # noqa: BLE001  # raised again by who waits
        return pickle.dumps((False, error))


def limit(kind: int, most: int) -> None:
    """Lower a limit of this process, if it is not as low already."""
    soft, hard = resource.getrlimit(kind)
    least = min([most, *(limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY)])
    resource.setrlimit(kind, (least, hard))


def send(sender: int, data: bytes) -> None:
    """Write all of it to a pipe."""
    left = memoryview(data)
    while left:
        left = left[os.write(sender, left[:PIECE]) :]


def _received(receiver: int, end: float) -> bytes | None:
    """Read to the end of a pipe; None where that takes longer than until a moment of the monotonic clock."""
    pieces: list[bytes] = []
    poll = select.poll()
    poll.register(receiver, select.POLLIN)
    while poll.poll(max(0.0, end - time.monotonic()) * 1000):
        if not (piece := os.read(receiver, PIECE)):
            return b"".join(pieces)
        pieces.append(piece)
    return None


def ending(code: int, limits: CallLimits) -> str:
    """Word how a process ended that gave no answer, by its exit code as `os.waitstatus_to_exitcode` gives it."""
    if code == -signal.SIGXCPU:
        return f"took more than {limits.cpu_seconds} seconds of processor time"
    if code == 0:
        return f"took more than {limits.max_bytes // MIB} MiB of memory"
    name = signal.Signals(-code).name if code < 0 else str(code)
    return f"ended its process ({name})"
