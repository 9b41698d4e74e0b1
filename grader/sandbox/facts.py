"""How a call failed, read from what a worker says of it: nothing is believed but its form."""

from __future__ import annotations

import re
from typing import Final

from grader import wire
from grader.failures import Facts
from grader.model import Place, Status, Value
from grader.sandbox.endings import NoAnswer

ANSWER_STATUSES: Final = frozenset({Status.UNWRITTEN, Status.RAISED, Status.OUT_OF_MEMORY, Status.FAILED})


def is_out_of_memory(reply: wire.Message) -> bool:
    """Whether a call had no room; the next one may have none because of it."""
    return facts_of(reply, ()).status is Status.OUT_OF_MEMORY


def facts_of(reply: wire.Message | NoAnswer, notes: tuple[str, ...]) -> Facts:
    """Read a failure as told by the worker, believing only its form."""
    if isinstance(reply, NoAnswer):
        last = tuple(Place(path, 0, "") for path in notes[-1:])
        return Facts(reply.status, what=reply.what, places=last)
    match reply.body:
        case {
            "status": str() as status,
            "exception": str() as exception,
            "text": str() as text,
            "places": list() as rows,
        }:
            places = tuple(place for row in rows if (place := place_of(row)) is not None)
            if reply.kind == "failure" and status in ANSWER_STATUSES:
                return Facts(Status(status), exception=exception, text=text, places=places)
    return Facts(Status.DIED, what="gave an answer of no known kind")


def place_of(row: Value) -> Place | None:
    """Read one traceback row, or nothing if it is malformed."""
    match row:
        case [str() as file, int() as line, str() as function]:
            return Place(file, line, function)
    return None


def targets(call: bytes) -> list[str]:
    """List what a call's inputs name as `package.module:Name` or `folder/file.ending`: a student may be told of it."""
    names = rb'"([\w.]{1,100}:\w{1,100}|[\w./-]{1,100}\.\w{1,10})"'
    return [found.decode("ascii") for found in re.findall(names, call)]
