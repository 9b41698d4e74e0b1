"""Namespaces on top of the other layers: some for the fork server and all its workers, one of processes for a worker.

None of them is needed where a worker may only compute: they are entered where the machine allows it, once, so that a
worker costs no more. Workers that fork are the exception: without a process namespace nobody could end them all.

Source: namespaces(7), user_namespaces(7), pid_namespaces(7).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from grader.errors import ConfinementError
from grader.sandbox.layers import child, libc
from grader.sandbox.layers.layer import Layer, Planned, Request

SHARED_MEMORY: Final = "/dev/shm"  # noqa: S108  # where the C library keeps locks between processes
ADVICE: Final = (
    "start it as root outside containers, or permit user namespaces to unprivileged users"
    " (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0)"
)
KINDS: Final = {"net": libc.CLONE_NEWNET, "ipc": libc.CLONE_NEWIPC}


def enter() -> tuple[str, ...]:
    """Move this process, which must have one thread, into namespaces of its own, as far as the machine allows.

    Root needs no user namespace for that; it would take the other users away that workers become. Returned are their
    names, none where there are none to be had.
    """
    if _enter_kinds():
        return tuple(KINDS)
    # First in a child: where a rule of the machine forbids the second half, there is no way back.
    if not child.can(enter_user):
        return ()
    enter_user()
    return ("user", *KINDS) if _enter_kinds() else ("user",)


def _enter_kinds() -> bool:
    try:
        libc.unshare(sum(KINDS.values()))  # all of them or none
    except PermissionError:
        return False
    return True


def enter_user() -> None:
    """Move this process into a user namespace, in which it stays who it is and may mount and make others."""
    uid, gid = os.getuid(), os.getgid()
    libc.unshare(libc.CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_bytes(b"deny")
    Path("/proc/self/uid_map").write_bytes(b"%d %d 1" % (uid, uid))
    Path("/proc/self/gid_map").write_bytes(b"%d %d 1" % (gid, gid))


def enclose() -> None:
    """Let the next child of this process be the first of a process namespace, which ends with it."""
    libc.unshare(libc.CLONE_NEWPID)


def mount_privately(mounts: dict[str, str]) -> None:
    """Mount bounded file systems with these options over folders, seen by this process and its children alone."""
    libc.unshare(libc.CLONE_NEWNS)
    libc.mount(None, "/", None, libc.MS_REC | libc.MS_PRIVATE)
    for folder, options in mounts.items():
        libc.mount("tmpfs", folder, "tmpfs", libc.MS_NOSUID | libc.MS_NODEV | libc.MS_NOEXEC, options)


def why_not_enclosed() -> str:
    """Try to give a child a process namespace and a place for locks of its own; return what was in the way."""

    def first() -> str:
        mount_privately({SHARED_MEMORY: "size=65536,nr_inodes=8,mode=0700"})
        return str(os.getpid())

    def attempt() -> str:
        enclose()
        found = child.in_child(first)
        if found.exit_code == 0 and found.answer == "1":
            return ""
        return found.answer or f"a first process ends with exit code {found.exit_code}"

    found = child.in_child(attempt)
    return found.answer if found.exit_code in (0, 1) else f"the trial ends with exit code {found.exit_code}"


def plan(request: Request) -> Planned | None:
    """Name the namespaces that workers live in, those of the fork server and their own.

    Raises:
        ConfinementError: workers that may fork can have no process namespace.
    """
    if request.is_enclosed and (reason := why_not_enclosed()):
        raise ConfinementError(
            "namespaces", f"no process namespace can be had, which the processes profile needs ({reason}): {ADVICE}"
        )
    spaces = (*request.entered, *(("pid", "mnt") if request.is_enclosed else ()))
    return Planned(label=f"namespaces:{','.join(spaces)}") if spaces else None


def probe(_uid: int) -> tuple[bool, str]:
    """Enter what a fork server would; in a child, which the examiner is not to follow."""
    found = child.in_child(lambda: ", ".join(enter()))
    if found.exit_code != 0:
        return False, f"the trial failed: {found.answer}"
    if not found.answer:
        return False, f"none can be entered, and none is needed; to have them, {ADVICE}"
    return True, f"workers live in namespaces of their own: {found.answer}"


def probe_processes(_uid: int) -> tuple[bool, str]:
    """Look for what workers need that may fork."""

    def act() -> str:
        enter()
        return why_not_enclosed()

    found = child.in_child(act)
    if found.exit_code != 0 or found.answer:
        return False, f"assignments with processes are refused ({found.answer}); to have them, {ADVICE}"
    return True, "workers that may fork get a process namespace, which ends with them"


LAYER: Final = Layer(name="namespaces", plan=plan, probe=probe, advice=ADVICE)
PROCESSES: Final = Layer(name="processes", probe=probe_processes)
