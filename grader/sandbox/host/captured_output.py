"""What a submission prints: kept as far as it is shown, counted as far as it goes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

MAX_CALL_BYTES: Final = 64 << 10  # kept of each stream for each call
MAX_UNREAD_BYTES: Final = 1 << 20  # kept of each stream until it is known which call printed it
MAX_PRINTED_BYTES: Final = 16 << 20  # a submission that prints more than this in one call is ended


@dataclass(slots=True)
class CapturedOutput:
    """What one call printed, or several, capped. `count` is how many bytes were read of both streams."""

    out: bytearray = field(default_factory=bytearray)
    err: bytearray = field(default_factory=bytearray)
    count: int = 0

    def text(self, stream: bytearray) -> str:
        """Decode one stream, whatever is in it."""
        return bytes(stream[:MAX_CALL_BYTES]).decode("utf-8", "backslashreplace")

    def cut(self, mark: bytes) -> CapturedOutput | None:
        """Take out what stands before a mark; nothing is taken where one of the streams has no such mark."""
        ends = self.out.find(mark), self.err.find(mark)
        if -1 in ends:
            return None
        taken = CapturedOutput(self.out[: min(ends[0], MAX_CALL_BYTES)], self.err[: min(ends[1], MAX_CALL_BYTES)])
        del self.out[: ends[0] + len(mark)], self.err[: ends[1] + len(mark)]
        self.count = len(self.out) + len(self.err)
        return taken

    def add(self, chunk: bytes, *, is_error: bool) -> None:
        """Add what was read from one of them."""
        self.count += len(chunk)
        stream = self.err if is_error else self.out
        stream += chunk[: max(0, MAX_UNREAD_BYTES - len(stream))]
