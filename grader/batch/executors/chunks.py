"""Calls that are on their way to the workers of a cluster: those that wait here, and how many are given at once.

A task of Dask's costs scheduler, worker and coordinator 13 ms of processor time, whatever it carries. So a worker is
given as many calls at once as take it about half a second, and fewer and fewer when few are left, so that all workers
end together. What came back without an answer is given alone: it may be what workers die over.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final

from grader.batch.executors.protocol import CALLS_AT_ONCE

CHUNK_SECONDS: Final = 0.5  # what a chunk should take a worker, and so about what Ctrl-C waits for
MOST_CALLS: Final = 50  # in a chunk
MOST_IN_HAND: Final = 1000  # calls of a large cluster, unless it has more threads: their submissions are in memory


@dataclass(slots=True, eq=False)
class Call:
    """A call without an answer yet. It may have returned from workers that could not finish it."""

    future: Future[Any]
    function: Callable[[Any], Any]
    argument: Any
    returns: int = 0


@dataclass(slots=True, eq=False)
class Chunk:
    """Calls that were given to Dask at once, for one of `workers`; `inner` is Dask's future."""

    calls: tuple[Call, ...]
    workers: frozenset[str]
    inner: Future[Any]


class CallQueue:
    """The calls that no worker has, first come first."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque()
        self._seconds = 0.0  # of a call, by what the last ones took; 0 where that is not known

    def put(self, call: Call) -> None:
        """Queue a call."""
        self._calls.append(call)

    def put_back(self, calls: Iterable[Call]) -> None:
        """Queue calls before all others, in their order."""
        self._calls.extendleft(reversed(tuple(calls)))

    def take(self, threads: int) -> tuple[Call, ...]:
        """Take the next chunk for workers with so many threads together; nothing where no call is queued."""
        share = len(self._calls) // (CALLS_AT_ONCE * threads)
        taken: list[Call] = []
        for _ in range(max(1, min(share, self._size()))):
            if not self._calls or (taken and (taken[0].returns or self._calls[0].returns)):
                break
            taken.append(self._calls.popleft())
        return tuple(taken)

    def clear(self) -> tuple[Call, ...]:
        """Take all calls."""
        taken = tuple(self._calls)
        self._calls.clear()
        return taken

    def window(self, threads: int) -> int:
        """Return how many calls, here and with workers, keep so many threads busy.

        Each thread has a chunk in work and one waiting. As many wait here, of which the last chunks are made smaller.
        """
        chunks = CALLS_AT_ONCE * threads
        return max(1, chunks, min(chunks * (2 * self._size() - 1), MOST_IN_HAND))

    def observe(self, count: int, seconds: float) -> None:
        """Note that a worker took so many seconds for so many calls."""
        if count:
            latest = seconds / count
            self._seconds = (self._seconds + latest) / 2 if self._seconds else latest

    def _size(self) -> int:
        if not self._seconds:
            return 1
        return max(1, min(int(CHUNK_SECONDS / self._seconds), MOST_CALLS))
