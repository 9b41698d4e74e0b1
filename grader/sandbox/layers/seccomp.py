"""seccomp: what a worker may ask of the kernel, one allow-list per profile, assembled to a classic BPF program.

The program is searched by halves, so that the kernel, which runs it once for every call number when it is installed,
has little to do; only the worker's own process id is filled in after the fork.

Source: Linux, Documentation/userspace-api/seccomp_filter.rst; include/uapi/linux/filter.h, seccomp.h, audit.h.
"""

from __future__ import annotations

import array
import errno
import functools
import os
import struct
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from grader.errors import ConfinementError
from grader.model.assignment import Profile
from grader.sandbox.layers import child, libc
from grader.sandbox.layers.layer import Layer, Planned, Request, Stage
from grader.sandbox.layers.no_new_privs import forbid_new_privileges
from grader.sandbox.layers.syscall_numbers import MACHINES, NUMBERS

NAME: Final = "seccomp"
AUDIT_NUMBER: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""How the kernel names the machine that a call was made for; another one means 32-bit entry points."""

SYSTEM_CALL: Final = {"x86_64": 317, "aarch64": 277}
SET_MODE_FILTER: Final = 1
# Without it, kernels before 5.16 slow a filtered process down to hide its memory from itself: a worker hides nothing.
FILTER_FLAG_SPEC_ALLOW: Final = 4
BYTES_PER_INSTRUCTION: Final = 8
X32_BIT: Final = 0x40000000  # marks calls of the x32 interface, which has numbers of its own

LOAD, AND, JUMP, RETURN = 0x20, 0x54, 0x05, 0x06
JUMP_IF_EQUAL, JUMP_IF_AT_LEAST, JUMP_IF_ANY_BIT = 0x15, 0x35, 0x45
LONGEST_CONDITIONAL_JUMP: Final = 255
NUMBER_OFFSET, MACHINE_OFFSET, ARGUMENTS_OFFSET = 0, 4, 16  # in struct seccomp_data

RETURN_KILL: Final = 0x80000000
RETURN_ERROR: Final = 0x00050000  # plus the error number, which may be 0: success, and nothing done
RETURN_ALLOW: Final = 0x7FFF0000


class Instruction(NamedTuple):
    """One instruction of classic BPF; `own_pid` marks a constant that is filled in after the fork."""

    code: int
    if_true: int
    if_false: int
    constant: int
    own_pid: bool = False


Rule = tuple[Instruction, ...]
"""Decides about one call. It returns on every path, and finds nothing of use in the accumulator."""


def _returns(action: int) -> Rule:
    return (Instruction(RETURN, 0, 0, action),)


def _low(argument: int) -> Instruction:
    """Load the half of an argument that the kernel reads where it expects an int."""
    return Instruction(LOAD, 0, 0, ARGUMENTS_OFFSET + 8 * argument)


def _high(argument: int) -> Instruction:
    return Instruction(LOAD, 0, 0, ARGUMENTS_OFFSET + 8 * argument + 4)


ALLOW: Final = _returns(RETURN_ALLOW)
KILL: Final = _returns(RETURN_KILL)
REFUSE: Final = _returns(RETURN_ERROR | errno.EPERM)
ABSENT: Final = _returns(RETURN_ERROR | errno.ENOSYS)
UNSUPPORTED: Final = _returns(RETURN_ERROR | errno.EOPNOTSUPP)
PRETEND: Final = _returns(RETURN_ERROR)


def _one_of(argument: int, values: Sequence[int]) -> Rule:
    """Allow a call whose int argument is one of these."""
    tests = [Instruction(JUMP_IF_EQUAL, len(values) - i, 0, value) for i, value in enumerate(values)]
    return (_low(argument), *tests, *REFUSE, *ALLOW)


def _only_bits(argument: int, permitted: int, needed: int | None = None) -> Rule:
    """Allow a call whose int argument sets no bit but these, and one of the needed bits."""
    needs = () if needed is None else (Instruction(JUMP_IF_ANY_BIT, 0, 1, needed),)
    forbidden = ~permitted & 0xFFFFFFFF
    return (_low(argument), Instruction(JUMP_IF_ANY_BIT, 1 + len(needs), 0, forbidden), *needs, *ALLOW, *REFUSE)


def _zero(*words: Instruction) -> Rule:
    """Allow a call in which all of these words are zero."""
    tests = [(word, Instruction(JUMP_IF_EQUAL, 0, 2 * (len(words) - i) - 1, 0)) for i, word in enumerate(words)]
    return (*(instruction for test in tests for instruction in test), *ALLOW, *REFUSE)


def _no_truncation_by_reading(argument: int) -> Rule:
    """Allow opening unless an access mode that cannot write comes with O_TRUNC, or is the odd fourth one.

    Both would empty a file that Landlock before ABI 3 holds for readable only.
    """
    access_mode, odd_mode, truncate = 0o3, 0o3, 0o1000
    return (
        _low(argument),
        Instruction(AND, 0, 0, access_mode),
        Instruction(JUMP_IF_EQUAL, 4, 0, odd_mode),
        Instruction(JUMP_IF_EQUAL, 0, 2, 0),
        _low(argument),
        Instruction(JUMP_IF_ANY_BIT, 1, 0, truncate),
        *ALLOW,
        *REFUSE,
    )


SELF_ONLY: Final[Rule] = (_low(0), Instruction(JUMP_IF_EQUAL, 0, 1, 0, own_pid=True), *ALLOW, *REFUSE)

THREAD: Final = 0x00010000
# CLONE_VM, FS, FILES, SIGHAND, THREAD, SYSVSEM, SETTLS, PARENT_SETTID, CHILD_CLEARTID, DETACHED, CHILD_SETTID, and the
# exit signal, which threads do not use: no namespace, no tracing, no process descriptor.
THREAD_FLAGS: Final = 0x017D0F00 | 0xFF
# CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID and the exit signal: what the C library asks for when it forks.
FORK_FLAGS: Final = 0x01200000 | 0xFF
# TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX; above all not TIOCSTI.
IOCTLS: Final = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
# F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC, F_GETPIPE_SZ: nothing that makes signals or leases.
FCNTLS: Final = (0, 1, 2, 3, 4, 1030, 1032)
FILE_LOCKS: Final = (5, 6, 7)  # F_GETLK, F_SETLK, F_SETLKW
# PR_GET_DUMPABLE, PR_SET_NAME, PR_GET_NAME, PR_GET_NO_NEW_PRIVS, PR_SVE_GET_VL (vector length, asked for by oneDNN on
# aarch64), PR_SET_VMA (names of mappings).
PRCTLS: Final = (3, 15, 16, 39, 51, 0x53564D41)
# ARCH_GET_XCOMP_SUPP, ARCH_GET_XCOMP_PERM, ARCH_REQ_XCOMP_PERM: matrix units, asked for by oneDNN and MKL.
ARCH_PRCTLS: Final = (0x1021, 0x1022, 0x1023)
UNIX_SOCKETS: Final = 1  # AF_UNIX: a pair of them is a pipe for both directions
PIPE_FLAGS: Final = 0x80000 | 0x800  # O_CLOEXEC, O_NONBLOCK

_ALLOWED_IN_MEMORY = """
    futex read write mmap munmap mprotect madvise brk mremap msync close close_range lseek fstat readv writev
    pread64 pwrite64 preadv pwritev dup dup2 dup3 pipe poll ppoll select pselect6 epoll_create epoll_create1
    epoll_ctl epoll_wait epoll_pwait eventfd2 membarrier get_mempolicy set_robust_list set_tid_address rseq
    sched_yield sched_getaffinity sched_get_priority_min sched_get_priority_max getcpu exit exit_group wait4 waitid
    restart_syscall rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigsuspend sigaltstack
    pause alarm getitimer setitimer time gettimeofday clock_gettime clock_getres clock_nanosleep nanosleep times
    getpid getppid gettid getuid geteuid getgid getegid getresuid getresgid getgroups getpgrp getpgid getsid
    getrandom uname sysinfo getrusage getrlimit getcwd
"""

_ALLOWED_WITH_FILES = """
    creat stat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat chdir fchdir
    mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 getdents getdents64 statfs fstatfs ftruncate
    fsync fdatasync flock fadvise64 fallocate umask
"""

# Landlock does not stand between a worker and the mode, times or attributes of files outside its scratch folder, so
# none may be changed. `shutil.copy` and archives need an answer all the same, and nobody needs the deed.
_PRETENDED = "chmod fchmod fchmodat fchmodat2 utime utimes futimesat utimensat"
_UNSUPPORTED = "getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr"

_MEMORY: Final[Mapping[str, Rule]] = {
    **dict.fromkeys(_ALLOWED_IN_MEMORY.split(), ALLOW),
    "clone": _only_bits(0, THREAD_FLAGS, needed=THREAD),
    "clone3": ABSENT,  # its flags are out of a filter's sight; the C library falls back to clone
    "kill": SELF_ONLY,
    "tgkill": SELF_ONLY,
    "ioctl": _one_of(1, IOCTLS),
    "fcntl": _one_of(1, FCNTLS),
    "prctl": _one_of(0, PRCTLS),
    "arch_prctl": _one_of(0, ARCH_PRCTLS),
    "pipe2": _only_bits(1, PIPE_FLAGS),  # without O_NOTIFICATION_PIPE
    "prlimit64": _zero(_low(0), _low(2), _high(2)),  # of itself, and without a new limit
}

_FILES: Final[Mapping[str, Rule]] = {
    **_MEMORY,
    **dict.fromkeys(_ALLOWED_WITH_FILES.split(), ALLOW),
    "open": _no_truncation_by_reading(1),
    "openat": _no_truncation_by_reading(2),
    "openat2": ABSENT,  # its flags are out of a filter's sight
    "fcntl": _one_of(1, FCNTLS + FILE_LOCKS),
    **dict.fromkeys(_PRETENDED.split(), PRETEND),
    **dict.fromkeys(_UNSUPPORTED.split(), UNSUPPORTED),
}

# Each worker has a process namespace to itself: there is nobody else to signal, and all it forks ends with it. Locks
# between processes are files that the C library links into a /dev/shm of the worker's own. Nothing is executed.
_ALLOWED_WITH_PROCESSES = "fork kill tgkill setsid setpgid link linkat"

_PROCESSES: Final[Mapping[str, Rule]] = {
    **_FILES,
    **dict.fromkeys(_ALLOWED_WITH_PROCESSES.split(), ALLOW),
    "clone": _only_bits(0, THREAD_FLAGS | FORK_FLAGS),
    "socketpair": _one_of(0, (UNIX_SOCKETS,)),
}

RULES: Final[Mapping[Profile, Mapping[str, Rule]]] = {
    Profile.MEMORY: _MEMORY,
    Profile.FILES: _FILES,
    Profile.PROCESSES: _PROCESSES,
}
"""What becomes of each named call; every other call is refused with EPERM."""


def _searched(ranges: Sequence[tuple[int, Rule]]) -> list[Instruction]:
    """Decide by halves which range the accumulator lies in. A range reaches from its start to the next one's."""
    if len(ranges) == 1:
        return list(ranges[0][1])
    middle = len(ranges) // 2
    below, above = _searched(ranges[:middle]), _searched(ranges[middle:])
    start = ranges[middle][0]
    if len(below) <= LONGEST_CONDITIONAL_JUMP:
        choice = [Instruction(JUMP_IF_AT_LEAST, len(below), 0, start)]
    else:
        choice = [Instruction(JUMP_IF_AT_LEAST, 0, 1, start), Instruction(JUMP, 0, 0, len(below))]
    return [*choice, *below, *above]


def _ranges(rules: Mapping[int, Rule], machine: str) -> list[tuple[int, Rule]]:
    """Cover all call numbers with ranges of one rule each."""
    starts: dict[int, Rule] = {0: REFUSE}
    for number in sorted(rules):
        starts[number] = rules[number]
        starts[number + 1] = REFUSE
    if machine == "x86_64":
        starts[X32_BIT] = KILL
    ranges: list[tuple[int, Rule]] = []
    for start, rule in sorted(starts.items()):
        if not ranges or ranges[-1][1] != rule:
            ranges.append((start, rule))
    return ranges


@functools.cache
def assemble(profile: Profile, machine: str) -> tuple[bytes, tuple[int, ...]]:
    """Assemble the filter of a profile for a machine of MACHINES; return also where the process id is still missing."""
    numbers = NUMBERS[machine]
    rules = {numbers[name]: rule for name, rule in RULES[profile].items() if name in numbers}
    instructions = [
        Instruction(LOAD, 0, 0, MACHINE_OFFSET),
        Instruction(JUMP_IF_EQUAL, 1, 0, AUDIT_NUMBER[machine]),
        *KILL,
        Instruction(LOAD, 0, 0, NUMBER_OFFSET),
        *_searched(_ranges(rules, machine)),
    ]
    packed = b"".join(struct.pack("=HBBI", *instruction[:4]) for instruction in instructions)
    return packed, tuple(8 * i + 4 for i, instruction in enumerate(instructions) if instruction.own_pid)


def program(profile: Profile, machine: str, pid: int) -> bytes:
    """Return the filter under which process `pid` runs in a profile, as an array of struct sock_filter."""
    packed, pid_offsets = assemble(profile, machine)
    filled = bytearray(packed)
    for offset in pid_offsets:
        struct.pack_into("=I", filled, offset, pid)
    return bytes(filled)


def install_filter(instructions: bytes, machine: str) -> None:
    """Put this thread and what it starts under a seccomp filter, an array of struct sock_filter, for good."""
    buffer = array.array("B", instructions)  # a ctypes array would make a class first, at 0.1 ms
    address, size = buffer.buffer_info()
    description = struct.pack("@HP", size // BYTES_PER_INSTRUCTION, address)
    number = SYSTEM_CALL[machine]
    try:
        libc.system_call("seccomp", number, SET_MODE_FILTER, FILTER_FLAG_SPEC_ALLOW, description)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        libc.system_call("seccomp", number, SET_MODE_FILTER, 0, description)  # a kernel that lacks the flag


def plan(request: Request) -> Planned:
    """Assemble the profile's filter, and put each worker under it.

    Raises:
        ConfinementError: there is no table of calls for this machine.
    """
    machine = os.uname().machine
    if machine not in MACHINES or struct.calcsize("P") != 8:
        raise ConfinementError(NAME, f"the machine is {machine}, expected {' or '.join(MACHINES)} with 64 bits")
    assemble(request.profile, machine)  # once for all workers
    return Planned(
        label=f"{NAME}:{request.profile}",
        steps={Stage.FILTER: lambda _: install_filter(program(request.profile, machine, os.getpid()), machine)},
    )


def probe(_uid: int) -> tuple[bool, str]:
    """Install the strictest filter, and try to open a folder."""
    machine = os.uname().machine
    if machine not in MACHINES:
        return False, f"the machine is {machine}, filters are written for {' and '.join(MACHINES)}"

    def act() -> str:
        forbid_new_privileges()
        install_filter(program(Profile.MEMORY, machine, os.getpid()), machine)
        return child.outcome_of_opening("/")

    found = child.in_child(act)
    if found.exit_code != 0:
        return False, f"no filter can be installed: {found.answer or f'exit code {found.exit_code}'}"
    return found.answer == "refused", f"a filter is installed, and open() is {found.answer} under it"


LAYER: Final = Layer(
    name=NAME, plan=plan, probe=probe, is_required=True,
    advice="run it on Linux, on x86-64 or aarch64, and without --no-isolation",
)  # fmt: skip
