"""Read a submission within limits: what is handed in may cost its own reading, and nobody else's time or memory."""

from __future__ import annotations

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
