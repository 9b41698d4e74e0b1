"""A deadline in processor time."""

from __future__ import annotations

import importlib
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from grader.course.import_deadline import ended_in_time
from grader.judging.deadline import DeadlineError, processor_deadline

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="nothing is interrupted elsewhere")


@pytest.fixture(autouse=True)
def no_timer_is_left() -> Iterator[None]:
    before = signal.getsignal(signal.SIGPROF)
    yield
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGPROF) is before


def test_what_computes_without_end_is_ended_even_where_it_catches_every_exception() -> None:
    def compute() -> None:
        while True:
            with suppress(Exception):  # as a reference may
                sum(range(1000))

    with pytest.raises(DeadlineError), processor_deadline(0.01):
        compute()


def test_what_ends_in_time_is_left_alone() -> None:
    with processor_deadline(60.0):
        assert sum(range(1000)) == 499500


@pytest.mark.parametrize(
    ("limited", "timer", "number"),
    [
        (partial(processor_deadline, 10.0), signal.ITIMER_PROF, signal.SIGPROF),
        (ended_in_time, signal.ITIMER_PROF, signal.SIGPROF),
        (ended_in_time, signal.ITIMER_REAL, signal.SIGALRM),
    ],
    ids=("a deadline", "an import's processor time", "an import's time by the clock"),
)
def test_a_timer_that_runs_already_goes_on_and_hears_no_less(
    limited: Callable[[], AbstractContextManager[None]], timer: int, number: int
) -> None:
    heard: list[int] = []
    before = signal.signal(number, lambda number, _: heard.append(number))
    outer = signal.setitimer(timer, 50.0, 7.0)  # the suite's own limit for a test may be one of them
    with limited():
        pass
    left, interval = signal.setitimer(timer, *outer)
    signal.signal(number, before)
    assert (interval, heard) == (7.0, [])
    assert 40.0 < left < 50.5


def test_a_module_is_imported_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that is left half imported fails whoever uses it later in the same process."""
    (tmp_path / "slow_to_import_here.py").write_text(
        "import time\nuntil = time.process_time() + 0.1\nwhile time.process_time() < until: pass\nDONE = True\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    made: list[ModuleType] = []

    def compute() -> None:
        made.append(importlib.import_module("slow_to_import_here"))
        while True:
            pass

    with pytest.raises(DeadlineError), processor_deadline(0.01):
        compute()
    assert made[0].DONE
