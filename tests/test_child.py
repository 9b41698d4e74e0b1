from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from grader.sandbox.layers import (
    child,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="system calls of Linux")


def test_a_child_says_what_its_function_returns() -> None:
    assert child.in_child(lambda: "done") == child.ChildExit("done", 0)


def test_a_child_that_raises_says_what_and_exits_with_1() -> None:
    def act() -> str:
        raise ValueError("no")

    assert child.in_child(act) == child.ChildExit("ValueError: no", 1)


def test_a_child_that_outstays_its_time_is_killed() -> None:
    def act() -> str:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        while True:
            time.sleep(1)

    started = time.monotonic()
    assert child.in_child(act, seconds=0.2).exit_code == -signal.SIGKILL
    assert time.monotonic() - started < 2


def test_a_child_that_closed_its_answer_is_still_waited_for() -> None:
    def act() -> str:
        os.close(child.ANSWER)
        time.sleep(0.05)
        os._exit(7)

    assert child.in_child(act) == child.ChildExit("", 7)


def test_what_may_be_opened_is_told(tmp_path: Path) -> None:
    assert child.outcome_of_opening(str(tmp_path)) == "allowed"
