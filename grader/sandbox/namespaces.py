"""Namespaces on top of the other layers: some for the fork server and all its workers, one of processes for a worker.

None of them is needed where a worker may only compute: they are entered where the machine allows it, once, so that a
worker costs no more. Workers that fork are the exception: without a process namespace nobody could end them all.

Source: namespaces(7), user_namespaces(7), pid_namespaces(7).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from grader.sandbox import linux

SHARED_MEMORY: Final = "/dev/shm"  # noqa: S108  # where the C library keeps locks between processes
PASSABLE_BY_ALL: Final = 0o001
KINDS: Final = {"net": linux.CLONE_NEWNET, "ipc": linux.CLONE_NEWIPC}


def enter() -> tuple[str, ...]:
    """Move this process, which must have one thread, into namespaces of its own, as far as the machine allows.

    Root needs no user namespace for that; it would take the other users away that workers become.

    Returns:
        Their names, none where there are none to be had.
    """
    if _enter_kinds():
        return tuple(KINDS)
    # First in a child: where a rule of the machine forbids the second half, there is no way back.
    if not linux.can(enter_user):
        return ()
    enter_user()
    return ("user", *KINDS) if _enter_kinds() else ("user",)


def _enter_kinds() -> bool:
    try:
        linux.unshare(sum(KINDS.values()))  # all of them or none
    except PermissionError:
        return False
    return True


def enter_user() -> None:
    """Move this process into a user namespace, in which it stays who it is and may mount and make others."""
    uid, gid = os.getuid(), os.getgid()
    linux.unshare(linux.CLONE_NEWUSER)
    map_own_user(uid, gid)


def map_own_user(uid: int, gid: int) -> None:
    """Stay who one was in a user namespace that was just entered."""
    Path("/proc/self/setgroups").write_bytes(b"deny")
    Path("/proc/self/uid_map").write_bytes(b"%d %d 1" % (uid, uid))
    Path("/proc/self/gid_map").write_bytes(b"%d %d 1" % (gid, gid))


def enclose() -> None:
    """Let the next child of this process be the first of a process namespace, which ends with it."""
    linux.unshare(linux.CLONE_NEWPID)


def mount_privately(mounts: dict[str, str]) -> None:
    """Mount bounded file systems over these folders, seen by this process and its children alone.

    Args:
        mounts: Options of the file system by folder.
    """
    linux.unshare(linux.CLONE_NEWNS)
    linux.mount(None, "/", None, linux.MS_REC | linux.MS_PRIVATE)
    for folder, options in mounts.items():
        linux.mount("tmpfs", folder, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC, options)


def closed_above(path: str) -> str:
    """Give the uppermost folder above a path that only its owner may pass, none if everybody may come to the path."""
    above = reversed(Path(path).parents)
    return next((str(folder) for folder in above if not folder.stat().st_mode & PASSABLE_BY_ALL), "")


def open_up(paths: Iterable[str]) -> None:
    """Let every user come to these paths, as far as this process and its children see the file system.

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
    linux.unshare(linux.CLONE_NEWNS)
    linux.mount(None, "/", None, linux.MS_REC | linux.MS_PRIVATE)
    for folder, inside in closed.items():
        handles = {path: os.open(path, os.O_PATH | os.O_CLOEXEC) for path in inside}
        linux.mount("tmpfs", folder, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "size=1m,mode=0755")
        for path, handle in handles.items():
            if stat.S_ISDIR(os.fstat(handle).st_mode):
                Path(path).mkdir(parents=True)
            else:
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                Path(path).touch()
            linux.mount(f"/proc/self/fd/{handle}", path, None, linux.MS_BIND | linux.MS_REC)
            os.close(handle)
    os.umask(before)


def why_not_enclosed() -> str:
    """Try to give a child a process namespace and a place for locks of its own; give what was in the way."""

    def first() -> str:
        mount_privately({SHARED_MEMORY: "size=65536,nr_inodes=8,mode=0700"})
        return str(os.getpid())

    def attempt() -> str:
        enclose()
        ending = linux.in_child(first)
        if ending.exit_code == 0 and ending.said == "1":
            return ""
        return ending.said or f"a first process ends with exit code {ending.exit_code}"

    ending = linux.in_child(attempt)
    return ending.said if ending.exit_code in (0, 1) else f"the trial ends with exit code {ending.exit_code}"
