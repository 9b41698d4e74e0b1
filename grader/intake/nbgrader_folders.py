"""Read what nbgrader lays out: folders that it collected, and those of its exchange.

Source: nbgrader docs, "File and directory formats"; nbgrader/exchange/default/submit.py.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.errors import UsageError
from grader.intake.stamps import TIMESTAMP, collected_at, stamp_or_none
from grader.submissions.members import listed

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

    A folder is nbgrader's where most have its time at the same place: one student alone may have put a file there. Who
    has the folder without a time handed in all the same.

    Raises:
        UsageError: students have several assignments' folders, and nothing says which is meant.
    """
    inbound = [(entry, match) for entry in entries if (match := INBOUND.fullmatch(entry.name)) and entry.is_dir()]
    if len(inbound) * 2 > len(entries):
        return [
            Collected(match["student"], entry, stamp_or_none(match["time"].removesuffix(" UTC") + "Z", "UTC"))
            for entry, match in inbound
        ]
    timed = [_timed_in(entry) for entry in entries]
    of_each = Counter(name for names in timed for name in names)
    if sum(map(bool, timed)) * 2 <= len(entries):
        return []
    shared = [name for name, count in of_each.items() if count * 2 > len(entries)]
    if len(shared) > 1 and assignment not in of_each:
        raise UsageError(
            f"of most students there are {listed(sorted(shared))}, as nbgrader lays them out, and none is called "
            f"{assignment}: leave the one that is meant, or give it that name"
        )
    name = assignment if assignment in of_each else "".join(shared)
    folders = [entry for entry in entries if name and (entry / name).is_dir()]
    if of_each[name] * 2 <= len(folders):
        return []
    return [Collected(entry.name, entry / name, collected_at(entry / name, time_zone)) for entry in folders]


def _timed_in(folder: Path) -> list[str]:
    """List the folders in a folder that hold a time; none where it is no folder, or none that can be read."""
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if entry.is_dir() and os.path.isfile(f"{entry.path}/{TIMESTAMP}")]  # noqa: PTH113  # a Path for each of thousands takes longer than looking
    except OSError:
        return []
