"""A deadline in processor time for what this process computes itself, references and hidden tests among it."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from grader.errors import OverBudgetError

AGAIN_SECONDS: Final = 0.05  # after which the signal comes again: an import is not ended, a finaliser hears nothing
_IMPORTING: Final = "<frozen importlib"


class DeadlineError(OverBudgetError):
    """What was computed took the processor time that it had."""


@contextmanager
def processor_deadline(seconds: float) -> Iterator[None]:
    """Raise in what is done meanwhile once this process has computed for so long.

    One long call of a library in C is not interrupted, and a module is imported to its end. Off Linux, and outside the
    main thread, which alone hears signals, nothing is interrupted. A timer that runs already goes on afterwards.

    Raises:
        DeadlineError: it took longer.
    """
    if sys.platform != "linux" or threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_signal: int, frame: FrameType | None) -> None:
        if not _is_importing(frame):
            raise DeadlineError(f"it took more than {seconds:.2g} seconds")

    began = time.process_time()
    before = signal.signal(signal.SIGPROF, interrupt)
    left, interval = signal.setitimer(signal.ITIMER_PROF, max(seconds, 1e-3), AGAIN_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        if left:
            signal.setitimer(signal.ITIMER_PROF, max(left - (time.process_time() - began), 1e-3), interval)


def _is_importing(frame: FrameType | None) -> bool:
    """Return whether a library is being imported, which would be left half-made."""
    while frame is not None:
        if frame.f_code.co_filename.startswith(_IMPORTING):
            return True
        frame = frame.f_back
    return False
