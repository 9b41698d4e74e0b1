"""What the judge's side asks of a worker process, whichever way it was started."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from grader.model.observation import LackingName, Operation
from grader.sandbox.host.captured_output import CapturedOutput
from grader.sandbox.host.exit_status import NoReply
from grader.sandbox.host.frame_reader import FrameReader
from grader.sandbox.host.traces import Traces
from grader.sandbox.protocol import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRequest:
    """A driver call: what the worker is told with it, its frame, and the processor seconds that it may take."""

    order: dict[str, object]
    call: bytes
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CallReply:
    """What came of a request: the reply or why there is none, what was printed, processor seconds, the reply's size.

    `operations` are the forbidden ones that were recorded in it, `lacking` the names that a library lacked.
    """

    reply: Message | NoReply
    output: CapturedOutput
    cpu_seconds: float
    reply_bytes: int
    operations: tuple[Operation, ...] = ()
    lacking: tuple[LackingName, ...] = ()


class WorkerProcess(Protocol):
    """One worker, from start to end. It serves one submission.

    It `is_orphaned` where its fork server ended, and it with it: nothing that the submission is to blame for. Nor is it
    where the worker ended because it `lacks_modules`, which `Server.import_late` gives later ones.
    """

    reader: FrameReader
    is_orphaned: bool
    lacks_modules: bool

    @property
    def peak_bytes(self) -> int:
        """The most resident memory that it had; 0 before it has ended, and where nobody can tell."""

    def ask(self, kind: str, body: object, seconds: float, call: bytes = b"") -> CallReply:
        """Send one request, "load" or "call", and wait for its one reply; a worker that gives none is ended.

        `seconds` are processor seconds; wall time is allowed twice that and a second. `call` is the frame of the driver
        call that "call" is about, sent behind it.
        """

    def call_batch(
        self, requests: Sequence[CallRequest], seconds: float, is_last: Callable[[Message], bool]
    ) -> list[CallReply]:
        """Make several calls, one after the other; return an entry for each from the first on.

        It ends early with a call that gets no reply or one that `is_last`, and when the processor seconds that all of
        them may take are used up. A worker that has not replied to all of them may have been ended.
        """

    def cpu_seconds(self) -> float:
        """Read the worker's processor time."""

    def traces(self) -> Traces | None:
        """Look at what a call may leave behind outside the worker's memory; None where nobody can tell."""

    def kill(self) -> None:
        """End the worker and wait until it is gone."""
