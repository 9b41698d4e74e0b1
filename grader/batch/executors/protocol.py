"""What a batch needs of whatever grades for it, and how it keeps that busy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any, Final, Protocol, TypeVar

from grader.batch.jobs import Job, JobResult, NotGraded, ReferenceCheck, RunConfig
from grader.errors import Problem

Label = TypeVar("Label")

TICK_SECONDS: Final = 0.25  # how soon a request to stop is heard
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


def load_for_workers(config: RunConfig) -> None:
    """Load the assignment in the process that this is called in, for those that are forked from it."""
    from grader.batch.work import load  # noqa: PLC0415  # half a second to import, and only where the work is done

    load(config)


def grade_in_worker(job: Job) -> JobResult | NotGraded:
    """Grade one submission in the process that this is called in."""
    from grader.batch.work import grade  # noqa: PLC0415  # as above

    return grade(job)


def check_in_worker(config: RunConfig) -> NotGraded | None:
    """See a worker come up in the process that this is called in; say why it does not."""
    from grader.batch.work import check_machine  # noqa: PLC0415  # as above

    return check_machine(config)


def check_reference_in_worker(asked: ReferenceCheck) -> tuple[Problem, ...] | NotGraded:
    """Name what the reference fails in, in the process that this is called in, which is made ready anew for it."""
    from grader.batch.work import check_reference  # noqa: PLC0415  # as above

    return check_reference(asked)


def submit_bounded(
    executor: BatchExecutor,
    work: Iterator[tuple[Label, Job] | None],
    is_stopping: Callable[[], bool],
) -> Iterator[list[tuple[Label, Future[JobResult | NotGraded]]]]:
    """Submit jobs as they come; yield labels with their futures when these are done, all that are at a time.

    Few are in hand at once: what is not begun costs no memory, and is not lost when all stops. `work` gives jobs, each
    with what its caller knows it by, and None where there is nothing to do just now. `is_stopping` says to begin
    nothing new; what was begun is still given back.
    """
    in_hand: dict[Future[JobResult | NotGraded], Label] = {}
    is_over = False
    while True:
        while len(in_hand) < executor.window() and not is_over and not is_stopping():
            try:
                item = next(work)
            except StopIteration:
                is_over = True
                break
            if item is not None:
                label, job = item
                in_hand[executor.submit(grade_in_worker, job)] = label
            elif in_hand:
                break  # answers may be there while work was looked for
        if not in_hand:
            if is_over or is_stopping():
                return
            continue
        done, _ = wait(in_hand, TICK_SECONDS, FIRST_COMPLETED)
        yield [(in_hand.pop(future), future) for future in done]
