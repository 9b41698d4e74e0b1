"""Read a submission within limits: what is handed in may cost its own reading, and nobody else's time or memory."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from grader.errors import CallLimitError, UnreadableSubmissionError, over_one_submission
from grader.model.assignment import Assignment
from grader.sandbox.host.limited_call import MIB, CallLimits, limited_call
from grader.sandbox.host.limited_process import LimitedProcess
from grader.submissions.members import visible
from grader.submissions.read import Submission, read_submission

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

# The largest honest ones, of many megabytes of notebooks or checkpoints, take less than two seconds and 500 MiB.
READING: Final = CallLimits(cpu_seconds=20, seconds=180.0, max_bytes=1024 * MIB)


def read_limited(path: Path, assignment: Assignment, provided: Mapping[str, str]) -> Submission:
    """Read a submission as `read_submission` does, in a process of its own that is ended where it takes too much.

    Raises:
        UnreadableSubmissionError: none of its code can be read, or reading it takes too much.
        SubmissionError: it cannot be graded for another reason; the text says why in one sentence.
        JudgingError: a bug of ours came up over it.
    """
    return within_limits(path, partial(read_submission, path, assignment, provided))


def within_limits(path: Path, read: Callable[[], Answer]) -> Answer:
    """Call what reads a submission, in a process of its own that is ended where it takes too much.

    Raises:
        UnreadableSubmissionError: it takes too much, or ends the process.
        GradeError: raised by what is called.
    """
    with named_over_limits(path):
        return limited_call(partial(named_over_bugs, path, read), READING)


def reading_process(read: Callable[[Asked], Answer]) -> LimitedProcess[Asked, Answer]:
    """Start a process that reads one submission after another, each within the limits: before this one has threads."""
    return LimitedProcess(read, READING)


class SubmissionReader:
    """Reads submissions of one assignment, each as `read_limited` does.

    The first is read in a process that is forked for it, as whoever grades one wants it. The others are read in one
    process that stays: a fork for each takes ten times the processor time of reading. It is started where this process
    has one thread.
    """

    def __init__(self, assignment: Assignment, provided: Mapping[str, str]) -> None:
        self._assignment, self._provided = assignment, provided
        self._process: LimitedProcess[tuple[Path, str], Submission] | None = None
        self._owner = os.getpid()  # a fork must not ask through the same pipes
        self._lock = threading.Lock()
        self._has_read = False

    def read(self, path: Path) -> Submission:
        """Read a submission; raises what `read_limited` raises."""
        if os.getpid() != self._owner or not self._lock.acquire(blocking=False):
            return read_limited(path, self._assignment, self._provided)
        try:
            if self._process is None and self._has_read and threading.active_count() == 1:
                self._process = reading_process(self._read)
            self._has_read = True
            if self._process is None:
                return read_limited(path, self._assignment, self._provided)
            with named_over_limits(path):
                return self._process.call((path, str(Path.cwd())))
        finally:
            self._lock.release()

    def close(self) -> None:
        """End the process; who reads all the same has one forked for each."""
        if self._process is not None and os.getpid() == self._owner:
            self._process.close()

    def _read(self, asked: tuple[Path, str]) -> Submission:
        path, folder = asked
        os.chdir(folder)  # where whoever asks is now
        return named_over_bugs(path, partial(read_submission, path, self._assignment, self._provided))


@contextmanager
def named_over_limits(path: Path) -> Iterator[None]:
    """Raise UnreadableSubmissionError with its name where reading a submission takes too much."""
    try:
        yield
    except CallLimitError as error:
        said = f"submission {_label(path)} cannot be read: reading it {error}"
        raise UnreadableSubmissionError(said, notes=(said,)) from None


def named_over_bugs(path: Path, read: Callable[[], Answer]) -> Answer:
    """Call what reads a submission; a bug of ours is raised as a JudgingError with its name."""
    with over_one_submission(_label(path)):
        return read()


def _label(path: Path) -> str:
    return visible(path.name or str(path))
