"""What one driver call gave, and how it failed. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from grader.model.status import Status

Value: TypeAlias = "bool | int | float | str | np.ndarray | list[Value] | tuple[Value, ...] | dict[str, Value] | None"
"""What may cross from the worker to the judge: plain data, never an object with behaviour."""
NOT_ISOLATED = "not isolated"
"""The one entry of `Provenance.isolation` where the code ran with everything that its user may do."""
CONSENT = "I trust every submission"
"""What a caller says to have other people's code run so."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a traceback, in a file of the submission."""

    file: str
    line: int
    function: str


@dataclass(frozen=True, slots=True)
class BrokenFile:
    """Why a file does not compile. `line` and `column` count from 1; 0 when the compiler gave none."""

    message: str
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What the course's code got back last from the submission before it failed; the `count`-th that it got."""

    count: int
    file: str
    function: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureReport:
    """Why a driver call gave no value, as facts that nobody has put into words yet.

    `cause` is what was seen from outside, to complete "the code ..."; `ran` is false where it was not called, and the
    cause then completes "not run: ..."; it `is_barred` where it waits for a function that gave no answer. All else was
    told by the worker, where a submission can say what it likes.
    `returned` is there where the course's code failed on what it got; `variables` are names and what they held at the
    deepest line.
    """

    status: Status
    cause: str = ""
    exception: str = ""
    text: str = ""
    frames: tuple[Frame, ...] = ()
    ran: bool = True
    is_barred: bool = False
    returned: Returned | None = None
    variables: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a driver call gave no value, in words.

    `message` is ours and safe to show; `text` is the exception's own and may carry hidden inputs, as `variables` may.
    `is_reworded` tells that the message says what the text says, in other words, `is_barred` that the call was not made
    since it waits for a function that gave no answer.
    """

    status: Status
    message: str
    exception: str = ""
    text: str = ""
    frames: tuple[Frame, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    is_reworded: bool = False
    is_barred: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A forbidden operation that was seen beside the code that called it: evidence, where a submission can reach it.

    `entry` is what of the rubric it falls under; `frames` are those of the student's files, innermost first, and none
    where the course's drivers, or a thread, called it as it was handed to them.
    """

    entry: str
    name: str
    count: int
    frames: tuple[Frame, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LackingName:
    """A name that a file imports, by a worker's account, and that the library lacks in the version installed.

    `is_asked_for` says that the driver asked for the file, and not another file of the submission.
    """

    file: str
    line: int
    name: str
    is_asked_for: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What one driver call gave: a value, or a failure. Never both."""

    value: Value = None
    failure: FailureReport | None = None
    printed: str = ""
    warned: str = ""
    cpu_seconds: float = 0.0
    operations: tuple[Operation, ...] = ()
    lacking: tuple[LackingName, ...] = ()
