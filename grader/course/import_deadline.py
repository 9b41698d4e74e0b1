"""A limit for what files of a course do as they are imported, before anything is asked of them."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from grader.course.timers import CLOCK, PROCESSOR, interrupted
from grader.errors import ExitCode, OverBudgetError

MOST_SECONDS: Final = 30.0  # of processor time; torch takes two to import, four on a slow machine
MOST_WAITED_SECONDS: Final = 300.0  # by the clock, for code that waits
AGAIN_SECONDS: Final = 1.0  # after which it is ended again: code may have caught it
MOST_CAUGHT: Final = 5  # times; then the process is ended
EXPECTED: Final = "expected code at the top of a file that ends at once: what takes long belongs into a function"


@contextmanager
def ended_in_time() -> Iterator[None]:
    """Raise in what is done meanwhile once it takes longer, whatever is being imported then.

    Code that catches that again and again ends the process, with a sentence that names its line.

    Off Linux, and outside the main thread, which alone hears signals, nothing is ended.

    Raises:
        OverBudgetError: it took longer.
    """
    raised = 0

    def end(number: int, frame: FrameType | None) -> None:
        nonlocal raised
        raised += 1
        seconds = MOST_SECONDS if number == signal.SIGPROF else MOST_WAITED_SECONDS
        said = f"it takes longer than {seconds:g} s to import, {EXPECTED}"
        if raised > MOST_CAUGHT:
            place = f"{frame.f_code.co_filename}:{frame.f_lineno}: " if frame is not None else ""
            sys.stderr.write(f"{place}{said}; and it catches what ends it\n")
            sys.stderr.flush()
            os._exit(ExitCode.USAGE)
        raise OverBudgetError(said)

    with (
        interrupted(PROCESSOR, MOST_SECONDS, AGAIN_SECONDS, end),
        interrupted(CLOCK, MOST_WAITED_SECONDS, AGAIN_SECONDS, end),
    ):
        yield
