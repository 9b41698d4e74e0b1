"""System calls of Linux that confine a process and that Python's library lacks, by way of the C library.

Errors are `OSError`s that name the call. Nothing here decides what to confine: that is `confine`.

Sources: Linux, include/uapi/linux/prctl.h, capability.h, landlock.h, seccomp.h, sched.h, mount.h;
include/uapi/asm-generic/resource.h; Documentation/userspace-api/landlock.rst.
"""

from __future__ import annotations

import array
import ctypes
import errno
import functools
import os
import select
import signal
import stat
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from io import RawIOBase
from pathlib import Path
from typing import Final, NoReturn

# Calls that are the same number on every machine, as all calls since Linux 5.1 are.
CLOSE_RANGE, LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 436, 444, 445, 446
SECCOMP: Final = {"x86_64": 317, "aarch64": 277}

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_READ, PR_CAPBSET_DROP = 1, 4, 23, 24
PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 38, 39, 47
PR_CAP_AMBIENT_CLEAR_ALL: Final = 4
CAPABILITY_VERSION_3: Final = 0x20080522
SECCOMP_SET_MODE_FILTER: Final = 1
# Without it, kernels before 5.16 slow a filtered process down to hide its memory from itself: a worker hides nothing.
SECCOMP_FILTER_FLAG_SPEC_ALLOW: Final = 4
CLONE_THREAD, CLONE_NEWNS, CLONE_NEWIPC = 0x00010000, 0x00020000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
HIGHEST_DESCRIPTOR: Final = 0xFFFFFFFF
BYTES_PER_FILTER_INSTRUCTION: Final = 8
MOST_TASKS: Final = 1 << 22  # PID_MAX_LIMIT
MADV_COLLAPSE: Final = 25
HUGE_PAGE_BYTES: Final = 2 << 20


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


class Access(IntFlag):
    """What Landlock permits beneath a path."""

    EXECUTE = 1 << 0
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


@functools.cache
def _library() -> ctypes.CDLL:
    """Load the C library and resolve what is used of it: a fork server does it once for all its children."""
    library = ctypes.CDLL(None, use_errno=True)
    word = ctypes.c_void_p  # as wide as a register; takes integers, bytes and None
    library.syscall.argtypes = (ctypes.c_long, word, word, word, word)
    library.syscall.restype = ctypes.c_long
    library.prctl.argtypes = (ctypes.c_int, *(ctypes.c_ulong,) * 4)
    library.getrlimit.argtypes = library.setrlimit.argtypes = (ctypes.c_int, word)
    library.capset.argtypes = (word, word)
    library.unshare.argtypes = (ctypes.c_int,)
    library.mount.argtypes = (word, word, word, ctypes.c_ulong, word)
    library.madvise.argtypes = (word, ctypes.c_size_t, ctypes.c_int)
    return library


def _failure(name: str) -> OSError:
    """Make an error of what the last call left in errno."""
    code = ctypes.get_errno()
    return OSError(code, f"{name}: {os.strerror(code)}")


def _system_call(name: str, number: int, *arguments: int | bytes | None) -> int:
    """Make a system call of at most four arguments by number."""
    words = (*arguments, 0, 0, 0, 0)[:4]
    result = int(_library().syscall(number, *words))
    if result < 0:
        raise _failure(name)
    return result


def prctl(option: int, argument: int = 0) -> int:
    """Set or read a property of this process."""
    result = int(_library().prctl(option, argument, 0, 0, 0))
    if result < 0:
        raise _failure(f"prctl({option})")
    return result


def collapse_pages() -> int:
    """Move this process's own memory into huge pages, which a fork shares by one entry where small ones take 512.

    What a child then writes to is split up again, for the child alone. Kernels before 6.1 cannot, and some are built
    without: forks take longer there, and nothing else changes.

    Returns:
        How many huge pages there are now.
    """
    count = 0
    for line in Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace").splitlines():
        span, access, _, _, inode, *name = line.split()
        if inode != "0" or name not in ([], ["[heap]"]) or not access.startswith("rw"):
            continue
        start, end = (int(address, 16) for address in span.split("-"))
        for page in range(-(-start // HUGE_PAGE_BYTES) * HUGE_PAGE_BYTES, end - HUGE_PAGE_BYTES + 1, HUGE_PAGE_BYTES):
            count += _library().madvise(page, HUGE_PAGE_BYTES, MADV_COLLAPSE) == 0
    return count


def close_from(first: int) -> None:
    """Close every descriptor from this one on."""
    _system_call("close_range", CLOSE_RANGE, first, HIGHEST_DESCRIPTOR, 0)


def has_one_thread() -> bool:
    """Tell whether this thread is the only one of its process."""
    try:
        unshare(CLONE_THREAD)  # does nothing for a process of one thread, and cannot be done for any other
    except PermissionError:  # containers forbid unshare altogether
        with os.scandir("/proc/self/task") as tasks:
            return sum(1 for _ in tasks) == 1
    except OSError as error:
        if error.errno == errno.EINVAL:
            return False
        raise
    return True


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
        low, high = 0, min(hard, MOST_TASKS)
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

    ending = in_child(measure)
    if ending.exit_code != 0:
        raise OSError(errno.EAGAIN, f"counting the tasks of the user: {ending.said}")
    return int(ending.said)


def limit(resource: Resource) -> tuple[int, int]:
    """Read a soft and hard limit of this process; no limit is 2**64 - 1."""
    pair = (ctypes.c_uint64 * 2)()
    if _library().getrlimit(resource, ctypes.addressof(pair)) < 0:
        raise _failure(f"getrlimit({resource.name})")
    return pair[0], pair[1]


def set_limit(resource: Resource, soft: int, hard: int) -> None:
    """Set a soft and hard limit of this process."""
    if _library().setrlimit(resource, struct.pack("=QQ", soft, hard)) < 0:
        raise _failure(f"setrlimit({resource.name})")


def capability_count() -> int:
    """Count the capabilities that this kernel knows."""
    count = 0
    while True:
        try:
            prctl(PR_CAPBSET_READ, count)
        except OSError:
            return count
        count += 1


def drop_bounding_capabilities(count: int) -> None:
    """Take every capability out of the bounding set, for good."""
    for capability in range(count):
        prctl(PR_CAPBSET_DROP, capability)


def drop_capabilities() -> None:
    """Give up the ambient, effective, permitted and inheritable capabilities."""
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    header, none = struct.pack("=Ii", CAPABILITY_VERSION_3, 0), bytes(24)
    if _library().capset(header, none) < 0:
        raise _failure("capset")


def forbid_new_privileges() -> None:
    """See to it that no execve gives this process more than it has; filters and Landlock ask for it."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def forbid_dumps() -> None:
    """See to it that a crash writes no core and starts no crash reporter, which a limit of 0 does not stop.

    Other processes of the user may not look into this one either. Every change of user undoes it.
    """
    prctl(PR_SET_DUMPABLE, 0)


def die_with_parent() -> None:
    """Be killed when the thread that forked this process ends. Every change of user undoes it."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def unshare(flags: int) -> None:
    """Move this process into namespaces of its own."""
    if _library().unshare(flags) < 0:
        raise _failure("unshare")


def mount(source: str | None, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    """Mount a file system, or change how one is mounted."""
    words = [None if word is None else os.fsencode(word) for word in (source, target, kind, options)]
    if _library().mount(words[0], words[1], words[2], flags, words[3]) < 0:
        raise _failure(f"mount({target})")


def landlock_abi() -> int:
    """Ask for the version of Landlock, 0 if the kernel has none or it is turned off."""
    version_query = 1
    try:
        return _system_call("landlock_create_ruleset", LANDLOCK_CREATE_RULESET, None, 0, version_query)
    except OSError as error:
        if error.errno in (errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM):
            return 0
        raise


def handled_access(abi: int) -> int:
    """Give the bits of all file rights that a version of Landlock knows."""
    rights = {1: 13, 2: 14, 3: 15, 4: 15}.get(abi, 16)
    return (1 << rights) - 1


def landlock_ruleset(abi: int) -> int:
    """Make a ruleset that denies all files, TCP, and signals and abstract sockets to the outside.

    Args:
        abi: The version of Landlock; what it does not know is left out.

    Returns:
        A descriptor, to be given to `landlock_allow` and `landlock_restrict`, then closed.
    """
    tcp_bind_and_connect, abstract_sockets_and_signals = 3, 3
    words = [handled_access(abi)]
    if abi >= 4:
        words.append(tcp_bind_and_connect)
    if abi >= 6:
        words.append(abstract_sockets_and_signals)
    attributes = struct.pack(f"={len(words)}Q", *words)
    return _system_call("landlock_create_ruleset", LANDLOCK_CREATE_RULESET, attributes, len(attributes), 0)


def landlock_allow(ruleset: int, path: str, access: int, abi: int) -> None:
    """Permit access to a file, or beneath a folder."""
    path_beneath = 1
    target = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(target).st_mode):
            access &= ON_FILES
        rule = struct.pack("=Qi", access & handled_access(abi), target)
        _system_call(f"landlock_add_rule({path})", LANDLOCK_ADD_RULE, ruleset, path_beneath, rule, 0)
    finally:
        os.close(target)


def landlock_restrict(ruleset: int, abi: int) -> None:
    """Put this process under a ruleset, for good."""
    quiet = 1 if abi >= 7 else 0  # no line in the audit log for each refusal: a worker could fill it
    _system_call("landlock_restrict_self", LANDLOCK_RESTRICT_SELF, ruleset, quiet)


def install_filter(instructions: bytes, machine: str) -> None:
    """Put this thread and what it starts under a seccomp filter, for good.

    Args:
        instructions: An array of struct sock_filter.
        machine: This machine's name in `os.uname().machine`.
    """
    buffer = array.array("B", instructions)  # a ctypes array would make a class first, at 0.1 ms
    address, size = buffer.buffer_info()
    description = struct.pack("@HP", size // BYTES_PER_FILTER_INSTRUCTION, address)
    number = SECCOMP[machine]
    try:
        _system_call("seccomp", number, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, description)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        _system_call("seccomp", number, SECCOMP_SET_MODE_FILTER, 0, description)  # a kernel that lacks the flag


@dataclass(frozen=True, slots=True)
class ChildEnding:
    """How a child of `in_child` ended: what it said, and its exit code or minus the signal that killed it."""

    said: str
    exit_code: int


CHILD_ANSWER: Final = 0
"""The descriptor on which a child of `in_child` answers, in place of its standard input."""


def in_child(act: Callable[[], str], seconds: float = 5.0) -> ChildEnding:
    """Fork, run `act` in the child and give what it returns; the child is killed when its time is up.

    An exception ends the child with exit code 1 and is what it said. For probes and tests, not for submissions.
    """
    deadline = time.monotonic() + seconds
    answers, answer = os.pipe()
    pid = os.fork()
    if pid == 0:
        _answer_and_exit(act, answer)
    os.close(answer)
    with os.fdopen(answers, "rb", buffering=0) as pipe:
        said = _read_until(pipe, deadline)
    while True:
        waited, status = os.waitpid(pid, os.WNOHANG)
        if waited:
            return ChildEnding(said.decode("utf-8", "replace"), os.waitstatus_to_exitcode(status))
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.001)


def can(act: Callable[[], object]) -> bool:
    """Try something in a child that ends at once, and tell whether it worked."""

    def attempt() -> str:
        act()
        return ""

    return in_child(attempt).exit_code == 0


def _answer_and_exit(act: Callable[[], str], answer: int) -> NoReturn:
    code = 1
    try:
        os.dup2(answer, CHILD_ANSWER)
        if answer != CHILD_ANSWER:
            os.close(answer)  # or a grandchild would keep the parent waiting
        said = act()
        code = 0
    except BaseException as error:  # noqa: BLE001  # whatever it is, the child may not return into its parent's code
        said = f"{type(error).__name__}: {error}"
    try:
        os.write(CHILD_ANSWER, said.encode("utf-8", "replace"))
    finally:
        os._exit(code)


def _read_until(pipe: RawIOBase, deadline: float) -> bytes:
    said = b""
    while select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))[0]:
        chunk = pipe.read(1 << 16)
        if not chunk:
            break
        said += chunk
    return said
