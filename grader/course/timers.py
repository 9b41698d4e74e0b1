"""Timers of this process: what is done meanwhile is interrupted, and a timer that ran before goes on."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Final

SHORTEST: Final = 1e-3  # seconds; none would stop the timer


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer of the system, the signal that it sends, and the clock that it goes by."""

    which: int
    signal: int
    now: Callable[[], float]


PROCESSOR: Final = Timer(signal.ITIMER_PROF, signal.SIGPROF, time.process_time) if sys.platform == "linux" else None
CLOCK: Final = Timer(signal.ITIMER_REAL, signal.SIGALRM, time.monotonic) if sys.platform == "linux" else None


@contextmanager
def interrupted(
    timer: Timer | None, seconds: float, again: float, interrupt: Callable[[int, FrameType | None], None]
) -> Iterator[None]:
    """Call `interrupt` with the signal and the frame after so many seconds, and every `again` seconds from then on.

    Off Linux, and outside the main thread, which alone hears signals, nothing is interrupted.
    """
    if timer is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    began = timer.now()
    before = signal.signal(timer.signal, interrupt)
    left, interval = signal.setitimer(timer.which, max(seconds, SHORTEST), again)
    try:
        yield
    finally:
        signal.setitimer(timer.which, 0)
        signal.signal(timer.signal, before)
        if left:
            signal.setitimer(timer.which, max(left - (timer.now() - began), SHORTEST), interval)
