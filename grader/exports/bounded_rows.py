"""Rows of a JSON document in the room that a platform gives it: what the last of them say goes first. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from grader.results.codec import Json, as_text

Row = dict[str, Json]


def within(
    document: Row, most_bytes: int, *, says: str, left_out: str, together: Callable[[Sequence[Row]], Row]
) -> Row:
    """Leave out detail of a document's `tests` until it is written in at most so many bytes.

    What the last rows say in the field `says` is replaced by the sentence `left_out`; where that is not enough, so many
    of them as it takes are given as one row that `together` makes of them.
    """
    tests = document["tests"]
    rows = [row for row in tests if isinstance(row, dict)] if isinstance(tests, list) else []
    size = _written(document)
    short = list(rows)
    for index in reversed(range(len(rows))):
        if size <= most_bytes:
            break
        short[index] = {**rows[index], says: left_out}
        size -= _written(rows[index]) - _written(short[index])
    whole: Row = {**document, "tests": list(short)}
    if _written(whole) <= most_bytes:
        return whole
    return {**document, "tests": _some(document, short, most_bytes, together)}


def sum_of(rows: Sequence[Row], field: str) -> int | float:
    """Add up what rows hold as a number under a name."""
    values = [value for row in rows if isinstance(value := row[field], int | float)]
    return sum(values) if all(isinstance(value, int) for value in values) else math.fsum(values)


def _some(document: Row, rows: Sequence[Row], most_bytes: int, together: Callable[[Sequence[Row]], Row]) -> list[Json]:
    """Keep as many of the first rows as there is room for, and give the others as one."""
    fewest, most = 0, len(rows)
    while fewest < most:
        number = (fewest + most + 1) // 2
        tried: Row = {**document, "tests": [*rows[:number], together(rows[number:])]}
        fewest, most = (number, most) if _written(tried) <= most_bytes else (fewest, number - 1)
    return [*rows[:fewest], together(rows[fewest:])]


def _written(document: Row) -> int:
    return len(as_text(document).encode("utf-8"))
