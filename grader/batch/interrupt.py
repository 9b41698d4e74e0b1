"""Ctrl-C: once ends the run when what is in hand is done, twice drops that too. SIGTERM is as Ctrl-C."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Stop:
    """Whether somebody asked to stop, and how often."""

    requests: int = 0

    def is_requested(self) -> bool:
        """Return whether nothing new should begin."""
        return self.requests > 0


@contextmanager
def interruptible(stop: Stop, again: Callable[[], None], tell: Callable[[str], None]) -> Iterator[None]:
    """Take Ctrl-C as a wish: the first is noted in `stop`, the second calls `again`, and the person is told of both."""
    if threading.current_thread() is not threading.main_thread():  # only there do signals arrive
        yield
        return

    def heard(_number: int, _frame: object) -> None:
        stop.requests += 1
        if stop.requests == 1:
            tell("stopping: what is in hand is finished first; Ctrl-C again drops it")
        elif stop.requests == 2:
            tell("dropping what is in hand")
            again()

    before = {number: signal.signal(number, heard) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
