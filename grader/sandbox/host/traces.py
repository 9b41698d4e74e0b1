"""What a call may leave to the next one beside its own process's memory, as it looks from outside the worker."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MOST_ENTRIES: Final = 1 << 12  # of a folder that is looked through; one with more is taken for changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """How many threads a worker has, and of each file and folder of its scratch folder what any change changes."""

    threads: int
    entries: tuple[tuple[str, int, int, int], ...]


def traces_of(pid: int, folder: Path) -> Traces | None:
    """Look at a worker and its scratch folder; None where that cannot be looked into, or holds too much.

    The folder may be a file system that only the worker sees, so it is reached by the worker's own root. No symbolic
    link in it is followed.
    """
    top = f"/proc/{pid}/root{folder}"
    entries, pending = [], [top]
    try:
        entries.append(_entry(top, Path(top).lstat()))
        while pending:
            with os.scandir(pending.pop()) as found:
                for entry in found:
                    entries.append(_entry(entry.path, entry.stat(follow_symlinks=False)))
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
            if len(entries) > MOST_ENTRIES:
                return None
        return Traces(threads=Path(f"/proc/{pid}/task").stat().st_nlink - 2, entries=tuple(sorted(entries)))
    except OSError:  # not ours to look into, nested deeper than a path is long, or changed meanwhile
        return None


def _entry(path: str, seen: os.stat_result) -> tuple[str, int, int, int]:
    return path, seen.st_ino, seen.st_size, seen.st_ctime_ns
