"""Landlock: files outside the plan, TCP, and signals and abstract sockets to the outside are denied by the kernel.

Source: Linux, include/uapi/linux/landlock.h; Documentation/userspace-api/landlock.rst.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
from enum import IntFlag
from pathlib import Path
from typing import Final

from grader.errors import ConfinementError
from grader.model.assignment import Profile
from grader.sandbox.layers import child, libc
from grader.sandbox.layers.layer import Layer, Planned, Request, Stage, Worker
from grader.sandbox.layers.namespaces import SHARED_MEMORY
from grader.sandbox.layers.no_new_privs import forbid_new_privileges

NAME: Final = "landlock"
ADVICE: Final = "run it on Linux 5.13 or later with `landlock` in the kernel's list of security modules (`lsm=`)"
# Numbers that are the same on every machine, as those of all calls since Linux 5.1 are.
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
READABLE_DEVICES: Final = ("/dev/zero", "/dev/urandom")
WRITABLE_DEVICE: Final = "/dev/null"


class Access(IntFlag):
    """What Landlock permits beneath a path."""

    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    REFER = 1 << 13
    TRUNCATE = 1 << 14


READING: Final = int(Access.READ_FILE | Access.READ_DIR)
WRITING: Final = READING | int(
    Access.WRITE_FILE | Access.REMOVE_DIR | Access.REMOVE_FILE | Access.MAKE_DIR | Access.MAKE_REG | Access.REFER
    | Access.TRUNCATE
)  # fmt: skip
ON_FILES: Final = int(Access.WRITE_FILE | Access.READ_FILE | Access.TRUNCATE)
"""The rights that a rule on a single file may name."""


def supported_abi() -> int:
    """Return the version of Landlock, 0 if the kernel has none or it is turned off."""
    version_query = 1
    try:
        return libc.system_call("landlock_create_ruleset", CREATE_RULESET, None, 0, version_query)
    except OSError as error:
        if error.errno in (errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM):
            return 0
        raise


def handled_access(abi: int) -> int:
    """Return the bits of all file rights that a version of Landlock knows."""
    rights = {1: 13, 2: 14, 3: 15, 4: 15}.get(abi, 16)
    return (1 << rights) - 1


def new_ruleset(abi: int) -> int:
    """Make a ruleset that denies all files, TCP, and signals and abstract sockets to the outside.

    What this version of Landlock does not know is left out. Returned is a descriptor, for `allow` and `restrict`.
    """
    tcp_bind_and_connect, abstract_sockets_and_signals = 3, 3
    words = [handled_access(abi)]
    if abi >= 4:
        words.append(tcp_bind_and_connect)
    if abi >= 6:
        words.append(abstract_sockets_and_signals)
    attributes = struct.pack(f"={len(words)}Q", *words)
    return libc.system_call("landlock_create_ruleset", CREATE_RULESET, attributes, len(attributes), 0)


def allow(ruleset: int, path: str, access: int, abi: int) -> None:
    """Permit access to a file, or beneath a folder."""
    path_beneath = 1
    target = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(target).st_mode):
            access &= ON_FILES
        rule = struct.pack("=Qi", access & handled_access(abi), target)
        libc.system_call(f"landlock_add_rule({path})", ADD_RULE, ruleset, path_beneath, rule, 0)
    finally:
        os.close(target)


def restrict(ruleset: int, abi: int) -> None:
    """Put this process under a ruleset, for good."""
    quiet = 1 if abi >= 7 else 0  # no line in the audit log for each refusal: a worker could fill it
    libc.system_call("landlock_restrict_self", RESTRICT_SELF, ruleset, quiet)


def plan(request: Request) -> Planned | None:
    """Look for the kernel's version and what workers may read, and put each worker under a ruleset.

    Raises:
        ConfinementError: workers with files need it, and the kernel has none or a path does not exist.
    """
    version = supported_abi()
    if request.profile is not Profile.MEMORY and not version:
        reason = f"the kernel offers none, which the {request.profile} profile needs"
        raise ConfinementError(NAME, f"{reason}: {ADVICE}")
    missing = [path for path in request.readable if not Path(path).exists()]
    if missing:
        raise ConfinementError(NAME, f"{missing[0]} does not exist, expected a file or folder to be read")
    if not version:
        return None
    return Planned(label=f"{NAME}:{version}", steps={Stage.LANDLOCK: lambda worker: _enter(request, worker, version)})


def _enter(request: Request, worker: Worker, version: int) -> None:
    """Deny all files but those of the plan, and what else this version can deny."""
    ruleset = new_ruleset(version)
    try:
        if request.profile is not Profile.MEMORY:
            for path in (*READABLE_DEVICES, *request.readable):
                allow(ruleset, path, READING, version)
            written = (worker.scratch, SHARED_MEMORY if request.is_enclosed else None)
            for path in (WRITABLE_DEVICE, *filter(None, written)):
                allow(ruleset, path, WRITING, version)
        restrict(ruleset, version)
    finally:
        os.close(ruleset)


def probe(_uid: int) -> tuple[bool, str]:
    """Deny everything, and try to open a folder."""
    version = supported_abi()
    if not version:
        return False, "the kernel offers none; Linux 5.13 or later has it, if `landlock` is in its list of modules"

    def act() -> str:
        forbid_new_privileges()
        restrict(new_ruleset(version), version)
        return child.outcome_of_opening("/")

    found = child.in_child(act)
    if found.exit_code != 0:
        return False, f"version {version} is there and cannot be used: {found.answer}"
    covered = ["files", *(["TCP"] if version >= 4 else []), *(["signals", "abstract sockets"] if version >= 6 else [])]
    detail = f"version {version} covers {', '.join(covered)}; open() is {found.answer} under it"
    return found.answer == "refused", detail


LAYER: Final = Layer(name=NAME, plan=plan, probe=probe, advice=ADVICE)
