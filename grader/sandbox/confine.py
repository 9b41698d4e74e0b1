"""Confine a forked worker before a line of a student's runs.

What can be known beforehand is worked out once, in the fork server, as a `Plan`; the child only carries it out.
"""

from __future__ import annotations

import functools
import math
import os
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from grader.errors import ConfinementError
from grader.model import Profile
from grader.sandbox import linux, namespaces, seccomp
from grader.sandbox.calls import MACHINES
from grader.sandbox.linux import Resource, can
from grader.sandbox.minimum import ADVICE

__all__ = [
    "ConfinementError", "Limits", "Plan", "Profile", "ScratchKind",
    "attainable", "become", "confine", "droppable_capabilities", "layers", "prepare", "scratch_kind", "steps",
]  # fmt: skip

MIB: Final = 1 << 20
READABLE_DEVICES: Final = ("/dev/zero", "/dev/urandom")
WRITABLE_DEVICE: Final = "/dev/null"
ROOM_FOR_A_PERSON: Final = 1024
"""Threads that a worker may find taken by the rest of its user's session after the plan was made, or take itself."""
FEW_TASKS: Final = 16
"""A fork server in a user namespace counts no more, its own; before Linux 5.14 it counts all of its user's."""


class ScratchKind(StrEnum):
    """What the scratch folder of a worker with files is made of."""

    NONE = "none"
    FOLDER = "folder"
    """The folder itself: each file is bounded, their number is not."""
    TMPFS = "tmpfs"
    """A file system of the worker's own, bounded in bytes and files, mounted where root may."""
    USER_TMPFS = "user-tmpfs"
    """The same, mounted in a user namespace."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one worker may use.

    `memory_bytes` comes on top of what the fork server has mapped, for each process that the worker consists of.
    `threads` is counted over all processes of the worker's user, so it is exact only where each worker runs as a user
    of its own or in a user namespace, and a worker that stays root is exempt from it. `file_bytes` bounds each file;
    `scratch_bytes` and `scratch_files` bound the scratch folder where that can be a file system of its own, and the
    memory that the processes of a worker share.
    """

    memory_bytes: int
    cpu_seconds: float
    file_bytes: int = 0
    descriptors: int = 64
    threads: int = 64
    scratch_bytes: int = 64 * MIB
    scratch_files: int = 1024


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a child needs to confine itself, worked out in the fork server.

    `uid` is the user that it becomes, None if it stays who it is. `limits` are resource, soft and hard limit.
    `landlock` is the version, 0 if there is none; `capabilities` how many to take out of the bounding set.
    `namespaces` are those that the fork server is in; an `enclosed` worker is the first of a process namespace.
    `data` is a folder that the worker finds as `data` in its scratch folder, where there is one.
    """

    profile: Profile
    machine: str
    template: seccomp.Template
    parent: int
    uid: int | None
    limits: tuple[tuple[Resource, int, int], ...]
    landlock: int
    capabilities: int
    readable: tuple[str, ...] = ()
    scratch: ScratchKind = ScratchKind.NONE
    scratch_options: str = ""
    data: str = ""
    namespaces: tuple[str, ...] = ()
    enclosed: bool = False


def prepare(
    profile: Profile, limits: Limits, uid: int | None = None, *, readable: Sequence[str] = (), scratch: bool = False,
    data: str = "", entered: tuple[str, ...] = (),
) -> Plan:  # fmt: skip
    """Work out how the children of this process are to be confined.

    Call it in the fork server, after its imports: a worker's address space is what is mapped now plus its budget.

    Args:
        profile: What the workers may ask of the kernel.
        limits: What each may use.
        uid: The user and group to become. It is passed over where this process may not change its user; `layers`
            then has no "uid".
        readable: Files and folders that a profile with files may read.
        scratch: Whether each worker of such a profile is given a folder to write to.
        data: A folder that it may read by the name of `data`; none where it is empty.
        entered: The namespaces that this process has entered.

    Raises:
        ConfinementError: this machine lacks what the profile cannot do without.
        OSError: the machine is out of processes or descriptors.
    """
    machine = os.uname().machine
    if machine not in MACHINES or struct.calcsize("P") != 8:
        raise ConfinementError("seccomp", f"the machine is {machine}, expected {' or '.join(MACHINES)} with 64 bits")
    abi = linux.landlock_abi()
    if profile is not Profile.MEMORY and not abi:
        reason = f"the kernel offers none, which the {profile} profile needs"
        raise ConfinementError("landlock", f"{reason}: {ADVICE['landlock']}")
    readable = (*readable, *((data,) if data else ()))
    missing = [path for path in readable if not Path(path).exists()]
    if missing:
        raise ConfinementError("landlock", f"{missing[0]} does not exist, expected a file or folder to be read")
    if profile is Profile.PROCESSES and (reason := namespaces.why_not_enclosed()):
        raise ConfinementError(
            "namespaces",
            f"no process namespace can be had, which the processes profile needs ({reason}): {ADVICE['namespaces']}",
        )
    uid = attainable(uid)
    closed = _closed_to(uid, readable)
    if closed:
        raise ConfinementError(
            "landlock", f"{closed} cannot be read by user {uid}, as whom workers run: install Python and the grader, "
            "and let TMPDIR be, where every user can read"
        )  # fmt: skip
    user, group = (os.getuid(), os.getgid()) if uid is None else (uid, uid)
    options = f"size={limits.scratch_bytes},nr_inodes={limits.scratch_files},mode=0700,uid={user},gid={group}"
    return Plan(
        profile=profile,
        machine=machine,
        template=seccomp.assemble(profile, machine),
        parent=os.getpid(),
        uid=uid,
        limits=_within_inherited(_resource_limits(limits, entered, own_user=uid is not None)),
        landlock=abi,
        capabilities=droppable_capabilities(),
        readable=tuple(readable),
        scratch=scratch_kind(uid, options) if scratch and profile is not Profile.MEMORY else ScratchKind.NONE,
        scratch_options=options,
        data=data,
        namespaces=entered,
        enclosed=profile is Profile.PROCESSES,
    )


def layers(plan: Plan) -> tuple[str, ...]:
    """Name the layers that a worker of this plan runs under, for the record of a result."""
    spaces = ",".join((*plan.namespaces, *(("pid", "mnt") if plan.enclosed else ())))
    return (
        f"seccomp:{plan.profile}",
        *((f"landlock:{plan.landlock}",) if plan.landlock else ()),
        *(("uid",) if plan.uid is not None else ()),
        *((f"scratch:{plan.scratch}",) if plan.scratch is not ScratchKind.NONE else ()),
        *((f"namespaces:{spaces}",) if spaces else ()),
        "rlimits",
        "capabilities",
        "no_new_privs",
        "undumpable",
        "parent-death",
        "session",
        "descriptors",
    )


def confine(plan: Plan, keep: int, scratch: str | None = None) -> None:
    """Confine this process, a fresh fork of the one that made the plan, for good.

    Args:
        plan: How.
        keep: How many descriptors stay open: those from 0 to `keep - 1`.
        scratch: The folder to write to, where the plan was made for one.

    Raises:
        ConfinementError: a layer could not be put in force. The process must end then, having run nothing.
    """
    for layer, act in steps(plan, keep, scratch):
        try:
            act()
        except OSError as error:
            raise ConfinementError(layer, str(error)) from error


def steps(plan: Plan, keep: int, scratch: str | None = None) -> tuple[tuple[str, Callable[[], None]], ...]:
    """List the layers with what puts them in force, in the one order that works.

    Mounting, the bounding set and the change of user need privileges that the change of user and `capset` take away;
    the change of user undoes the parent-death signal and the ban on dumps; Landlock and the filter ask for
    `no_new_privs`; the filter refuses most of what comes before it.
    """
    if (scratch is None) != (plan.scratch is ScratchKind.NONE):
        raise ConfinementError("scratch", f"the folder is {scratch}, the plan has {plan.scratch}")
    return (
        ("threads", _stand_alone),
        ("session", os.setsid),
        ("descriptors", lambda: linux.close_from(keep)),
        ("scratch", lambda: _enter_folder(plan, scratch)),
        ("capabilities", lambda: linux.drop_bounding_capabilities(plan.capabilities)),
        ("rlimits", lambda: _set_limits(plan)),
        *((("uid", functools.partial(become, plan.uid)),) if plan.uid is not None else ()),
        ("capabilities", linux.drop_capabilities),
        ("undumpable", linux.forbid_dumps),
        # From inside a process namespace a parent that stands outside reads as 0.
        ("parent-death", lambda: _die_with(0 if plan.enclosed else plan.parent)),
        ("no_new_privs", linux.forbid_new_privileges),
        ("landlock", lambda: _enter_landlock(plan, scratch)),
        ("seccomp", lambda: linux.install_filter(plan.template.program(os.getpid()), plan.machine)),
    )


def _stand_alone() -> None:
    """Make sure that no other thread is left outside: Landlock, capabilities and the filter bind one thread."""
    if not linux.has_one_thread():
        raise ConfinementError("threads", "this process has several, expected one")


def _enter_folder(plan: Plan, scratch: str | None) -> None:
    """Stand in the scratch folder, or in the root folder, whose name tells nothing."""
    mounts = {namespaces.SHARED_MEMORY: plan.scratch_options} if plan.enclosed else {}
    if scratch is not None and plan.scratch is not ScratchKind.FOLDER:
        mounts[scratch] = plan.scratch_options
    elif scratch is not None and plan.uid is not None:
        os.chown(scratch, plan.uid, plan.uid)
    if mounts:
        _mount_privately(plan.scratch, mounts)
    os.chdir("/" if scratch is None else scratch)
    os.umask(0o077)
    if scratch is not None and plan.data:
        Path("data").symlink_to(plan.data)


def _mount_privately(kind: ScratchKind, mounts: dict[str, str]) -> None:
    """Mount bounded file systems over folders, in a mount namespace that ends with this process."""
    if kind is ScratchKind.USER_TMPFS:
        namespaces.enter_user()
    namespaces.mount_privately(mounts)


def _set_limits(plan: Plan) -> None:
    for resource, soft, hard in plan.limits:
        linux.set_limit(resource, soft, hard)


def become(uid: int) -> None:
    """Become a user, and be in its group alone."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def _die_with(parent: int) -> None:
    """Die when the parent does, or at once if it is gone already."""
    linux.die_with_parent()
    found = os.getppid()
    if found != parent:
        raise ConfinementError("parent-death", f"the parent is process {found}, expected {parent}: it has ended")


def _enter_landlock(plan: Plan, scratch: str | None) -> None:
    """Deny all files but those of the plan, and what else this version of Landlock can deny."""
    if not plan.landlock:
        return
    ruleset = linux.landlock_ruleset(plan.landlock)
    try:
        if plan.profile is not Profile.MEMORY:
            for path in (*READABLE_DEVICES, *plan.readable):
                linux.landlock_allow(ruleset, path, linux.READING, plan.landlock)
            linux.landlock_allow(ruleset, WRITABLE_DEVICE, linux.WRITING, plan.landlock)
            written = (*((scratch,) if scratch else ()), *((namespaces.SHARED_MEMORY,) if plan.enclosed else ()))
            for path in written:
                linux.landlock_allow(ruleset, path, linux.WRITING, plan.landlock)
        linux.landlock_restrict(ruleset, plan.landlock)
    finally:
        os.close(ruleset)


def _closed_to(uid: int | None, paths: Sequence[str]) -> str:
    """Give the first of these paths that a user cannot reach; none where workers stay who they are."""
    if uid is None or not paths:
        return ""

    def first_closed() -> str:
        become(uid)
        return next((path for path in paths if not os.access(path, os.R_OK)), "")

    return linux.in_child(first_closed).said


def _most_tasks(limits: Limits, entered: tuple[str, ...], *, own_user: bool) -> int:
    """Bound the tasks of a worker's user, all of which the kernel counts: leave room for those of a person."""
    if own_user:
        return limits.threads
    count = linux.user_task_count()
    return count + (limits.threads if "user" in entered and count <= FEW_TASKS else ROOM_FOR_A_PERSON)


def _resource_limits(limits: Limits, entered: tuple[str, ...], *, own_user: bool) -> dict[Resource, tuple[int, int]]:
    """Turn what a worker may use into soft and hard limits."""
    memory = linux.address_space_bytes() + limits.memory_bytes
    cpu = math.ceil(limits.cpu_seconds)
    single = {
        Resource.CORE: 0,
        Resource.FSIZE: limits.file_bytes,
        Resource.NOFILE: limits.descriptors,
        Resource.MEMLOCK: 0,
        Resource.MSGQUEUE: 0,
        Resource.AS: memory,
        Resource.NPROC: _most_tasks(limits, entered, own_user=own_user),
    }
    # The soft limit is a signal that says why; a second later the hard one kills what ignores it.
    return {Resource.CPU: (cpu, cpu + 1), **{resource: (value, value) for resource, value in single.items()}}


def _within_inherited(wanted: dict[Resource, tuple[int, int]]) -> tuple[tuple[Resource, int, int], ...]:
    """Keep to the hard limits that this process runs under itself: its children may not raise them."""
    limits = []
    for resource, (soft, hard) in wanted.items():
        _, highest = linux.limit(resource)
        limits.append((resource, min(soft, highest), min(hard, highest)))
    return tuple(limits)


def scratch_kind(uid: int | None, options: str) -> ScratchKind:
    """Find the best bounded scratch folder that this process may make."""
    # One uid is mapped in a user namespace: whoever changes its user afterwards cannot use one.
    kinds = (ScratchKind.TMPFS,) if uid is not None else (ScratchKind.TMPFS, ScratchKind.USER_TMPFS)
    for kind in kinds:
        if can(functools.partial(_mount_privately, kind, {"/": options})):
            return kind
    return ScratchKind.FOLDER


def attainable(uid: int | None) -> int | None:
    """Give the user back if this process may become it, else None: it may be no root, or a root without powers."""
    return uid if uid is not None and can(functools.partial(become, uid)) else None


def droppable_capabilities() -> int:
    """Count the capabilities that this process may take out of its bounding set: all or none."""
    return linux.capability_count() if can(functools.partial(linux.drop_bounding_capabilities, 1)) else 0
