"""Read files of predictions, one line for each sample: a label, or a mask as run lengths.

Drivers call it, beside the student's code. It hands back what the lines hold, and where the first one is wrong; the
judge checks all of it again (`grader.authoring.predictions`) and alone knows what is right.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from grader.model.observation import Value

MAX_BYTES: Final = 16 << 20
MAX_FOUND: Final = 40  # characters of a line in a message
SEPARATORS: Final = (b",", b";", b"\t")
"""What may stand between the fields of a table."""

_LABEL: Final = re.compile(rb"[+-]?\d{1,18}")
_DECIMAL: Final = re.compile(rb"[+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,2})?")  # all of them finite
_NO_RUN: Final = re.compile(rb"[^\d \t]|\d{10}")
_WORD: Final = re.compile(rb"[^ \t]*")
_NEGATIVE: Final = re.compile(rb"-\d{1,18}")
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

# Python looks a codec up when it is first asked for, which a worker without files could not.
for _name in ("utf-16", "utf-8", "ascii"):
    codecs.lookup(_name)


@dataclass(slots=True)
class _Reading:
    """What was read of a file: values line by line, and the first fault."""

    values: list[np.ndarray] = field(default_factory=list)
    fault: dict[str, Value] = field(default_factory=dict)
    faults: int = 0

    def note(self, line: int, kind: str, found: bytes) -> None:
        """Note a line that is not as expected."""
        self.faults += 1
        if not self.fault:
            shown = found[: 4 * MAX_FOUND].decode("utf-8", "backslashreplace")
            self.fault = {"line": line, "kind": kind, "found": shown[:MAX_FOUND]}


def read_labels(data: bytes, lines: int, *, column: str = "") -> dict[str, Value]:
    """Read one whole number a line.

    A byte order mark, either end of line, blanks around a number and empty lines at the end are no faults.

    Args:
        data: The file.
        lines: How many lines are expected; of more, only the number is told.
        column: The heading that the numbers stand under, where the file is a table with headings in its first line.

    Returns:
        `values`, shape (N,), int64, those of the lines before the first fault; `fault`, empty or with `line`, `kind`
        and `found`; `faults`, how many lines have one.
    """
    reading = _read(data, lines, _label, column)
    values = np.concatenate(reading.values) if reading.values else np.zeros(0, np.int64)
    return {"values": values, "fault": reading.fault, "faults": reading.faults}


def read_numbers(data: bytes, lines: int, *, column: str = "") -> dict[str, Value]:
    """Read one finite number a line, such as 3, -0.25 or 1e-3.

    Args:
        data: The file.
        lines: How many lines are expected.
        column: As `read_labels` takes it.

    Returns:
        `values`, shape (N,), float64; `fault` and `faults` as `read_labels` has them.
    """
    reading = _read(data, lines, _decimal, column)
    values = np.concatenate(reading.values) if reading.values else np.zeros(0)
    return {"values": values, "fault": reading.fault, "faults": reading.faults}


def read_masks(data: bytes, lines: int, pixels: int) -> dict[str, Value]:
    """Read one mask a line: lengths of runs that alternate, beginning with zeros, and add up to `pixels`.

    Args:
        data: The file.
        lines: How many lines are expected; of more, only the number is told.
        pixels: The pixels of a mask, row by row.

    Returns:
        `runs`, shape (R,), int32, and `counts`, shape (N,), int32, how many of them each line has, for the lines before
        the first fault; `fault` and `faults` as `read_labels` has them.
    """
    reading = _read(data, lines, lambda text: _runs(text, pixels))
    runs = np.concatenate(reading.values) if reading.values else np.zeros(0, np.int64)
    counts = np.array([len(line) for line in reading.values], np.int32)
    return {"runs": runs.astype(np.int32), "counts": counts, "fault": reading.fault, "faults": reading.faults}


_Parsed = tuple[np.ndarray | None, str, bytes]
"""What a line holds, or the kind of its fault and what was found."""


def _read(data: bytes, lines: int, parse: Callable[[bytes], _Parsed], column: str = "") -> _Reading:
    """Read a file line by line; with a column, the first line holds headings and counts as one more."""
    reading = _Reading()
    if len(data) > MAX_BYTES:
        reading.note(0, "large", str(len(data)).encode())
        return reading
    last, empty = 0, 0  # the last line that holds something, and the first empty one since
    field: Callable[[bytes], bytes] = bytes
    lines += bool(column)
    for number, text in enumerate(_lines(data), start=1):
        if number == 1 and column:
            last = number
            found_field = field_of(text, column)
            if found_field is None:
                reading.note(number, "heading", text)
                return reading
            field = found_field
            continue
        if not text:
            empty = empty or number
            continue
        if empty:
            reading.note(empty, "empty", b"")
            empty = 0
        last = number
        if number > lines:
            continue
        values, kind, found = parse(field(text))
        if values is None:
            reading.note(number, kind, found)
        elif not reading.faults:
            reading.values.append(values)
    if last != lines and not reading.faults:
        reading.note(last, "count", b"")
    return reading


def field_of(heading: bytes, column: str) -> Callable[[bytes], bytes] | None:
    """Return what takes a column's field out of a line of a table; None where no heading is called so."""
    for mark in SEPARATORS:
        names = {one.strip(b' \t"').decode("utf-8", "replace"): at for at, one in enumerate(heading.split(mark))}
        if column in names:
            place = names[column]
            return lambda line: ([*line.split(mark), *[b""] * place][place]).strip(b' \t"')
    return None


def _lines(data: bytes) -> Iterator[bytes]:
    """Go through the lines of a file, one at a time, whatever ends them."""
    if data.startswith(_UTF_16):
        data = data.decode("utf-16", "replace").encode("utf-8")
    body = data.removeprefix(codecs.BOM_UTF8)
    if b"\r" in body and b"\n" not in body:
        body = body.replace(b"\r", b"\n")
    for line in io.BytesIO(body):
        yield line.strip(b" \t\r\n")


def _label(text: bytes) -> _Parsed:
    if _LABEL.fullmatch(text):
        return np.array([int(text)], np.int64), "", b""
    return None, "label", text


def _decimal(text: bytes) -> _Parsed:
    if _DECIMAL.fullmatch(text):
        return np.array([float(text)]), "", b""
    return None, "number", text


def _runs(text: bytes, pixels: int) -> _Parsed:
    if wrong := _NO_RUN.search(text):
        start = max(text.rfind(blank, 0, wrong.start()) for blank in (b" ", b"\t")) + 1
        word = _WORD.match(text, start)
        found = b"" if word is None else word[0]
        return None, "negative" if _NEGATIVE.fullmatch(found) else "run", found
    runs = np.fromstring(text, np.int64, sep=" ")
    total = int(runs.sum())
    return (runs, "", b"") if total == pixels else (None, "sum", str(total).encode())
