"""What judging one submission may take of the judge's own time and memory.

Sizes of answers are the submission's choice, and what a hidden test or a diagnosis makes of them runs in the judge. So
it is watched as a worker is: a signal ends what Python can interrupt, and what it cannot, such as one long call of
a library, is ended with its process by the kernel. Time in which the course's own code ran is not counted.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Final

from grader.errors import OverBudgetError
from grader.model.assignment import Runtime
from grader.sandbox.host.limited_call import data_bytes
from grader.subjects.course import COMPUTING
from grader.wording.statuses import TOO_LARGE, TOO_LONG

if sys.platform != "win32":
    import resource

MIB: Final = 2**20
OWN_SECONDS: Final = 30.0  # of processor time; an honest submission takes less than one
AGAIN_SECONDS: Final = 1.0  # of more processor time, after which the signal comes again if nobody heard it
COURSES_SHARE: Final = 4  # times a submission's own budget: what the course's code may take before all is ended
OWN_BYTES: Final = 1024 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What one submission may take: processor seconds, those after which the process is ended, and bytes."""

    seconds: float = OWN_SECONDS
    last_seconds: float
    max_bytes: int

    @classmethod
    def of(cls, runtime: Runtime) -> Budget:
        """Return the budget of the submissions of an assignment."""
        last = OWN_SECONDS * 2 + COURSES_SHARE * runtime.submission_seconds
        return cls(last_seconds=last, max_bytes=OWN_BYTES + 2 * runtime.memory_mb * MIB)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Raise in what is done meanwhile once it takes more.

        Off Linux only one's own code is graded, and nothing is watched: who waits can interrupt it.

        Raises:
            OverBudgetError: it took more; where memory was refused to it, in place of MemoryError.
        """
        if sys.platform != "linux":
            yield
            return
        soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
        limited = _within(data_bytes() + self.max_bytes, soft, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (limited, hard))
        # Without a handler this signal ends the process; its clock counts what the process computes itself.
        signal.setitimer(signal.ITIMER_VIRTUAL, self.last_seconds)
        try:
            if threading.current_thread() is threading.main_thread():  # no other can have a handler
                with self._interrupted():
                    yield
            else:
                yield
        except MemoryError:
            raise OverBudgetError(TOO_LARGE) from None
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))

    @contextmanager
    def _interrupted(self) -> Iterator[None]:
        began, courses = time.process_time(), COMPUTING.seconds

        def interrupt(_signal: int, _frame: FrameType | None) -> None:
            left = self.seconds - (time.process_time() - began - (COMPUTING.seconds - courses))
            if COMPUTING.is_running or left > 0:
                signal.setitimer(signal.ITIMER_PROF, max(left, AGAIN_SECONDS))
                return
            raise OverBudgetError(TOO_LONG)

        before = signal.signal(signal.SIGPROF, interrupt)
        signal.setitimer(signal.ITIMER_PROF, self.seconds, AGAIN_SECONDS)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)


def _within(wanted: int, soft: int, hard: int) -> int:
    """Return a limit that is no higher than those in force."""
    return min([wanted, *(limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY)])
