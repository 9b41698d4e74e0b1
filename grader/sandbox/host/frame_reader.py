"""What a worker writes, cut into frames: notes on the way, and one reply to each request."""

from __future__ import annotations

from typing import Final

from grader.errors import MachineError, ProtocolError
from grader.model.observation import Frame, LackingName, Operation, Value
from grader.model.status import Status
from grader.sandbox import protocol
from grader.sandbox.host.exit_status import NoReply

MAX_NOTES: Final = 1000
MAX_OPERATIONS: Final = 64  # that are told with one reply
MAX_LACKING: Final = 64  # names that are told with one reply; more are passed over


class FrameReader:
    """The bytes of one worker.

    `notes` are the files that it was busy with, `reply_bytes` the last reply's size. `operations` are the forbidden
    ones that were recorded in the call of the last reply, `lacking` the names that a library lacked in it.
    """

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.reply_bytes = 0
        self.operations: tuple[Operation, ...] = ()
        self.lacking: tuple[LackingName, ...] = ()
        self._told: list[Operation] = []
        self._told_lacking: list[LackingName] = []
        self._bytes = bytearray()
        self._has_replied = False

    def __len__(self) -> int:
        return len(self._bytes)

    def feed(self, chunk: bytes) -> None:
        """Take what was read."""
        self._bytes += chunk

    def has_frame(self) -> bool:
        """Return whether a whole frame was read, or what is none."""
        if len(self._bytes) < protocol.PREFIX.size:
            return False
        try:
            return len(self._bytes) >= protocol.frame_length(self._bytes)
        except ProtocolError:
            return True

    def next_reply(self, number: int) -> protocol.Message | NoReply | None:
        """Take the reply to a request, or why there is none, if it was read; see `next_message` for MachineError."""
        try:
            message = self.next_message()
        except ProtocolError as error:
            return NoReply(Status.DIED, f"gave an answer that cannot be read: {error}")
        if message is None or message.id == number:
            return message
        return NoReply(Status.DIED, "answered a question not asked")

    def next_message(self) -> protocol.Message | None:
        """Take the first whole frame that is no note.

        Raises:
            MachineError: the worker could not be set up. After its first reply the same bytes are a submission's.
            ProtocolError: the bytes are no frame.
        """
        if not self._has_replied and self._bytes.startswith(protocol.SETUP_FAILED):
            raise MachineError(self._bytes.decode("utf-8", "backslashreplace"))
        while len(self._bytes) >= protocol.PREFIX.size:
            length = protocol.frame_length(self._bytes)
            if len(self._bytes) < length:
                return None
            message = protocol.decode(memoryview(self._bytes)[:length])
            del self._bytes[:length]
            if message.kind != "note":
                self._has_replied, self.reply_bytes = True, length
                self.operations, self._told = tuple(self._told), []
                self.lacking, self._told_lacking = tuple(self._told_lacking), []
                return message
            self._take_note(message.body)
        return None

    def _take_note(self, body: Value) -> None:
        match body:
            case ["compile" | "import" as step, str() as path]:
                if step == "compile":
                    self.notes.clear()
                self.notes.append(path)
            case ["imported", str() as path] if path in self.notes:
                self.notes.remove(path)
            case ["operation", str() as entry, str() as name, int() as count, list() as rows] if count > 0:
                frames = tuple(_frame(row) for row in rows)
                self._told.append(Operation(entry=entry, name=name, count=count, frames=frames))
            case ["lacking", str() as path, int() as line, str() as name, bool() as is_asked_for]:
                if len(self._told_lacking) < MAX_LACKING:
                    told = LackingName(file=path, line=line, name=name, is_asked_for=is_asked_for)
                    self._told_lacking.append(told)
            case _:
                raise ProtocolError("a note is malformed")
        if len(self.notes) > MAX_NOTES or len(self._told) > MAX_OPERATIONS:
            raise ProtocolError("too many notes")


def _frame(row: Value) -> Frame:
    match row:
        case [str() as file, int() as line, str() as function]:
            return Frame(file, line, function)
    raise ProtocolError("a note is malformed")
