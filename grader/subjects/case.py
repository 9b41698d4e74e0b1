"""A parametrised case of a hidden test after it ran: what the judge knows and what the diagnosis starts from."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from grader.authoring import Inconclusive, NotWritten, Unreadable
from grader.authoring.compare import Difference, Mismatch
from grader.errors import BrokenFileError, MachineError
from grader.model.assignment import Check
from grader.model.figure import Figure
from grader.model.observation import Failure
from grader.model.status import Status
from grader.model.values import leaves
from grader.subjects.course import ReferenceFailure
from grader.subjects.course_sentences import MOST_CHARACTERS, CourseSentences
from grader.subjects.hidden_differences import told_mismatch
from grader.subjects.student import Call, StudentFailure

NOT_AN_ANSWER: Final = "what the code returned has not the expected form"
NOT_WRITTEN: Final = "not written yet"
REFERENCE_FAILS: Final = "the course's reference fails here: its points are open until that is mended"
TEST_IS_BROKEN: Final = "the hidden test itself is broken: its points are open until that is mended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """How one case of a check ended, the driver calls it made, what it measured and what it shows.

    `unwritten_at` is the file and the line at which it was found to be unwritten.
    `has_no_answer` tells of one that came to nothing that could be compared: that says nothing of right and wrong.
    """

    name: str
    status: Status
    message: str = ""
    detail: str = ""
    calls: tuple[Call, ...] = ()
    failure: Failure | None = None
    differences: tuple[Difference, ...] = ()
    notes: tuple[str, ...] = ()
    measured: float | None = None
    figure: Figure | None = None
    has_no_answer: bool = False
    unwritten_at: tuple[str, int] | None = None

    @property
    def shown_status(self) -> Status:
        """Return how a check ended whose first case that did not pass this is: it waits where that was not run."""
        return Status.BLOCKED if self.failure is not None and self.failure.is_barred else self.status

    def source(self, difference: Difference) -> Call | None:
        """Find the call that gave a wrong array; the last one where the test computed with it."""
        return self.exact_source(difference) or (self.calls[-1] if self.calls else None)

    def exact_source(self, difference: Difference) -> Call | None:
        """Find the call that gave a wrong array as it is; None where the test computed with it."""
        for call in self.calls:
            if any(leaf is difference.got for _, leaf in leaves(call.observation.value)):
                return call
        return None


def ended_case(
    check: Check,
    name: str,
    error: BaseException | None,
    *,
    calls: tuple[Call, ...] = (),
    notes: tuple[str, ...] = (),
    sentences: CourseSentences,
    measured: float | None = None,
    figure: Figure | None = None,
    asks_code: bool = True,
    passes_on_the_reference: Callable[[], bool],
) -> Case:
    """Return a case of a check that an exception ended, or none.

    The check's sentence stands in for that of an assertion without one. Of a check that is not public a message holds
    the words of the course and short numbers alone, whatever an answer brought: `sentences` are the course's. Where the
    case `asks_code` of the submission for nothing, an answer can bring no hidden inputs, and what stands in a file that
    was handed in is quoted; a figure is shown only then, and one of images of public checks alone, whatever becomes of
    the case. Whether the case passes on the reference is asked before a failure counts: what the reference would repeat
    is the course's fault.

    Raises:
        KeyboardInterrupt, SystemExit, MachineError, MemoryError: the error is one of these, and no case's own.
    """

    def told(sentence: str) -> str:
        return sentence[:MOST_CHARACTERS] if tells_answers else sentences.told(sentence)

    tells_answers = check.public or not asks_code
    is_shown = figure is not None and (check.public or (tells_answers and not (figure.images or figure.lines)))

    ended = partial(
        Case,
        name=name,
        calls=calls,
        notes=tuple(filter(None, map(told, notes))),
        figure=figure if is_shown else None,
        has_no_answer=isinstance(error, StudentFailure | NotWritten | Unreadable),
    )
    if isinstance(error, Inconclusive):
        return ended(status=Status.BLOCKED, message=str(error))
    if error is not None and is_repeatable(error) and not passes_on_the_reference():
        return ended(status=Status.VOID, message=REFERENCE_FAILS, detail=_traceback(error))
    match error:
        case None:
            return ended(status=Status.PASSED, measured=measured)
        case StudentFailure(failure=failure):
            more = f": {failure.text}" if check.public and _shows_more(failure) else ""
            message, detail = f"{failure.message}{more}", f"{failure.exception}: {failure.text}"
            deepest = failure.frames[-1] if failure.frames and failure.status is Status.UNWRITTEN else None
            place = None if deepest is None else (deepest.file, deepest.line)
            return ended(status=failure.status, message=message, detail=detail, failure=failure, unwritten_at=place)
        case Mismatch():
            message, whole = (str(error) if check.public else told_mismatch(error)), str(error)
            detail = "" if message == whole else whole
            return ended(status=Status.FAILED, message=message, detail=detail, differences=error.differences)
        case NotWritten():
            message = told(str(error))
            detail = "" if message == str(error) else str(error)
            return ended(status=Status.UNWRITTEN, message=message or NOT_WRITTEN, detail=detail)
        case AssertionError():
            sentence, *_ = str(error).splitlines() or [check.description]
            message = sentence if sentence == check.description else told(sentence) or check.description
            return ended(status=Status.FAILED, message=message, detail=_traceback(error))
        case ReferenceFailure() if error.is_final or not passes_on_the_reference():
            return ended(status=Status.VOID, message=REFERENCE_FAILS, detail=str(error))
        case ReferenceFailure():  # it was given what the submission had answered
            return ended(status=Status.FAILED, message=NOT_AN_ANSWER, detail=str(error))
        case KeyboardInterrupt() | SystemExit() | MachineError() | MemoryError():
            raise error
    if passes_on_the_reference():
        return ended(status=Status.FAILED, message=NOT_AN_ANSWER, detail=_traceback(error))
    return ended(status=Status.VOID, message=TEST_IS_BROKEN, detail=_traceback(error))


def is_repeatable(error: BaseException) -> bool:
    """Return whether what ended a case could be the course's fault, and the reference can be asked.

    Who was stopped from outside is not followed: nothing bounds the time and the memory of the reference.
    """
    if isinstance(error, StudentFailure):
        return error.failure.status in {Status.RAISED, Status.UNWRITTEN, Status.FAILED}
    return isinstance(error, AssertionError)


def _traceback(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def _shows_more(failure: Failure) -> bool:
    """Return whether an exception's own text, which a public check may show, adds to the message."""
    # Of an import that fails the text also names a file of this machine.
    said_already = failure.exception in {BrokenFileError.__name__, ModuleNotFoundError.__name__, ImportError.__name__}
    is_theirs = failure.status is Status.RAISED and bool(failure.frames)
    return is_theirs and not said_already and not failure.is_reworded and failure.text not in failure.message
