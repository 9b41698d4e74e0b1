"""How a worker can fail to reply, as seen from outside."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import Final

from grader.model.observation import Frame
from grader.model.status import Status


@dataclass(frozen=True, slots=True)
class ProcessExit:
    """How a worker process ended, as wait4 tells."""

    status: int
    cpu_seconds: float
    max_rss_kb: int


@dataclass(frozen=True, slots=True)
class NoReply:
    """Why no reply came. `cause` completes the sentence "the code ...".

    `frames` are where the code was when its time was up, by the process's own account: evidence, and no verdict.
    """

    status: Status
    cause: str
    frames: tuple[Frame, ...] = ()


_BY_SIGNAL: Final = {
    "SIGSEGV": NoReply(Status.DIED, "crashed (segmentation fault)"),
    "SIGBUS": NoReply(Status.DIED, "crashed (bus error)"),
    "SIGABRT": NoReply(Status.DIED, "crashed (abort)"),
    "SIGFPE": NoReply(Status.DIED, "crashed (arithmetic error)"),
    "SIGILL": NoReply(Status.DIED, "crashed (illegal instruction)"),
    "SIGSYS": NoReply(Status.DIED, "made a system call that is forbidden"),
    "SIGXCPU": NoReply(Status.TIMED_OUT, "used up its processor time"),
    "SIGXFSZ": NoReply(Status.DIED, "wrote a file that is too large"),
    "SIGKILL": NoReply(Status.DIED, "was killed (out of memory, or by itself)"),
}


def exit_reason(code: int) -> NoReply:
    """Return why a process that has ended did not reply, by its exit code or minus the signal that killed it."""
    if code >= 0:
        return NoReply(Status.DIED, f"ended the process (exit status {code}) before answering")
    known = {int(getattr(signal, name)): reply for name, reply in _BY_SIGNAL.items() if hasattr(signal, name)}
    return known.get(-code, NoReply(Status.DIED, f"ended by signal {-code}"))
