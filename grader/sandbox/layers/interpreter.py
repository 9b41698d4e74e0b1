"""An interpreter within reach: workers that are another user must be able to read Python, packages and data."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from grader.errors import ConfinementError
from grader.sandbox.layers import child, libc, uid
from grader.sandbox.layers.layer import Layer, Planned, Request

PASSABLE_BY_ALL: Final = 0o001


def closed_above(path: str) -> str:
    """Return the uppermost folder above a path that only its owner may pass, none if everybody may reach the path."""
    above = reversed(Path(path).parents)
    return next((str(folder) for folder in above if not folder.stat().st_mode & PASSABLE_BY_ALL), "")


def open_up(paths: Iterable[str]) -> None:
    """Let every user reach these paths, as far as this process and its children see the file system.

    An interpreter in the home folder of root is closed to the users that workers become. The folder is covered by an
    empty one in which nothing but the paths is to be found.
    """
    closed: dict[str, list[str]] = {}
    for path in sorted(paths):
        folder = closed_above(path)
        known = closed.setdefault(folder, [])
        if not any(Path(path).is_relative_to(other) for other in known):
            known.append(path)
    closed.pop("", None)
    if not closed:
        return
    before = os.umask(0o022)
    libc.unshare(libc.CLONE_NEWNS)
    libc.mount(None, "/", None, libc.MS_REC | libc.MS_PRIVATE)
    for folder, inside in closed.items():
        handles = {path: os.open(path, os.O_PATH | os.O_CLOEXEC) for path in inside}
        libc.mount("tmpfs", folder, "tmpfs", libc.MS_NOSUID | libc.MS_NODEV, "size=1m,mode=0755")
        for path, handle in handles.items():
            if stat.S_ISDIR(os.fstat(handle).st_mode):
                Path(path).mkdir(parents=True)
            else:
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                Path(path).touch()
            libc.mount(f"/proc/self/fd/{handle}", path, None, libc.MS_BIND | libc.MS_REC)
            os.close(handle)
    os.umask(before)


def open_up_for(user: int | None, paths: Sequence[str]) -> None:
    """Let a user that workers become reach these paths, where this process may become it and may mount."""
    if uid.attainable(user) is not None and child.can(lambda: open_up(paths)):
        open_up(paths)


def plan(request: Request) -> Planned | None:
    """Make sure that workers with files can read what they may.

    Raises:
        ConfinementError: something is closed to the user that they become.
    """
    user, paths = request.uid, request.readable
    if user is None or not paths:
        return None

    def first_closed() -> str:
        uid.become(user)
        return next((path for path in paths if not os.access(path, os.R_OK)), "")

    closed = child.in_child(first_closed).answer
    if closed:
        raise ConfinementError(
            "landlock", f"{closed} cannot be read by user {user}, as whom workers run: install Python and the grader, "
            "and let TMPDIR be, where every user can read"
        )  # fmt: skip
    return None


def probe(worker_uid: int) -> tuple[bool, str]:
    """Read Python and the grader as the user that workers become."""
    if uid.attainable(worker_uid) is None:
        return True, "workers run as the user who started Python, who can read it"
    files = [str(Path(name).resolve()) for name in (sys.executable, os.__file__, __file__)]

    def act() -> str:
        with suppress(OSError):  # where nothing can be mounted, a closed folder stays closed
            open_up(files)
        uid.become(worker_uid)
        return next((name for name in files if child.outcome_of_opening(name) == "refused"), "")

    found = child.in_child(act)
    if found.exit_code != 0 or found.answer:
        return False, (
            f"{found.answer} cannot be read by user {worker_uid}: workers with files cannot import; "
            "install Python and the grader outside home folders"
        )
    return True, f"user {worker_uid} can read Python and the grader"


LAYER: Final = Layer(name="interpreter", plan=plan, probe=probe)
