"""Whether a smaller case fails as the case that was judged did: at the same output, or at the same line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from grader.authoring.compare import Difference, DifferenceKind, Mismatch
from grader.model.observation import Failure
from grader.model.status import Status
from grader.subjects.case import Case
from grader.subjects.student import StudentFailure


def is_alike(error: BaseException, case: Case) -> bool:
    """Return whether something ends a smaller case as it ended the one that was judged."""
    if isinstance(error, StudentFailure):
        own, judged = error.failure, case.failure
        return judged is not None and (own.status, own.exception, _place(own)) == (
            judged.status, judged.exception, _place(judged),
        )  # fmt: skip
    if isinstance(error, Mismatch):
        return not _faults(error.differences).isdisjoint(_faults(case.differences))
    is_plain = type(error) is AssertionError
    return is_plain and case.status is Status.FAILED and case.failure is None and not case.differences


def _place(failure: Failure) -> tuple[Any, ...]:
    return (failure.frames[-1].file, failure.frames[-1].line) if failure.frames else ()


def _faults(found: Iterable[Difference]) -> set[tuple[str, bool]]:
    """Name what differs, and whether in its values: one that is not finite is a wrong value."""
    return {(one.name, one.kind in {DifferenceKind.VALUE, DifferenceKind.NAN}) for one in found}
