"""Resource limits: what a worker may use of memory, processor time, files, descriptors and tasks.

Source: Linux, include/uapi/asm-generic/resource.h.
"""

from __future__ import annotations

import ctypes
import errno
import math
import mmap
import os
import struct
import threading
import time
from enum import IntEnum
from pathlib import Path
from typing import Final

from grader.sandbox.layers import child, libc
from grader.sandbox.layers.layer import MIB, Layer, Planned, Request, Stage, Worker
from grader.sandbox.layers.threads import has_one_thread

NAME: Final = "rlimits"
MAX_TASKS: Final = 1 << 22  # PID_MAX_LIMIT
ROOM_FOR_A_PERSON: Final = 1024
"""Threads that a worker may find taken by the rest of its user's session after the plan was made, or take itself."""
FEW_TASKS: Final = 16
"""A fork server in a user namespace counts no more, its own; before Linux 5.14 it counts all of its user's."""


class Resource(IntEnum):
    """What a limit is put on."""

    CPU = 0
    FSIZE = 1
    CORE = 4
    NPROC = 6
    NOFILE = 7
    MEMLOCK = 8
    AS = 9
    MSGQUEUE = 12


def limit(resource: Resource) -> tuple[int, int]:
    """Read a soft and hard limit of this process; no limit is 2**64 - 1."""
    pair = (ctypes.c_uint64 * 2)()
    if libc.library().getrlimit(resource, ctypes.addressof(pair)) < 0:
        raise libc.failure(f"getrlimit({resource.name})")
    return pair[0], pair[1]


def set_limit(resource: Resource, soft: int, hard: int) -> None:
    """Set a soft and hard limit of this process."""
    if libc.library().setrlimit(resource, struct.pack("=QQ", soft, hard)) < 0:
        raise libc.failure(f"setrlimit({resource.name})")


def address_space_bytes() -> int:
    """Measure how much address space this process has mapped."""
    pages = int(Path("/proc/self/statm").read_bytes().split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


def user_task_count() -> int:
    """Count the threads of all processes of this process's user, as far as a limit on them can tell.

    Namespaces may hide some from /proc, so it is measured: by the lowest limit under which a child can start a thread.
    It is 0 for who is above that limit.
    """

    def measure() -> str:
        _, hard = limit(Resource.NPROC)
        low, high = 0, min(hard, MAX_TASKS)
        while low < high:
            middle = (low + high) // 2
            set_limit(Resource.NPROC, middle, hard)
            thread = threading.Thread(target=int)
            try:
                thread.start()
            except RuntimeError:
                low = middle + 1
            else:
                thread.join()
                while not has_one_thread():  # the kernel counts a thread for an instant longer than it runs
                    time.sleep(0.0001)
                high = middle
        return str(low)

    found = child.in_child(measure)
    if found.exit_code != 0:
        raise OSError(errno.EAGAIN, f"counting the tasks of the user: {found.answer}")
    return int(found.answer)


def worker_limits(request: Request) -> tuple[tuple[Resource, int, int], ...]:
    """Turn what a worker may use into resource, soft and hard limit.

    They keep to the hard limits that this process runs under itself: its children may not raise them.
    """
    limits = request.limits
    cpu = math.ceil(limits.cpu_seconds)
    single = {
        Resource.CORE: 0,
        Resource.FSIZE: limits.file_bytes,
        Resource.NOFILE: limits.descriptors,
        Resource.MEMLOCK: 0,
        Resource.MSGQUEUE: 0,
        Resource.AS: address_space_bytes() + limits.memory_bytes,
        Resource.NPROC: _max_tasks(request),
    }
    # The soft limit is a signal that says why; a second later the hard one kills what ignores it.
    wanted = {Resource.CPU: (cpu, cpu + 1), **{resource: (value, value) for resource, value in single.items()}}
    inherited = {resource: limit(resource)[1] for resource in wanted}
    return tuple(
        (resource, min(soft, inherited[resource]), min(hard, inherited[resource]))
        for resource, (soft, hard) in wanted.items()
    )


def _max_tasks(request: Request) -> int:
    """Bound the tasks of a worker's user, all of which the kernel counts: leave room for those of a person."""
    threads = request.limits.threads
    if request.uid is not None:
        return threads
    count = user_task_count()
    return count + (threads if "user" in request.entered and count <= FEW_TASKS else ROOM_FOR_A_PERSON)


def plan(request: Request) -> Planned:
    """Work out the limits, and set them in each worker."""
    limits = worker_limits(request)

    def step(_worker: Worker) -> None:
        for resource, soft, hard in limits:
            set_limit(resource, soft, hard)

    return Planned(label=NAME, steps={Stage.LIMITS: step})


def probe(_uid: int) -> tuple[bool, str]:
    """Ask for more memory than there may be."""
    budget, request = 64 * MIB, 256 * MIB

    def act() -> str:
        bytes_allowed = address_space_bytes() + budget
        set_limit(Resource.AS, bytes_allowed, bytes_allowed)
        try:
            mmap.mmap(-1, request)  # shared, which RLIMIT_DATA would let through
        except OSError:
            return "refused"
        return "granted"

    found = child.in_child(act)
    if found.exit_code != 0:
        return False, f"no limit can be set: {found.answer}"
    return found.answer == "refused", f"{request // MIB} MiB are {found.answer} to who may have {budget // MIB}"


LAYER: Final = Layer(
    name=NAME, plan=plan, probe=probe, advice="run it on Linux and without --no-isolation", is_required=True
)
