"""Whether what was made in a process can be used by several others that are forked from it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

THREADS: Final = Path("/proc/self/task")
DESCRIPTORS: Final = Path("/proc/self/fd")


def can_be_forked_after(make: Callable[[], object]) -> bool:
    """Call something; return whether it left nothing that forks cannot each have for themselves.

    Such are open files, whose position all of them would move, threads, which only this process has, processes, and
    temporary files and folders, in which one would write over what another reads.
    """
    before = _held()
    tempfile._name_sequence = None  # type: ignore[attr-defined]  # noqa: SLF001  # made when a name is first needed
    make()
    has_temporary = tempfile._name_sequence is not None  # type: ignore[attr-defined]  # noqa: SLF001  # as above
    return not has_temporary and _held() <= before and not _has_children()


def _held() -> frozenset[Path]:
    """List the threads of this process and its descriptors, but for the one that lists them."""
    return frozenset(path for folder in (THREADS, DESCRIPTORS) for path in folder.iterdir() if path.exists())


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True
