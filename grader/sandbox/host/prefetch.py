"""Calls that are made before they are asked for, many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import Final, NamedTuple

from grader.sandbox.host.failure_reports import is_out_of_memory
from grader.sandbox.host.forked_worker import BATCH_BYTES
from grader.sandbox.host.worker_process import CallReply, CallRequest, WorkerProcess

ORDER_BYTES: Final = 256  # about what goes before each call


class DriverCall(NamedTuple):
    """A call that will be asked for; see `Session.observe`."""

    call: bytes
    seconds: float
    seed: int
    public: bool


class PrefetchedCall(NamedTuple):
    """What came of a call that was made ahead, and the files that the worker was busy with."""

    reply: CallReply
    notes: tuple[str, ...]


class PrefetchedCalls:
    """Replies to calls that were made ahead and not asked for yet.

    Where calls are made one at a time, judge and worker wake each other for each. Batches save 19 % of the processor
    time of a submission whose calls are short.
    """

    def __init__(self) -> None:
        self._calls: dict[DriverCall, PrefetchedCall] = {}

    def take(self, call: DriverCall) -> PrefetchedCall | None:
        """Return what came of a call, once; nothing where it was not made."""
        return self._calls.pop(call, None)

    def clear(self) -> None:
        """Forget calls that nobody asked for."""
        self._calls.clear()

    def fetch(
        self, worker: WorkerProcess, calls: list[DriverCall], order: Callable[[int], dict[str, object]], seconds: float
    ) -> list[CallReply]:
        """Make calls, and keep what came of them unless the worker was lost with its fork server, or lacked modules.

        All of them are public or none, and together they may take so many processor seconds. `order` is what the worker
        is told with a call, by the call's seed. There are fewer replies than calls where there was trouble.
        """
        requests = [CallRequest(order=order(one.seed), call=one.call, seconds=one.seconds) for one in calls]
        replies = worker.call_batch(requests, seconds, is_out_of_memory)
        if not worker.is_orphaned and not worker.lacks_modules:
            notes = tuple(worker.reader.notes)
            for call, reply in zip(calls, replies, strict=False):
                self._calls[call] = PrefetchedCall(reply, notes)
        return replies


def first_that_fit(calls: Iterable[DriverCall]) -> list[DriverCall]:
    """Return as many different calls from the first on as fit into a worker's pipe together."""
    distinct = [*dict.fromkeys(calls)]
    sizes = accumulate(len(one.call) + ORDER_BYTES for one in distinct)
    return [one for one, size in zip(distinct, sizes, strict=True) if size <= BATCH_BYTES]
