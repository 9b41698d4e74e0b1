"""What a batch needs of whatever grades for it, and how a call ends that has no answer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final, Protocol

CALLS_AT_ONCE: Final = 2  # for each process: one at work and one waiting, so that it never waits for us


class BatchExecutor(Protocol):
    """What answers calls in other processes. All that is handed over and handed back can be pickled."""

    def submit(self, function: Callable[[Any], Any], argument: Any, /) -> Future[Any]:  # noqa: ANN401  # any call's
        """Queue a call."""

    def window(self) -> int:
        """Return how many calls keep it busy now."""

    def drop(self) -> None:
        """Drop all calls at once; their futures raise DroppedError. May be called by the handler of a signal."""

    def shutdown(self) -> None:
        """Wait for all calls, then end the processes."""
