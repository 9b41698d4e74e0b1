"""Every error that `grade` raises on purpose, as one tree: whose move it is, and which exit code says so.

    GradeError
    ├── UsageError                 the caller's move: exit 2
    │   ├── NoCourseError
    │   ├── UnknownAssignmentError
    │   ├── GradebookError
    │   └── FormatError            text or bytes from outside; mostly caught and completed where they were read
    │       ├── MomentError, ResultError, MetadataError, WorksheetError, MarkError, FormTooLargeError
    │       └── NotPythonError, WriteUpError, RowError
    ├── SubmissionError            what was handed in cannot be graded: exit 2
    │   ├── UnreadableSubmissionError  it is there and none of its code can be read: exit 1
    │   └── NothingHandedInError       there is nothing of the assignment in it
    ├── JudgingError               a bug of ours over one submission, which has no score: exit 3
    ├── UnreadableError            one file of it: caught where the submission is read
    │   └── TooLargeError
    ├── CourseError                the author's move: exit 3
    │   ├── RepeatedVoidError      a run stops over it, and what was graded before is kept
    │   └── StubError              the markers of a solution
    ├── MachineError               the operator's move: exit 3
    ├── InterruptedRunError        the operator's move, and what was graded before is kept: exit 3
    │   ├── ClusterError
    │   ├── GradebookLostError
    │   └── OutputError
    └── between our own processes, never shown as they are
        ├── ProtocolError, UnsendableError
        ├── ConfinementError
        ├── ProcessDiedError, DroppedError, CallLimitError
        ├── MissingError, FatalFileError, BrokenFileError
        ├── DriverError            a hidden test asks by what is no driver: its case is void, as its other faults are
        └── OverBudgetError       no Exception, since what it ends must not catch it

What ends a case of a hidden test (`Mismatch`, `NotWritten`, `StudentFailure`, `ReferenceFailure`) is no error but an
outcome, and stands with what judges it. Nothing here imports anything of ours: both sides of the sandbox may use it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """How the command `grade` ends."""

    ALL_PASSED = 0
    NOT_ALL_PASSED = 1
    USAGE = 2
    BROKEN = 3


class GradeError(Exception):
    """Something that `grade` cannot do; the text is one sentence for whoever's move it is.

    `prefix` stands before the text where it is printed. After an error that is `resumable` the command `go_on` goes on,
    where it is empty the same again.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.BROKEN
    prefix: ClassVar[str] = ""
    resumable: ClassVar[bool] = False
    go_on: str = ""


class UsageError(GradeError):
    """Something about the call: the caller's move."""

    exit_code = ExitCode.USAGE


class NoCourseError(UsageError):
    """No course folder was found."""


class UnknownAssignmentError(UsageError):
    """No assignment has this name; the text offers the nearest names."""


class GradebookError(UsageError):
    """A gradebook cannot be used as asked."""


class FormatError(UsageError, ValueError):
    """Text or bytes from outside are not what they should be; the text ends a sentence that names where they stand."""


class MomentError(FormatError):
    """A text says no time, or no extension."""


class ResultError(FormatError):
    """A document is not a result; the text says where it departs, what it holds and what was expected."""


class MetadataError(FormatError):
    """Gradescope's metadata cannot be used."""


class WorksheetError(FormatError):
    """A worksheet of a learning platform cannot be filled."""


class MarkError(FormatError):
    """What a marker typed is no mark."""


class FormTooLargeError(FormatError):
    """A form sent by a browser is larger than any that `grade review` makes."""


class NotPythonError(FormatError):
    """A cell of a notebook is not Python."""


class WriteUpError(FormatError):
    """A write-up cannot be read; the text ends a sentence that begins with the file's name."""


class RowError(FormatError):
    """A row holds no answer; the text ends a sentence that begins with the row's name. `status` is a check's."""

    def __init__(self, status: str, text: str) -> None:
        super().__init__(text)
        self.status = status


class ExpressionError(FormatError):
    """A text is no formula that can be compared. `problem` is a word of `grader.model.expression`."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class SubmissionError(GradeError):
    """What was handed in cannot be graded: the caller's move. The text is one sentence."""

    exit_code = ExitCode.USAGE


class UnreadableSubmissionError(SubmissionError):
    """None of the code that was handed in can be read: it has no score, and a person has to look.

    `digest` is the hash of its bytes, once those were seen, and `notes` say what is wrong with each file.
    """

    exit_code = ExitCode.NOT_ALL_PASSED

    def __init__(self, sentence: str, digest: str = "", notes: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.digest = digest
        self.notes = notes

    def __reduce__(self) -> tuple[type[UnreadableSubmissionError], tuple[str, str, tuple[str, ...]]]:
        return type(self), (str(self), self.digest, self.notes)  # as of a CourseError


class NothingHandedInError(SubmissionError):
    """Nothing of the assignment was handed in, whatever else was."""


class JudgingError(GradeError):
    """Grading one submission ended in a bug of ours: it has no score, and a person has to look. Others are graded."""

    prefix = "not graded: "


class UnreadableError(GradeError):
    """One file cannot be read; the text ends a sentence that begins with the file's name."""

    exit_code = ExitCode.USAGE


class TooLargeError(UnreadableError):
    """One file is larger than is read."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a course: in which file, under which key, and what was expected."""

    file: str
    key: str
    message: str

    def __str__(self) -> str:
        return ": ".join(filter(None, (self.file, self.key, self.message)))


class CourseError(GradeError):
    """The course is broken: its author's move. Carries every problem found."""

    prefix = "the course needs repair:\n"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems

    def __reduce__(self) -> tuple[type[CourseError], tuple[object, ...]]:
        return type(self), (self.problems,)  # an exception is pickled with its text, which is not what it is made of


class RepeatedVoidError(CourseError):
    """Results of a run are void, and the reference fails too: no result would count before the course is mended."""

    prefix = "the run stops, since the course needs repair: the reference fails too, without any student's code:\n"
    resumable = True


class StubError(CourseError):
    """The markers of a solution make no stub. `sentences` name each with its file, from `solution/`, and its line."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = tuple(sentences)
        super().__init__(tuple(Problem("", "", sentence) for sentence in self.sentences))

    def __reduce__(self) -> tuple[type[StubError], tuple[tuple[str, ...]]]:
        return type(self), (self.sentences,)  # as of a CourseError


class MachineError(GradeError):
    """The sandbox could not be set up: the machine's move, never charged to a student."""

    prefix = "this machine cannot grade: "


class InterruptedRunError(GradeError):
    """A run over a class cannot go on: the operator's move. What was graded before is kept."""

    resumable = True


class ClusterError(InterruptedRunError):
    """The machines of a cluster cannot be reached, or cannot grade."""

    prefix = "the cluster cannot grade: "


class GradebookLostError(InterruptedRunError):
    """A gradebook that was in use is full or gone."""


class OutputError(InterruptedRunError):
    """Reports cannot be written."""


class DriverError(TypeError):
    """A hidden test asks by something that is no driver, or hands over an input without a name."""


class ProtocolError(GradeError):
    """Bytes are no frame of the protocol, or more than is read."""


class UnsendableError(GradeError):
    """A value cannot cross between judge and worker; the text says which part of it, and why."""


class ConfinementError(GradeError):
    """A layer of isolation cannot be put in force: the machine's move, never charged to a student."""

    def __init__(self, layer: str, reason: str) -> None:
        super().__init__(f"{layer}: {reason}")
        self.layer = layer
        self.reason = reason


class ProcessDiedError(GradeError):
    """A process of a batch ended over what it had in hand; `is_over_budget` where that took more time than it may."""

    def __init__(self, text: str, *, is_over_budget: bool = False) -> None:
        super().__init__(text)
        self.is_over_budget = is_over_budget


class CallLimitError(GradeError):
    """A call in a process of its own took more than it may, or ended it; the text ends a sentence about its subject."""


class OverBudgetError(BaseException):
    """Judging a submission took more of the judge's time or memory than it may; the text is one sentence."""


class DroppedError(GradeError):
    """What was asked for is not done any more, since the run ends."""


class MissingError(GradeError):
    """A file or a name that the assignment asks for is not there; the text says which."""


class BarredError(BaseException):
    """Raised in place of calling a function that gave no answer before; the text is its file and its first line."""


class FatalFileError(GradeError):
    """Raised in place of executing a file that ended an earlier process; the text is its path."""


class BrokenFileError(GradeError, SyntaxError):
    """Raised when a file that does not compile is imported."""


INTERNAL = (ProtocolError, UnsendableError, ConfinementError, UnreadableError)
"""Errors of ours that somebody should have caught and put into a sentence."""


@contextmanager
def over_one_submission(label: str) -> Iterator[None]:
    """Turn a bug of ours that comes up inside the block into an error that is about this submission alone.

    Raises:
        JudgingError: anything was raised there that nobody has put into a sentence; it is the cause.
    """
    try:
        yield
    except INTERNAL as error:
        raise JudgingError(_bug_sentence(label, error)) from error
    except GradeError:
        raise
    except Exception as error:  # whatever it is: nobody else in the class is to pay for it
        raise JudgingError(_bug_sentence(label, error)) from error


def _bug_sentence(label: str, error: Exception) -> str:
    text = " ".join(str(error).split())[:200]
    said = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return f"grade itself fails over submission {label} ({said}): it has no score, and a person has to look at it"
