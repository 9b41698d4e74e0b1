"""What a worker writes, cut into frames: notes on the way, and one answer to each request."""

from __future__ import annotations

from typing import Final

from grader import wire
from grader.errors import MachineError
from grader.model import Value

MAX_NOTES: Final = 1000
SETUP_FAILED: Final = b"setup failed"  # what the fork server writes in place of a first frame


class Inbox:
    """The bytes of one worker. `notes` are the files that it was last busy with; `answer_bytes` the last answer's."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.answer_bytes = 0
        self._bytes = bytearray()
        self._has_answered = False

    def __len__(self) -> int:
        return len(self._bytes)

    def feed(self, chunk: bytes) -> None:
        """Take what was read."""
        self._bytes += chunk

    def has_frame(self) -> bool:
        """Whether a whole frame was read, or what is none."""
        if len(self._bytes) < wire.PREFIX.size:
            return False
        try:
            return len(self._bytes) >= wire.frame_length(self._bytes)
        except wire.WireError:
            return True

    def next_message(self) -> wire.Message | None:
        """Take the first whole frame that is no note.

        Raises:
            MachineError: the worker could not be set up. After its first answer the same bytes are a submission's.
            WireError: the bytes are no frame.
        """
        if not self._has_answered and self._bytes.startswith(SETUP_FAILED):
            raise MachineError(self._bytes.decode("utf-8", "backslashreplace"))
        while len(self._bytes) >= wire.PREFIX.size:
            length = wire.frame_length(self._bytes)
            if len(self._bytes) < length:
                return None
            message = wire.decode(memoryview(self._bytes)[:length])
            del self._bytes[:length]
            if message.kind != "note":
                self._has_answered, self.answer_bytes = True, length
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
            case _:
                raise wire.WireError("a note is malformed")
        if len(self.notes) > MAX_NOTES:
            raise wire.WireError("too many notes")
