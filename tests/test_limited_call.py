"""Reading a submission has limits of its own: what takes too much ends its own process, and one sentence says so."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from classes import lay
from tiny_course import SCALE, STATS, build

from grader.course.discovery import read_assignment
from grader.errors import CallLimitError, JudgingError, SubmissionError, UnreadableSubmissionError
from grader.sandbox.host.limited_call import MIB, CallLimits, limited_call
from grader.submissions import limited
from grader.submissions.read import Submission, read_submission

SMALL = CallLimits(cpu_seconds=1, seconds=20.0, max_bytes=64 * MIB)


def busy() -> None:
    while True:
        pass


def test_what_is_returned_crosses_whole() -> None:
    data = os.urandom(3 * MIB)
    assert limited_call(lambda: {"data": data, "pid": 0}, SMALL) == {"data": data, "pid": 0}


def test_what_is_raised_is_raised_here() -> None:
    def refuse() -> None:
        raise UnreadableSubmissionError("cannot be read", "digest", ("a note",))

    with pytest.raises(UnreadableSubmissionError, match="cannot be read") as raised:
        limited_call(refuse, SMALL)
    assert (raised.value.digest, raised.value.notes) == ("digest", ("a note",))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (busy, "more than 1 seconds of processor time"),
        (lambda: bytearray(256 * MIB), "more than 64 MiB of memory"),
        (lambda: ctypes.string_at(0), "SIGSEGV"),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "SIGKILL"),
    ],
)
def test_what_takes_too_much_or_crashes_ends_its_own_process(call: object, words: str) -> None:
    before = resource.getrlimit(resource.RLIMIT_DATA), resource.getrlimit(resource.RLIMIT_CPU)
    with pytest.raises(CallLimitError, match=words):
        limited_call(call, SMALL)  # type: ignore[arg-type]  # any call
    assert (resource.getrlimit(resource.RLIMIT_DATA), resource.getrlimit(resource.RLIMIT_CPU)) == before


def test_what_waits_for_ever_is_ended_by_the_clock_and_leaves_no_process() -> None:
    pids = os.pipe()

    def wait() -> None:
        os.write(pids[1], b"%d" % os.getpid())
        time.sleep(600)

    with pytest.raises(CallLimitError, match=r"more than 0\.3 seconds"):
        limited_call(wait, CallLimits(cpu_seconds=1, seconds=0.3, max_bytes=MIB))
    assert not Path(f"/proc/{int(os.read(pids[0], 20))}").exists()


def test_a_call_is_answered_where_ended_processes_are_not_waited_for() -> None:
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert limited_call(lambda: 7, SMALL) == 7
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_reading_within_limits_gives_what_reading_gives(tmp_path: Path) -> None:
    course = read_assignment(build(tmp_path))
    mine = tmp_path / "mine"
    lay(mine, {"stats.py": STATS, "scale.py": SCALE})
    whole = read_submission(mine, course.assignment, course.provided)
    assert limited.read_limited(mine, course.assignment, course.provided) == whole


def test_a_submission_that_takes_too_long_to_read_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limited, "READING", SMALL)
    sentence = "submission mine cannot be read: reading it took more than 1 seconds of processor time"
    with pytest.raises(UnreadableSubmissionError) as raised:
        limited.within_limits(tmp_path / "mine", busy)
    assert str(raised.value) == sentence


def test_a_bug_over_one_submission_stays_one(tmp_path: Path) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(JudgingError, match=r"grade itself fails over submission mine \(ZeroDivisionError\)"):
        limited.within_limits(tmp_path / "mine", fail)


def test_what_cannot_be_graded_is_told_as_ever(tmp_path: Path) -> None:
    course = read_assignment(build(tmp_path))
    with pytest.raises(SubmissionError, match="does not exist"):
        limited.read_limited(tmp_path / "nothing", course.assignment, course.provided)


def test_a_reader_reads_what_is_named_from_the_folder_where_it_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = read_assignment(build(tmp_path))
    with closing(limited.SubmissionReader(course.assignment, course.provided)) as reader:
        for name in ("first", "second", "third"):
            folder = tmp_path / name
            lay(folder / "mine", {"stats.py": STATS, "scale.py": f"{SCALE}\n# {name}\n"})
            monkeypatch.chdir(folder)
            assert reader.read(Path("mine")) == read_submission(Path("mine"), course.assignment, course.provided)
        with pytest.raises(SubmissionError, match="does not exist"):
            reader.read(Path("nothing"))


def test_a_reader_that_was_ended_by_one_submission_reads_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = read_assignment(build(tmp_path))
    mine = tmp_path / "mine"
    lay(mine, {"stats.py": STATS, "scale.py": SCALE})
    read = limited.read_submission

    def read_or_die(path: Path, *rest: Any) -> Submission:  # noqa: ANN401  # whatever reading is given
        if path.name == "deadly":
            os.kill(os.getpid(), signal.SIGKILL)
        return read(path, *rest)

    monkeypatch.setattr(limited, "read_submission", read_or_die)
    with closing(limited.SubmissionReader(course.assignment, course.provided)) as reader:
        whole = reader.read(mine)
        for _ in range(2):
            with pytest.raises(UnreadableSubmissionError, match=r"submission deadly cannot be read: .*SIGKILL"):
                reader.read(tmp_path / "deadly")
            assert reader.read(mine) == whole
