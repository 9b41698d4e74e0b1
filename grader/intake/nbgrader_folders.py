"""Read what nbgrader lays out: folders that it collected, and those of its exchange.

Source: nbgrader docs, "File and directory formats"; nbgrader/exchange/default/submit.py.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.intake.stamps import TIMESTAMP, collected_at, stamp_or_none

# student+assignment+time, and a random text where the course wishes so.
INBOUND: Final = re.compile(
    r"(?P<student>.+)\+(?P<assignment>[^+]+)\+(?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:.]{8,15} \w+)(?:\+[^+]+)?"
)


@dataclass(frozen=True, slots=True)
class Collected:
    """What nbgrader has of one student: the folder with their files, and the time that it wrote down."""

    student: str
    folder: Path
    submitted_at: dt.datetime | None


def collected(entries: Sequence[Path], assignment: str, time_zone: str) -> list[Collected]:
    """Read entries of `submitted/` or of the exchange; nothing where they are neither.

    A folder is nbgrader's where most have its time at the same place: one student alone may have put a file there.
    """
    inbound = [(entry, match) for entry in entries if (match := INBOUND.fullmatch(entry.name)) and entry.is_dir()]
    if len(inbound) * 2 > len(entries):
        return [
            Collected(match["student"], entry, stamp_or_none(match["time"].removesuffix(" UTC") + "Z", "UTC"))
            for entry, match in inbound
        ]
    for name in (assignment, _shared(entries)):
        folders = [entry for entry in entries if name and (entry / name / TIMESTAMP).is_file()]
        if len(folders) * 2 > len(entries):
            return [
                Collected(entry.name, entry / name, collected_at(entry / name, time_zone)) for entry in folders
            ]  # fmt: skip
    return []


def _shared(entries: Sequence[Path]) -> str:
    """Return the name of the one folder with a time in it that most entries have; nothing where there are several."""
    counts = Counter(
        place.parent.name for entry in entries if entry.is_dir() for place in entry.glob(f"*/{TIMESTAMP}")
    )  # fmt: skip
    names = [name for name, count in counts.items() if count * 2 > len(entries)]
    return names[0] if len(names) == 1 else ""
