"""One process makes limited calls one after another: what takes too much costs its own call, and no other one."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from grader.errors import CallLimitError, UnreadableSubmissionError
from grader.sandbox.host.limited_call import MIB, CallLimits
from grader.sandbox.host.limited_process import GROWN_BYTES, LimitedProcess

SMALL = CallLimits(cpu_seconds=1, seconds=120.0, max_bytes=64 * MIB)
KEPT: list[bytes] = []


def called(asked: str) -> object:
    match asked:
        case "busy":
            while True:
                pass
        case "large":
            return bytearray(256 * MIB)
        case "crash":
            return ctypes.string_at(0)
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "refused":
            raise UnreadableSubmissionError("cannot be read", "digest", ("a note",))
        case "sleep":
            time.sleep(600)
        case "keep":
            KEPT.append(bytes(GROWN_BYTES // 4 * 3))
    return os.getpid(), asked


@pytest.fixture
def process() -> Iterator[LimitedProcess[str, object]]:
    with LimitedProcess(called, SMALL) as made:
        yield made


def test_calls_are_answered_by_one_other_process(process: LimitedProcess[str, object]) -> None:
    (pid, first), (again, second) = process.call("a"), process.call("b")  # type: ignore[misc]  # as it answers
    assert (first, second) == ("a", "b")
    assert pid == again != os.getpid()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("busy", "more than 1 seconds of processor time"),
        ("large", "more than 64 MiB of memory"),
        ("crash", "SIGSEGV"),
        ("killed", "SIGKILL"),
    ],
)
def test_what_takes_too_much_or_crashes_costs_its_own_call(
    process: LimitedProcess[str, object], asked: str, words: str
) -> None:
    before = process.call("before")
    with pytest.raises(CallLimitError, match=words):
        process.call(asked)
    (pid, answer) = process.call("after")  # type: ignore[misc]  # as it answers
    assert answer == "after"
    assert pid != before[0]  # type: ignore[index]  # as it answers


def test_calls_are_made_ahead_and_one_that_crashes_costs_none_of_the_others(
    process: LimitedProcess[str, object],
) -> None:
    asked = ["a", "crash", "b", "killed", "c" * 200_000, "d" * 200_000, "e"]
    waiting = [process.ahead(one) for one in asked]  # more than the pipe of questions holds
    found: dict[str, object] = {}
    for one, wait in reversed([*zip(asked, waiting, strict=True)]):  # in whichever order they are waited for
        try:
            found[one] = wait()[1]  # type: ignore[index]  # as it answers
        except CallLimitError as error:
            found[one] = str(error)
    ended = {"crash": "ended its process (SIGSEGV)", "killed": "ended its process (SIGKILL)"}
    assert found == {one: ended.get(one, one) for one in asked}


def test_what_was_asked_ahead_is_answered_when_somebody_ended_both_processes(
    process: LimitedProcess[str, object],
) -> None:
    os.kill(process._keeper, signal.SIGSTOP)
    waiting = [process.ahead(one) for one in ("a", "b")]
    os.kill(process._keeper, signal.SIGKILL)
    assert [wait()[1] for wait in waiting] == ["a", "b"]  # type: ignore[index]  # as it answers


def test_what_is_raised_is_raised_here_and_costs_no_process(process: LimitedProcess[str, object]) -> None:
    before = process.call("a")
    with pytest.raises(UnreadableSubmissionError, match="cannot be read") as raised:
        process.call("refused")
    assert (raised.value.digest, raised.value.notes) == ("digest", ("a note",))
    assert process.call("a") == before


def test_the_processor_time_of_one_call_is_not_counted_for_the_next() -> None:
    """A limit that counted from the start of the process would end honest submissions of a large class."""

    def work(_asked: int) -> bool:
        end = time.process_time() + 0.4
        while time.process_time() < end:
            pass
        return True

    with LimitedProcess(work, SMALL) as process:
        assert all(process.call(number) for number in range(5))


def test_who_keeps_much_memory_makes_room_for_another_process(process: LimitedProcess[str, object]) -> None:
    pids = [process.call("keep")[0] for _ in range(3)]  # type: ignore[index]  # as it answers
    assert pids[0] == pids[1] != pids[2]


def test_what_waits_for_ever_is_ended_by_the_clock_and_later_calls_are_answered(
    process: LimitedProcess[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    pid, _ = process.call("a")  # type: ignore[misc]  # as it answers
    with monkeypatch.context() as patch:
        patch.setattr(process, "_limits", replace(SMALL, seconds=0.5))
        with pytest.raises(CallLimitError, match=r"more than 0\.5 seconds"):
            process.call("sleep")
    _, answer = process.call("b")  # type: ignore[misc]  # as it answers
    assert answer == "b"
    assert has_ended(pid)


def test_calls_are_answered_when_somebody_ended_both_processes(process: LimitedProcess[str, object]) -> None:
    process.call("a")
    os.kill(process._keeper, signal.SIGKILL)  # as the kernel does that is out of memory
    (pid, answer) = process.call("b")  # type: ignore[misc]  # as it answers
    assert answer == "b"
    assert pid != os.getpid()


def test_closing_leaves_no_process() -> None:
    with LimitedProcess(called, SMALL) as process:
        pid, _ = process.call("a")  # type: ignore[misc]  # as it answers
    assert has_ended(pid)


def has_ended(pid: int) -> bool:
    """Return whether a process is gone, after a moment to end in."""
    deadline = time.monotonic() + 30
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return not Path(f"/proc/{pid}").exists()
