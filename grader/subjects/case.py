"""A parametrised case of a hidden test after it ran: what the judge knows and what the diagnosis starts from."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from grader.authoring import NotWritten
from grader.authoring.compare import Difference, Mismatch
from grader.errors import BrokenFileError, MachineError
from grader.model import Check, Failure, Status
from grader.subjects.course import ReferenceFailure
from grader.subjects.student import Call, StudentFailure
from grader.subjects.values import leaves

NOT_AN_ANSWER: Final = "what the code returned has not the expected form"


@dataclass(frozen=True, slots=True)
class Case:
    """How one case of a check ended, and the driver calls it made."""

    name: str
    status: Status
    message: str = ""
    detail: str = ""
    calls: tuple[Call, ...] = ()
    failure: Failure | None = None
    differences: tuple[Difference, ...] = ()
    notes: tuple[str, ...] = ()

    def source(self, difference: Difference) -> Call | None:
        """Find the call that gave a wrong array; the last one where the test computed with it."""
        for call in self.calls:
            if any(leaf is difference.got for _, leaf in leaves(call.observation.value)):
                return call
        return self.calls[-1] if self.calls else None


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """What the exception that ended a case means."""

    status: Status
    message: str = ""
    detail: str = ""
    failure: Failure | None = None
    differences: tuple[Difference, ...] = ()


def case_outcome(check: Check, error: BaseException | None, passes_on_the_reference: Callable[[], bool]) -> CaseOutcome:
    """Return what it means that a case of a check ended with an exception, or with none.

    Args:
        check: Its sentence stands in for that of an assertion without one.
        error: What ended the case.
        passes_on_the_reference: Asked where a hidden test broke: it is the test's fault if the reference breaks it too.

    Raises:
        KeyboardInterrupt, SystemExit, MachineError: the error is one of these, and no case's own.
    """
    match error:
        case None:
            return CaseOutcome(Status.PASSED)
        case StudentFailure(failure=failure):
            more = f": {failure.text}" if check.public and _shows_more(failure) else ""
            detail = f"{failure.exception}: {failure.text}"
            return CaseOutcome(failure.status, f"{failure.message}{more}", detail, failure)
        case Mismatch():
            return CaseOutcome(Status.FAILED, str(error), differences=error.differences)
        case NotWritten():
            return CaseOutcome(Status.UNWRITTEN, str(error))
        case AssertionError():
            return CaseOutcome(Status.FAILED, (str(error).splitlines() or [check.says])[0], _traceback(error))
        case ReferenceFailure():
            return CaseOutcome(Status.VOID, "the course's reference fails here: no point is lost by it", str(error))
        case KeyboardInterrupt() | SystemExit() | MachineError():
            raise error
    if passes_on_the_reference():
        return CaseOutcome(Status.FAILED, NOT_AN_ANSWER, _traceback(error))
    return CaseOutcome(Status.VOID, "the hidden test itself is broken: no point is lost by it", _traceback(error))


def _traceback(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def _shows_more(failure: Failure) -> bool:
    """Return whether an exception's own text, which a public check may show, adds to the message."""
    said_already = failure.exception in {BrokenFileError.__name__, ModuleNotFoundError.__name__}
    return failure.status is Status.RAISED and not said_already and failure.text not in failure.message
