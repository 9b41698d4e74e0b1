from __future__ import annotations

import errno
import os
import re
import sys
from pathlib import Path

import bpf
import pytest

from grader.model import Profile
from grader.sandbox.layers import child, libc, no_new_privs, seccomp
from grader.sandbox.layers.syscall_numbers import MACHINES, NUMBERS

HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
HIGHEST_NUMBER = 1023
PID = 4321
REFUSED = bpf.ERROR | errno.EPERM
BOTH_MACHINES = pytest.mark.parametrize("machine", MACHINES)
EACH_PROFILE = pytest.mark.parametrize("profile", list(Profile), ids=str)
WITH_FILES = pytest.mark.parametrize("profile", [Profile.FILES, Profile.PROCESSES], ids=str)
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="system calls of Linux")
OF_ONE_PROCESS = pytest.mark.parametrize("profile", [Profile.MEMORY, Profile.FILES], ids=str)

_TAKE_A_PATH = """
    open openat openat2 creat stat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat chdir chroot
    mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 link linkat symlink symlinkat mknod mknodat
    truncate chmod fchmodat fchmodat2 chown lchown fchownat utime utimes futimesat utimensat statfs execve execveat
    getxattr lgetxattr listxattr llistxattr setxattr lsetxattr removexattr lremovexattr mount umount2 pivot_root
    name_to_handle_at open_by_handle_at inotify_add_watch fanotify_mark swapon swapoff acct quotactl uselib
    mount_setattr move_mount open_tree fspick fsopen memfd_create mq_open mq_unlink bpf
"""
_REACH_OTHERS = """
    socket socketpair connect bind accept accept4 listen sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg
    fork vfork execve execveat ptrace process_vm_readv process_vm_writev process_madvise pidfd_open pidfd_getfd
    pidfd_send_signal kcmp tkill rt_sigqueueinfo rt_tgsigqueueinfo setpriority sched_setaffinity sched_setscheduler
    sched_setattr ioprio_set setpgid setsid migrate_pages move_pages
    shmget shmat semget msgget mq_open memfd_create memfd_secret io_uring_setup io_uring_enter userfaultfd
    perf_event_open bpf keyctl add_key request_key unshare setns mount umount2 pivot_root chroot seccomp
    setuid setgid setresuid setresgid setreuid setregid setgroups setfsuid capset personality setrlimit
    splice tee vmsplice sendfile copy_file_range syslog reboot sethostname clock_settime settimeofday
    init_module finit_module kexec_load delete_module iopl ioperm modify_ldt mlock mlockall sync quotactl
    timer_create timerfd_create signalfd4 inotify_init1 fanotify_init
"""
TAKE_A_PATH = frozenset(_TAKE_A_PATH.split())
REACH_OTHERS = frozenset(_REACH_OTHERS.split())
WITHIN_A_NAMESPACE = frozenset({"fork", "setpgid", "setsid", "socketpair"})
"""What reaches nobody where the others are processes of the worker's own namespace."""


def outcome(profile: Profile, machine: str, call: str, *arguments: int) -> int:
    program = seccomp.program(profile, machine, PID)
    return bpf.run(program, seccomp.AUDIT_NUMBER[machine], NUMBERS[machine][call], arguments).action


def numbers_in_header(machine: str) -> dict[str, int]:
    header = HEADERS[machine]
    if not header.exists():
        pytest.skip(f"{header} is not installed (linux-libc-dev)")
    lines = re.findall(r"^#define __NR(?:3264)?_(\w+)\s+(\d+)$", header.read_text(encoding="utf-8"), re.MULTILINE)
    numbers = {name: int(number) for name, number in lines if name != "syscalls"}
    if machine == "aarch64":
        numbers["newfstatat"] = numbers.pop("fstatat")  # one number, two names in the generic header
    return numbers


@BOTH_MACHINES
def test_every_number_is_the_one_of_the_kernels_header(machine: str) -> None:
    header = numbers_in_header(machine)
    newest = max(header.values())
    wrong = {
        name: (number, header.get(name))
        for name, number in NUMBERS[machine].items()
        if header.get(name) != number and not (name not in header and number > newest)
    }
    assert wrong == {}


@BOTH_MACHINES
def test_a_call_that_the_table_leaves_out_is_missing_on_that_machine(machine: str) -> None:
    named = {name for rules in seccomp.RULES.values() for name in rules}
    left_out = named - NUMBERS[machine].keys()
    assert left_out & numbers_in_header(machine).keys() == set()


@BOTH_MACHINES
@EACH_PROFILE
def test_the_kernel_would_take_the_program(profile: Profile, machine: str) -> None:
    assert bpf.flaws(seccomp.program(profile, machine, PID)) == []


@BOTH_MACHINES
@EACH_PROFILE
def test_every_number_that_no_rule_names_is_refused(profile: Profile, machine: str) -> None:
    program = seccomp.program(profile, machine, PID)
    named = {NUMBERS[machine][name] for name in seccomp.RULES[profile] if name in NUMBERS[machine]}
    actions = {
        bpf.run(program, seccomp.AUDIT_NUMBER[machine], number).action
        for number in range(HIGHEST_NUMBER)
        if number not in named
    }
    assert actions == {REFUSED}


@BOTH_MACHINES
@EACH_PROFILE
def test_every_number_is_decided_by_its_own_rule(profile: Profile, machine: str) -> None:
    program = seccomp.program(profile, machine, PID)
    plain = {seccomp.ALLOW: bpf.ALLOW, seccomp.ABSENT: bpf.ERROR | errno.ENOSYS, seccomp.PRETEND: bpf.ERROR,
             seccomp.UNSUPPORTED: bpf.ERROR | errno.EOPNOTSUPP}  # fmt: skip
    wrong = {
        name: action
        for name, rule in seccomp.RULES[profile].items()
        if name in NUMBERS[machine] and rule in plain
        if (action := bpf.run(program, seccomp.AUDIT_NUMBER[machine], NUMBERS[machine][name]).action) != plain[rule]
    }
    assert wrong == {}


def test_the_memory_profile_names_no_call_that_takes_a_path() -> None:
    assert TAKE_A_PATH & seccomp.RULES[Profile.MEMORY].keys() == set()


@EACH_PROFILE
def test_no_profile_names_a_call_that_reaches_beyond_the_process(profile: Profile) -> None:
    permitted = WITHIN_A_NAMESPACE if profile is Profile.PROCESSES else set()
    assert REACH_OTHERS & seccomp.RULES[profile].keys() == permitted


@BOTH_MACHINES
@EACH_PROFILE
def test_calls_of_another_architecture_kill(profile: Profile, machine: str) -> None:
    program = seccomp.program(profile, machine, PID)
    others = {0x40000003, 0x40000028, 0, *seccomp.AUDIT_NUMBER.values()} - {seccomp.AUDIT_NUMBER[machine]}
    actions = {bpf.run(program, other, number).action for other in others for number in range(HIGHEST_NUMBER)}
    assert actions == {bpf.KILL}


@EACH_PROFILE
def test_every_x32_call_kills(profile: Profile) -> None:
    program = seccomp.program(profile, "x86_64", PID)
    numbers = [*range(0x40000000, 0x40000400), 0x7FFFFFFF, 0xFFFFFFFF]
    actions = {bpf.run(program, seccomp.AUDIT_NUMBER["x86_64"], number).action for number in numbers}
    assert actions == {bpf.KILL}


@BOTH_MACHINES
@EACH_PROFILE
def test_no_decision_takes_more_than_forty_instructions(profile: Profile, machine: str) -> None:
    """The kernel runs the program once for every call number when it is installed: a linear search took 0.5 ms."""
    program = seccomp.program(profile, machine, PID)
    steps = [bpf.run(program, seccomp.AUDIT_NUMBER[machine], number).steps for number in range(HIGHEST_NUMBER)]
    assert max(steps) <= 40


@BOTH_MACHINES
@OF_ONE_PROCESS
def test_programs_for_two_processes_differ_in_the_process_id_only(profile: Profile, machine: str) -> None:
    one, two = (bpf.instructions(seccomp.program(profile, machine, pid)) for pid in (PID, PID + 1))
    differing = [(left, right) for left, right in zip(one, two, strict=True) if left != right]
    assert [(left[3], right[3]) for left, right in differing] == [(PID, PID + 1)] * 2


CLONE_FLAGS_OF_A_THREAD = 0x003D0F00  # what glibc's pthread_create asks for
CLONE_FLAGS_OF_MUSL = 0x007D0F00
CLONE_FLAGS_OF_FORK = 0x01200011
NAMESPACES = {"NEWNS": 0x20000, "NEWCGROUP": 0x02000000, "NEWUTS": 0x04000000, "NEWIPC": 0x08000000,
              "NEWUSER": 0x10000000, "NEWPID": 0x20000000, "NEWNET": 0x40000000}  # fmt: skip


@BOTH_MACHINES
@EACH_PROFILE
@pytest.mark.parametrize("flags", [CLONE_FLAGS_OF_A_THREAD, CLONE_FLAGS_OF_MUSL], ids=hex)
def test_clone_may_make_a_thread(profile: Profile, machine: str, flags: int) -> None:
    assert outcome(profile, machine, "clone", flags) == bpf.ALLOW


@BOTH_MACHINES
@OF_ONE_PROCESS
@pytest.mark.parametrize(
    "flags",
    [CLONE_FLAGS_OF_FORK, 0, 0x4111, *(CLONE_FLAGS_OF_A_THREAD | flag for flag in NAMESPACES.values()),
     CLONE_FLAGS_OF_A_THREAD | 0x2000, CLONE_FLAGS_OF_A_THREAD | 0x1000],
    ids=hex,
)  # fmt: skip
def test_clone_may_make_nothing_but_a_thread(profile: Profile, machine: str, flags: int) -> None:
    assert outcome(profile, machine, "clone", flags) == REFUSED


@BOTH_MACHINES
@pytest.mark.parametrize(
    ("profile", "call"),
    [*((profile, "clone3") for profile in Profile), (Profile.FILES, "openat2"), (Profile.PROCESSES, "openat2")],
)
def test_a_call_whose_flags_a_filter_cannot_see_looks_absent(profile: Profile, machine: str, call: str) -> None:
    """The C library then falls back to the older call, whose flags are arguments."""
    assert outcome(profile, machine, call) == bpf.ERROR | errno.ENOSYS


@BOTH_MACHINES
@OF_ONE_PROCESS
@pytest.mark.parametrize("call", ["kill", "tgkill"])
def test_signals_go_to_the_process_itself_only(profile: Profile, machine: str, call: str) -> None:
    assert outcome(profile, machine, call, PID, 9) == bpf.ALLOW
    assert {outcome(profile, machine, call, other, 9) for other in (PID - 1, PID + 1, 1, 0, -1, -PID)} == {REFUSED}


@BOTH_MACHINES
@pytest.mark.parametrize("flags", [CLONE_FLAGS_OF_FORK, CLONE_FLAGS_OF_A_THREAD, CLONE_FLAGS_OF_MUSL, 17], ids=hex)
def test_with_processes_clone_may_also_fork(machine: str, flags: int) -> None:
    assert outcome(Profile.PROCESSES, machine, "clone", flags) == bpf.ALLOW


PTRACE, VFORK, PARENT, PIDFD = 0x2000, 0x4000, 0x8000, 0x1000


@BOTH_MACHINES
@pytest.mark.parametrize("flag", [*NAMESPACES.values(), PTRACE, VFORK, PARENT, PIDFD], ids=hex)
def test_with_processes_no_child_leaves_the_namespace_or_the_family(machine: str, flag: int) -> None:
    """With CLONE_PARENT a child would be the keeper's, outside, and live on."""
    assert outcome(Profile.PROCESSES, machine, "clone", CLONE_FLAGS_OF_FORK | flag) == REFUSED


@BOTH_MACHINES
@pytest.mark.parametrize("call", ["execve", "execveat", "unshare", "setns", "socket", "connect", "sendto", "sendmsg"])
def test_with_processes_nothing_is_executed_and_no_service_is_spoken_to(machine: str, call: str) -> None:
    """A user's message bus starts programs outside of every sandbox for whoever can connect to its socket."""
    numbers = {"execve": (59, 221), "execveat": (322, 281), "unshare": (272, 97), "setns": (308, 268),
               "socket": (41, 198), "connect": (42, 203), "sendto": (44, 206), "sendmsg": (46, 211)}  # fmt: skip
    number = numbers[call][MACHINES.index(machine)]
    program = seccomp.program(Profile.PROCESSES, machine, PID)
    assert bpf.run(program, seccomp.AUDIT_NUMBER[machine], number, (1, 1)).action == REFUSED


@BOTH_MACHINES
def test_only_unix_sockets_come_in_pairs(machine: str) -> None:
    unix, netlink, vsock = 1, 16, 40
    assert outcome(Profile.PROCESSES, machine, "socketpair", unix, 1) == bpf.ALLOW
    assert {outcome(Profile.PROCESSES, machine, "socketpair", family, 1) for family in (2, netlink, vsock)} == {REFUSED}


CONSTANTS = [
    ("ioctl", 1, {"TCGETS": 0x5401, "FIONREAD": 0x541B}, {"TIOCSTI": 0x5412, "TIOCLINUX": 0x541C, "TIOCSCTTY": 0x540E}),
    ("fcntl", 1, {"F_GETFL": 3, "F_DUPFD_CLOEXEC": 1030},
     {"F_SETOWN": 8, "F_SETSIG": 10, "F_SETOWN_EX": 15, "F_SETLEASE": 1024, "F_NOTIFY": 1026, "F_SETPIPE_SZ": 1031,
      "F_ADD_SEALS": 1033}),
    ("prctl", 0, {"PR_SET_NAME": 15, "PR_GET_DUMPABLE": 3},
     {"PR_SET_PDEATHSIG": 1, "PR_SET_DUMPABLE": 4, "PR_SET_SECCOMP": 22, "PR_SET_MM": 35,
      "PR_SET_CHILD_SUBREAPER": 36, "PR_SET_NO_NEW_PRIVS": 38, "PR_SET_PTRACER": 0x59616D61}),
]  # fmt: skip


@BOTH_MACHINES
@EACH_PROFILE
@pytest.mark.parametrize(("call", "place", "good", "bad"), CONSTANTS, ids=[row[0] for row in CONSTANTS])
def test_only_harmless_operations_of_a_many_sided_call_are_allowed(
    profile: Profile, machine: str, call: str, place: int, good: dict[str, int], bad: dict[str, int]
) -> None:
    def decided(value: int) -> int:
        return outcome(profile, machine, call, *(0,) * place, value)

    assert {name: decided(value) for name, value in good.items()} == dict.fromkeys(good, bpf.ALLOW)
    assert {name: decided(value) for name, value in bad.items()} == dict.fromkeys(bad, REFUSED)


@BOTH_MACHINES
@OF_ONE_PROCESS
def test_an_operation_is_judged_by_the_half_that_the_kernel_reads(profile: Profile, machine: str) -> None:
    """The kernel takes an int from the low half of a register: TIOCSTI with a bit set above is still TIOCSTI."""
    assert outcome(profile, machine, "ioctl", 0, 0x5412 | 1 << 32) == REFUSED
    assert outcome(profile, machine, "kill", PID + 1 | PID << 32) == REFUSED


@BOTH_MACHINES
@EACH_PROFILE
def test_limits_may_be_read_by_their_owner_and_set_by_nobody(profile: Profile, machine: str) -> None:
    old = 0x7F0000002000
    assert outcome(profile, machine, "prlimit64", 0, 9, 0, old) == bpf.ALLOW
    assert outcome(profile, machine, "prlimit64", PID - 1, 9, 0, old) == REFUSED
    assert outcome(profile, machine, "prlimit64", 0, 9, 0x1000, 0) == REFUSED
    assert outcome(profile, machine, "prlimit64", 0, 9, 0x7F0000000000, 0) == REFUSED  # the low half is zero


@BOTH_MACHINES
@EACH_PROFILE
def test_a_pipe_may_not_be_a_watch_queue(profile: Profile, machine: str) -> None:
    assert outcome(profile, machine, "pipe2", 0x1000, 0x80800) == bpf.ALLOW
    assert outcome(profile, machine, "pipe2", 0x1000, 0x80080) == REFUSED


def test_only_matrix_units_may_be_asked_for_by_arch_prctl() -> None:
    assert outcome(Profile.MEMORY, "x86_64", "arch_prctl", 0x1023) == bpf.ALLOW
    assert outcome(Profile.MEMORY, "x86_64", "arch_prctl", 0x1002) == REFUSED


READ, WRITE, BOTH, ODD, CREATE, TRUNCATE = 0, 1, 2, 3, 0o100, 0o1000


@BOTH_MACHINES
@pytest.mark.parametrize("flags", [READ, WRITE | CREATE | TRUNCATE, BOTH | TRUNCATE, BOTH, READ | 0o2000000], ids=oct)
@WITH_FILES
def test_files_may_be_opened_as_people_open_them(profile: Profile, machine: str, flags: int) -> None:
    assert outcome(profile, machine, "openat", -100, 0x1000, flags) == bpf.ALLOW


@BOTH_MACHINES
@pytest.mark.parametrize("flags", [READ | TRUNCATE, ODD, ODD | TRUNCATE], ids=oct)
@WITH_FILES
def test_a_file_may_not_be_emptied_by_opening_it_for_reading(profile: Profile, machine: str, flags: int) -> None:
    """Before Landlock's third version, O_RDONLY | O_TRUNC needs the right to read only, and empties the file."""
    assert outcome(profile, machine, "openat", -100, 0x1000, flags) == REFUSED


@BOTH_MACHINES
@pytest.mark.parametrize("call", ["fchmod", "fchmodat", "utimensat"])
def test_modes_and_times_of_files_seem_to_change_and_do_not(machine: str, call: str) -> None:
    assert outcome(Profile.FILES, machine, call) == bpf.ERROR
    assert outcome(Profile.MEMORY, machine, call) == REFUSED


@pytest.mark.parametrize(
    ("flaw", "program"),
    [
        ("a jump past the end", "15000500 00000000 06000000 00000000"),
        ("no return", "20000000 00000000"),
        ("an odd offset", "20000000 02000000 06000000 00000000"),
    ],
)
def test_the_interpreter_finds_what_the_kernel_would_refuse(flaw: str, program: str) -> None:
    assert bpf.flaws(bytes.fromhex(program)) != [], flaw


@ON_LINUX
def test_a_filter_needs_no_privilege_but_no_new_ones() -> None:
    machine = os.uname().machine

    def act() -> str:
        no_new_privs.forbid_new_privileges()
        seccomp.install_filter(seccomp.program(Profile.MEMORY, machine, os.getpid()), machine)
        with pytest.raises(PermissionError):
            os.open("/", os.O_RDONLY)
        return "refused"

    assert child.in_child(act).answer == "refused"


@ON_LINUX
def test_a_filter_is_installed_where_the_kernel_lacks_the_newer_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[object] = []

    def old_kernel(_name: str, _number: int, _operation: int, flags: int, _program: object) -> int:
        given.append(flags)
        if flags:
            raise OSError(errno.EINVAL, "seccomp: Invalid argument")
        return 0

    monkeypatch.setattr(libc, "system_call", old_kernel)
    seccomp.install_filter(bytes(8), "x86_64")
    assert given == [seccomp.FILTER_FLAG_SPEC_ALLOW, 0]


@ON_LINUX
def test_a_filter_that_the_kernel_does_not_take_is_an_error_with_the_calls_name() -> None:
    def act() -> str:
        no_new_privs.forbid_new_privileges()
        with pytest.raises(OSError, match="seccomp: Invalid argument"):
            seccomp.install_filter(bytes(8), os.uname().machine)
        return "refused"

    assert child.in_child(act).answer == "refused"
