"""System calls of Linux that Python's library lacks and several layers need, by way of the C library.

Errors are `OSError`s that name the call. Nothing here decides what to confine: that is each layer's own.

Sources: Linux, include/uapi/linux/prctl.h, capability.h, sched.h, mount.h.
"""

from __future__ import annotations

import ctypes
import functools
import os
from pathlib import Path
from typing import Final

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_READ, PR_CAPBSET_DROP = 1, 4, 23, 24
PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 38, 39, 47
PR_CAP_AMBIENT_CLEAR_ALL: Final = 4
CAPABILITY_VERSION_3: Final = 0x20080522
CLONE_THREAD, CLONE_NEWNS, CLONE_NEWIPC = 0x00010000, 0x00020000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
MADV_COLLAPSE: Final = 25
HUGE_PAGE_BYTES: Final = 2 << 20


@functools.cache
def library() -> ctypes.CDLL:
    """Load the C library and resolve what is used of it: a fork server does it once for all its children."""
    loaded = ctypes.CDLL(None, use_errno=True)
    word = ctypes.c_void_p  # as wide as a register; takes integers, bytes and None
    loaded.syscall.argtypes = (ctypes.c_long, word, word, word, word)
    loaded.syscall.restype = ctypes.c_long
    loaded.prctl.argtypes = (ctypes.c_int, *(ctypes.c_ulong,) * 4)
    loaded.getrlimit.argtypes = loaded.setrlimit.argtypes = (ctypes.c_int, word)
    loaded.capset.argtypes = (word, word)
    loaded.unshare.argtypes = (ctypes.c_int,)
    loaded.mount.argtypes = (word, word, word, ctypes.c_ulong, word)
    loaded.madvise.argtypes = (word, ctypes.c_size_t, ctypes.c_int)
    return loaded


def failure(name: str) -> OSError:
    """Return an error made of what the last call left in errno."""
    code = ctypes.get_errno()
    return OSError(code, f"{name}: {os.strerror(code)}")


def system_call(name: str, number: int, *arguments: int | bytes | None) -> int:
    """Make a system call of at most four arguments by number."""
    words = (*arguments, 0, 0, 0, 0)[:4]
    result = int(library().syscall(number, *words))
    if result < 0:
        raise failure(name)
    return result


def prctl(option: int, argument: int = 0) -> int:
    """Set or read a property of this process."""
    result = int(library().prctl(option, argument, 0, 0, 0))
    if result < 0:
        raise failure(f"prctl({option})")
    return result


def collapse_pages() -> int:
    """Move this process's own memory into huge pages, which a fork shares by one entry where small ones take 512.

    What a child then writes to is split up again, for the child alone. Kernels before 6.1 cannot, and some are built
    without: forks take longer there, and nothing else changes. Returned is how many huge pages there are now.
    """
    count = 0
    for line in Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace").splitlines():
        span, access, _, _, inode, *name = line.split()
        if inode != "0" or name not in ([], ["[heap]"]) or not access.startswith("rw"):
            continue
        start, end = (int(address, 16) for address in span.split("-"))
        for page in range(-(-start // HUGE_PAGE_BYTES) * HUGE_PAGE_BYTES, end - HUGE_PAGE_BYTES + 1, HUGE_PAGE_BYTES):
            count += library().madvise(page, HUGE_PAGE_BYTES, MADV_COLLAPSE) == 0
    return count


def unshare(flags: int) -> None:
    """Move this process into namespaces of its own."""
    if library().unshare(flags) < 0:
        raise failure("unshare")


def mount(source: str | None, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    """Mount a file system, or change how one is mounted."""
    words = [None if word is None else os.fsencode(word) for word in (source, target, kind, options)]
    if library().mount(words[0], words[1], words[2], flags, words[3]) < 0:
        raise failure(f"mount({target})")
