"""A deadline in processor time for what this process computes itself, references and hidden tests among it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from grader.course.timers import PROCESSOR, interrupted
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

    def interrupt(_signal: int, frame: FrameType | None) -> None:
        if not _is_importing(frame):
            raise DeadlineError(f"it took more than {seconds:.2g} seconds")

    with interrupted(PROCESSOR, seconds, AGAIN_SECONDS, interrupt):
        yield


def _is_importing(frame: FrameType | None) -> bool:
    """Return whether a library is being imported, which would be left half-made."""
    while frame is not None:
        if frame.f_code.co_filename.startswith(_IMPORTING):
            return True
        frame = frame.f_back
    return False
