"""How a call failed, read from what a worker says of it: nothing is believed but its form."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from grader.model.observation import FailureReport, Frame, Returned, Value
from grader.model.status import Status
from grader.sandbox.host.exit_status import NoReply
from grader.sandbox.host.stack_dump import at_the_loop
from grader.sandbox.protocol import MAX_TEXT, Message

MAX_PLACES: Final = 8  # of a traceback, as a worker sends them
MAX_NAME: Final = 200  # characters of a name
MAX_VARIABLES: Final = 40
MAX_HELD: Final = 60  # characters of a variable's name, or of what it held
NO_SOURCES: Final[Mapping[str, str]] = MappingProxyType({})

WORKERS_STATUSES: Final = frozenset({Status.UNWRITTEN, Status.RAISED, Status.OUT_OF_MEMORY, Status.FAILED})
"""Those that a worker may name; the others are found out from outside."""


def is_out_of_memory(reply: Message) -> bool:
    """Return whether a call had no room; the next one may have none because of it."""
    return failure_report(reply).status is Status.OUT_OF_MEMORY


def failure_report(
    reply: Message | NoReply, importing: str | None = None, sources: Mapping[str, str] = NO_SOURCES
) -> FailureReport:
    """Read a failure as the worker tells it, or why it did not reply, and which file it was last seen to import.

    Of where it was when its time was up, places in the submission's `sources` count.
    """
    if isinstance(reply, NoReply):
        last = () if importing is None else (Frame(importing, 0, ""),)
        there = at_the_loop([frame for frame in reply.frames if frame.file in sources], sources)
        return FailureReport(status=reply.status, cause=reply.cause, frames=(*last, *there[-MAX_PLACES:]))
    match reply.body:
        case {
            "status": str() as status,
            "exception": str() as exception,
            "text": str() as text,
            "frames": list() as rows,
            **others,
        }:
            frames = tuple(frame for row in rows[-MAX_PLACES:] if (frame := _frame(row)) is not None)
            if reply.kind == "failure" and status in WORKERS_STATUSES:
                returned = _returned(others.get("returned"))
                return FailureReport(
                    status=Status(status),
                    exception=exception[:MAX_NAME],
                    text=text[:MAX_TEXT],
                    frames=frames,
                    returned=returned,
                    variables=_variables(others.get("variables")),
                )
    return FailureReport(status=Status.DIED, cause="gave an answer of no known kind")


def _returned(row: object) -> Returned | None:
    """Read what the course's code got back last, or nothing if it is malformed."""
    match row:
        case [int() as count, str() as file, str() as function, str() as kind]:
            return Returned(count=count, file=file, function=function[:MAX_NAME], kind=kind[:MAX_NAME])
    return None


def _variables(rows: object) -> tuple[tuple[str, str], ...]:
    """Read names and what they held; rows of any other form are passed over."""
    found = []
    for row in rows[:MAX_VARIABLES] if isinstance(rows, list) else ():
        match row:
            case [str() as name, str() as held]:
                found.append((name[:MAX_HELD], held[:MAX_HELD]))
    return tuple(found)


def _frame(row: Value) -> Frame | None:
    """Read one row of a traceback, or nothing if it is malformed."""
    match row:
        case [str() as file, int() as line, str() as function]:
            return Frame(file, line, function[:MAX_NAME])
    return None
