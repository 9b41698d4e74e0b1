"""How a worker can fail to answer, as seen from outside."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import Final

from grader.model import Status


@dataclass(frozen=True, slots=True)
class Ending:
    """How a worker process ended, as wait4 tells."""

    status: int
    cpu_seconds: float
    max_rss_kb: int


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Why no answer came. `what` completes the sentence "the code ..."."""

    status: Status
    what: str


_ENDED_BY: Final = {
    "SIGSEGV": NoAnswer(Status.DIED, "crashed (segmentation fault)"),
    "SIGBUS": NoAnswer(Status.DIED, "crashed (bus error)"),
    "SIGABRT": NoAnswer(Status.DIED, "crashed (abort)"),
    "SIGFPE": NoAnswer(Status.DIED, "crashed (arithmetic error)"),
    "SIGILL": NoAnswer(Status.DIED, "crashed (illegal instruction)"),
    "SIGSYS": NoAnswer(Status.DIED, "made a system call that is forbidden"),
    "SIGXCPU": NoAnswer(Status.TIMED_OUT, "used up its processor time"),
    "SIGXFSZ": NoAnswer(Status.DIED, "wrote a file that is too large"),
    "SIGKILL": NoAnswer(Status.DIED, "was killed (out of memory, or by itself)"),
}

# Not every system has every signal.
ENDED_BY_SIGNAL: Final[dict[int, NoAnswer]] = {
    int(getattr(signal, name)): answer for name, answer in _ENDED_BY.items() if hasattr(signal, name)
}
