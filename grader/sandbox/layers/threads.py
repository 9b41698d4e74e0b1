"""One thread: Landlock, capabilities and the filter bind a single one, so no other may be left outside."""

from __future__ import annotations

import errno
import os
from typing import Final

from grader.errors import ConfinementError
from grader.sandbox.layers import libc
from grader.sandbox.layers.layer import Layer, Planned, Request, Stage, Worker

NAME: Final = "threads"


def has_one_thread() -> bool:
    """Return whether this thread is the only one of its process."""
    try:
        libc.unshare(libc.CLONE_THREAD)  # does nothing for a process of one thread, and cannot be done for any other
    except PermissionError:  # containers forbid unshare altogether
        with os.scandir("/proc/self/task") as tasks:
            return sum(1 for _ in tasks) == 1
    except OSError as error:
        if error.errno == errno.EINVAL:
            return False
        raise
    return True


def plan(_request: Request) -> Planned:
    """Make sure in each worker that no other thread is left outside."""
    return Planned(steps={Stage.ONE_THREAD: _check})


def _check(_worker: Worker) -> None:
    if not has_one_thread():
        raise ConfinementError(NAME, "this process has several, expected one")


LAYER: Final = Layer(name=NAME, plan=plan)
