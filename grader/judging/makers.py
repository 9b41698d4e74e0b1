"""Which function of a submission made the wrong value of a check: its file and line, for who looks for the fault.

A worker tells it, where a submission can say what it likes: what is no definition in its files is passed over.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from grader.course.gap_names import defined_functions
from grader.model.assignment import Check
from grader.model.observation import Frame, Value
from grader.model.status import Status
from grader.model.values import leaves
from grader.sandbox.host.session import Session
from grader.subjects.case import Case
from grader.subjects.recordings import seed_of
from grader.subjects.student import Call

CALL_SECONDS: Final = 0.5  # of processor time, for one call that is made again
MOST_CALL_SECONDS: Final = 0.1  # that a call took which is made again
SUBMISSION_SECONDS: Final = 1.0  # for all checks


def makers_of(checks: Iterable[Check], outcomes: Mapping[str, Sequence[Case]], session: Session) -> dict[str, Frame]:
    """Return the definition of what made the first wrong value of each check that failed on one.

    Where several functions may have, none is named. Hidden checks come first: a worker that has seen hidden inputs
    may still be there for them.
    """
    found: dict[str, Frame] = {}
    ends = time.monotonic() + SUBMISSION_SECONDS
    for check in sorted(checks, key=lambda one: one.public):
        cases = outcomes.get(check.name, ())
        if time.monotonic() > ends:
            break
        wrong = next((case for case in cases if case.status is not Status.PASSED), None)
        if wrong is not None and wrong.status is Status.FAILED and wrong.differences:
            maker = _maker(wrong, session, public=check.public)
            if maker is not None:
                found[check.name] = maker
    return found


def _maker(case: Case, session: Session, *, public: bool) -> Frame | None:
    difference = case.differences[0]
    call = case.exact_source(difference)
    asked = [call] if call is not None else [*case.calls]
    if not asked or sum(one.observation.cpu_seconds for one in asked) > MOST_CALL_SECONDS:
        return None
    named: set[Frame | None] = set()
    for one in asked:
        rows = _rows(one, session, public=public)
        values = [leaf for _, leaf in leaves(one.observation.value)]
        if len(rows) != len(values):
            return None
        exact = [row for row, leaf in zip(rows, values, strict=True) if leaf is difference.got]
        named |= {_frame(row, session) for row in exact or rows}
    return named.pop() if len(named) == 1 else None


def _rows(call: Call, session: Session, *, public: bool) -> list[Value]:
    return session.makers(call.identity, CALL_SECONDS, seed_of(call.identity), public=public)


def _frame(row: Value, session: Session) -> Frame | None:
    """Read a row; None where it names no definition in a file of the student's."""
    match row:
        case [str() as file, int() as line, str() as name] if file in session.sources.keys() - session.provided:
            for one in defined_functions(session.sources[file]):
                if one.first == line and one.name.rpartition(".")[2] == name:
                    return Frame(file, one.line, one.name)
    return None
