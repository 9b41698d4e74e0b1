"""`grader.batch.executors.local` and `memory`, and `submit_bounded`: processes that die, grow and are dropped."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any, cast

import pytest

from grader.batch.executors.local import GROWN_BYTES, LocalExecutor
from grader.batch.executors.memory import (
    COORDINATOR_BYTES,
    MIB,
    bytes_per_process,
    machine_bytes,
    process_bytes,
    processes_within,
    tree_bytes,
)
from grader.batch.executors.protocol import submit_bounded
from grader.batch.jobs import Job
from grader.errors import DroppedError, ProcessDiedError
from grader.model.assignment import Runtime

PLENTY = 64 * 1024 * MIB


@pytest.fixture
def local() -> Iterator[LocalExecutor]:
    opened = LocalExecutor(2, PLENTY)
    yield opened
    opened.shutdown()


def test_calls_are_answered_by_other_processes(local: LocalExecutor) -> None:
    answered = [local.submit(divmod, number, 3) for number in range(7)]
    assert [future.result(30) for future in answered] == [divmod(number, 3) for number in range(7)]
    pids = {local.submit(os.getpid).result(30) for _ in range(4)}
    assert os.getpid() not in pids


def test_an_exception_belongs_to_who_asked(local: LocalExecutor) -> None:
    with pytest.raises(ZeroDivisionError):
        local.submit(divmod, 1, 0).result(30)
    assert local.submit(divmod, 1, 1).result(30) == (1, 0)


def test_a_call_that_its_processs_clock_ended_is_not_made_again(local: LocalExecutor) -> None:
    """A judge that computes for too long would do so again, and the machine is not to blame."""
    with pytest.raises(ProcessDiedError, match="more processor time than one submission may take") as died:
        local.submit(signal.raise_signal, signal.SIGVTALRM).result(30)
    assert died.value.is_over_budget
    assert local.submit(abs, -1).result(30) == 1


def test_a_call_that_kills_its_process_twice_is_to_blame_and_no_other_suffers(local: LocalExecutor) -> None:
    before = local.submit(abs, -1)
    deadly = local.submit(ctypes.string_at, 0)
    after = [local.submit(abs, -number) for number in range(4)]
    with pytest.raises(ProcessDiedError, match="the grading process died over it, 2 times: it ended with -11"):
        deadly.result(60)
    assert before.result(30) == 1
    assert [future.result(30) for future in after] == [0, 1, 2, 3]


def test_a_process_that_somebody_killed_is_replaced_and_its_call_done_again(local: LocalExecutor) -> None:
    future = local.submit(time.sleep, 1.5)
    deadline = time.monotonic() + 30
    while not local.pids():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    time.sleep(0.5)
    for pid in local.pids():
        os.kill(pid, signal.SIGKILL)
    assert future.result(60) is None


def test_dropped_calls_are_told_so_and_take_no_time(local: LocalExecutor) -> None:
    futures = [local.submit(time.sleep, 60) for _ in range(5)]
    time.sleep(0.5)
    began = time.monotonic()
    local.drop()
    for future in futures:
        assert future.cancelled() or isinstance(future.exception(10), DroppedError)
    assert time.monotonic() - began < 10


def test_a_process_over_the_cap_of_all_is_ended_with_the_reason() -> None:
    local = LocalExecutor(1, process_bytes(os.getpid()) + 200 * MIB)
    greed = "[bytearray(600 << 20), __import__('time').sleep(30)]"
    try:
        greedy: Future[object] = local.submit(eval, greed, {})
        with pytest.raises(ProcessDiedError, match=r"all processes together took \d+ MiB, expected at most \d+"):
            greedy.result(60)
    finally:
        local.shutdown()


def test_a_process_that_has_grown_is_replaced_and_one_that_has_not_is_kept() -> None:
    local = LocalExecutor(1, PLENTY)
    try:
        before = local.submit(os.getpid).result(30)
        assert local.submit(os.getpid).result(30) == before
        local.submit(exec, f"import builtins; builtins.kept = b'x' * {GROWN_BYTES}").result(30)
        assert local.submit(os.getpid).result(30) != before
    finally:
        local.shutdown()


def test_after_the_end_nothing_is_taken(local: LocalExecutor) -> None:
    local.shutdown()
    with pytest.raises(RuntimeError, match="after shutdown"):
        local.submit(abs, 1)


def test_memory_is_counted_with_all_that_a_process_started() -> None:
    sizes = tree_bytes([os.getpid(), os.getppid()])
    assert sizes[os.getpid()] >= process_bytes(os.getpid()) * 0.9
    assert process_bytes(1 << 22) == 0
    assert 64 * MIB < machine_bytes() < 1 << 60


def test_so_many_processes_run_as_fit_at_worst() -> None:
    small = Runtime(memory_mb=512)
    each = bytes_per_process(small)
    assert processes_within(0, small) == 1
    assert processes_within(COORDINATOR_BYTES + 3 * each, small) == 3
    assert processes_within(COORDINATOR_BYTES + 3 * each - 1, small) == 2
    assert bytes_per_process(replace(small, modules=("numpy", "torch"))) > each


class Counting:
    """Gives back what it was handed, a moment later, and counts how much it has in hand."""

    def __init__(self, window: int) -> None:
        self._window = window
        self.pool = ThreadPoolExecutor(4)
        self.in_hand = self.most_in_hand = 0

    def submit(self, function: Callable[[Any], Any], argument: Any, /) -> Future[Any]:  # noqa: ANN401  # any call's
        self.in_hand += 1
        self.most_in_hand = max(self.most_in_hand, self.in_hand)
        return self.pool.submit(self._give_back, argument)

    def window(self) -> int:
        return self._window

    def drop(self) -> None:
        raise AssertionError

    def shutdown(self) -> None:
        self.pool.shutdown()

    def _give_back(self, job: int) -> int:
        time.sleep(0.002 * (job % 5))
        return job


@pytest.fixture
def counting() -> Iterator[Counting]:
    executor = Counting(5)
    yield executor
    executor.shutdown()


def jobs(count: int, begun: list[int]) -> Iterator[tuple[int, Job] | None]:
    """Give numbers as jobs; of every third there is nothing to do."""
    for number in range(count):
        begun.append(number)
        yield None if number % 3 == 2 else (number, cast("Job", number))


def test_no_more_is_in_hand_than_the_window_and_all_is_done(counting: Counting) -> None:
    done = []
    for together in submit_bounded(counting, jobs(60, []), lambda: False):
        for ticket, future in together:
            counting.in_hand -= 1
            assert future.result() == cast("object", ticket)
            done.append(ticket)
    assert sorted(done) == [number for number in range(60) if number % 3 != 2]
    assert 2 <= counting.most_in_hand <= 5


def test_when_asked_to_stop_nothing_new_begins_and_what_was_begun_is_given_back(counting: Counting) -> None:
    begun: list[int] = []
    done: list[int] = []
    for together in submit_bounded(counting, jobs(1000, begun), lambda: len(done) >= 3):
        done.extend(ticket for ticket, _ in together)
    assert len(begun) <= 15
    assert sorted(done) == [number for number in begun if number % 3 != 2]


def test_work_that_needs_no_grading_at_all_comes_to_an_end(counting: Counting) -> None:
    assert list(submit_bounded(counting, iter([None] * 5), lambda: False)) == []
