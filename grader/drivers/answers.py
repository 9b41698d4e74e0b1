"""Answers handed in as rows of a TOML file, read so that a mistyped row costs itself and no other.

Drivers read them, beside the student's code: nothing here is believed by the judge.
"""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Final, TypeAlias, cast

import numpy as np

from grader.drivers.writeups import decoded
from grader.errors import RowError
from grader.model.status import Status

MAX_BYTES: Final = 1 << 16
MOST_NAMES: Final = 100  # that are looked at for a slip of the pen
MAX_SHOWN: Final = 40  # characters of an answer in a sentence

_NUMBER: Final = re.compile(
    r"[+-]?(?:\d{1,30}(?:\.\d{0,30}|/\d{1,30})?|\.\d{1,30})"
)  # Fraction would raise 10 to any power
_FRACTION: Final = re.compile(r"(?:\\[dt]?frac\{)?(\d{1,30})(?:\}\{|\s*/\s*)(\d{1,30})\}?")  # 3 / 2, \frac{3}{2}
_STATEMENT: Final = re.compile(r"\s*(?:(?P<header>\[)|(?P<key>[\w.\"'-]+)[ \t]*=)")
_PLACE: Final = re.compile(r" \(at line (\d+), column \d+\)$")

Problems: TypeAlias = dict[str, list[str]]
"""By what was asked for: the status of a row that holds no answer, and the sentence that says why."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The rows of a file by dotted name, and why some of them cannot be read; `fault` is why none can."""

    rows: Mapping[str, object] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""

    def value(self, name: str) -> object:
        """Return what stands in a row.

        Raises:
            RowError: it is missing or cannot be read.
        """
        if self.fault or name in self.faults:
            raise RowError(Status.FAILED, self.fault or self.faults[name])
        if name in self.rows:
            return self.rows[name]
        # row_3 is no slip of the pen for row_1.
        others = [other for other in (*self.rows, *self.faults) if _without_digits(other) != _without_digits(name)]
        near = difflib.get_close_matches(name, others[:MOST_NAMES], n=1, cutoff=0.8)
        raise RowError(Status.UNWRITTEN, f"is missing; the nearest is {_quoted(near[0])}" if near else "is missing")

    def is_blank(self, names: Iterable[str]) -> bool:
        """Return whether none of these rows holds anything."""
        return not self.fault and all(name not in self.faults and is_empty(self.rows.get(name)) for name in names)


def read_answers(data: bytes) -> Answers:
    """Read the rows of a file: all at once if it is TOML, else statement by statement."""
    if len(data) > MAX_BYTES:
        return Answers(fault=f"cannot be read: the file has {len(data)} bytes, expected at most {MAX_BYTES}")
    try:
        text = decoded(data).replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        return Answers(fault="cannot be read: the file is not UTF-8 text")
    try:
        return Answers(_flat(tomllib.loads(text)))
    except (ValueError, RecursionError):  # integers of thousands of digits are a ValueError too
        return _statement_by_statement(text)


def collected(
    rows: Mapping[str, tuple[str, Callable[[], object]]], read: Callable[[object], object]
) -> tuple[dict[str, object], Problems]:
    """Read what stands in rows, and collect why some of them hold no answer.

    By what is asked for, `rows` have how a sentence names the row, and how to get what stands in it; `read` makes an
    answer of it, or raises `RowError`.
    """
    answers: dict[str, object] = {}
    problems: Problems = {}
    for asked, (name, value) in rows.items():
        try:
            answers[asked] = read(value())
        except RowError as error:
            problems[asked] = [str(error.status), f"{name} {error}"]
    return answers, problems


def number(value: object) -> float:
    """Read a number, or a text with a number or an exact fraction such as 3/2.

    Raises:
        RowError: it is empty, none of these, or not finite.
    """
    if is_empty(value):
        raise RowError(Status.UNWRITTEN, "is empty")
    if isinstance(value, np.ndarray | np.generic) and value.size == 1:
        value = value.item()
    while isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    try:
        if isinstance(value, str):
            written = _FRACTION.sub(r"\1/\2", value.strip().replace("−", "-"))
            found = float(Fraction(written)) if _NUMBER.fullmatch(written) else None
        else:
            is_number = isinstance(value, int | float | Fraction | Decimal) and not isinstance(value, bool)
            found = float(cast("float", value)) if is_number else None
    except (OverflowError, ZeroDivisionError):
        found = None
    if found is None:
        raise RowError(Status.FAILED, f'is {described(value)}, expected a number such as 6, 1.5 or "3/2"')
    if not math.isfinite(found):
        raise RowError(Status.FAILED, f"is {found}, expected a finite number")
    return found


def is_empty(value: object) -> bool:
    """Return whether this is what an unfilled row holds: nothing, a blank text, or a list of such."""
    items = value if isinstance(value, list | tuple) else [value]
    return all(item is None or (isinstance(item, str) and not item.strip()) for item in items)


def described(value: object) -> str:
    """Format what stands in a row where something else was expected."""
    match value:
        case str():
            return f"the text {_quoted(value)}"
        case bool():
            return str(value).lower()
        case list() | tuple():
            return f"a list of {len(value)} item{'' if len(value) == 1 else 's'}"
        case dict():
            return "a table"
        case int() | float():
            return "a number"
        case np.ndarray():
            return f"an array of shape {value.shape}"
    return f"of type {type(value).__name__[:MAX_SHOWN]}"


def _statement_by_statement(text: str) -> Answers:
    rows: dict[str, object] = {}
    faults: dict[str, str] = {}
    table = ""
    lines = text.split("\n")
    found = [(number, match) for number, line in enumerate(lines) if (match := _STATEMENT.match(line))]
    ends = [*(first for first, _ in found[1:]), len(lines)]
    for (first, match), end in zip(found, ends, strict=True):
        if match["header"]:
            table = re.sub(r"[\[\]\s\"']|#.*", "", lines[first])
            continue
        try:
            read = _flat(tomllib.loads("\n".join(lines[first:end])), table)
        except (ValueError, RecursionError) as error:
            faults[".".join(filter(None, (table, match["key"].strip("\"'"))))] = _fault(error, first)
            continue
        for name in rows.keys() & read.keys():
            faults[name] = f"stands there twice, the second time in line {first + 1}"
        rows |= read
    return Answers(rows, faults)


def _fault(error: Exception, first: int) -> str:
    """Format where in the file a statement is no TOML, and in the reader's words why."""
    place = _PLACE.search(str(error))
    why = "nested too deeply" if isinstance(error, RecursionError) else _PLACE.sub("", str(error))
    why = why.removesuffix(" (at end of document)")
    return f"is no TOML in line {first + (int(place[1]) if place else 1)}: {why[:1].lower()}{why[1:120]}"


def _flat(table: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """Name every row by its tables and its key, joined by dots."""
    rows: dict[str, object] = {}
    pending = [(prefix, table)]
    while pending:
        above, inner = pending.pop()
        for key, value in inner.items():
            name = f"{above}.{key}" if above else key
            if isinstance(value, dict):
                pending.append((name, value))
            else:
                rows[name] = value
    return rows


def _without_digits(name: str) -> str:
    return re.sub(r"\d", "", name)


def _quoted(text: str) -> str:
    return repr(text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…")
