from __future__ import annotations

import _thread
import ctypes
import dataclasses
import errno
import fcntl
import functools
import hashlib
import importlib
import importlib.util
import json
import mmap
import multiprocessing
import os
import random
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from confinement import (
    KEPT,
    MIB,
    SOME,
    WORKER_UID,
    be_a_person,
    confined,
    errors_beyond_the_memory_budget,
    errors_of,
    needs,
    planned,
    start_as,
)

from grader.errors import ConfinementError
from grader.model.assignment import Profile
from grader.sandbox.layers import capabilities, child, landlock, libc, namespaces, rlimits, seccomp
from grader.sandbox.layers.apply import confine
from grader.sandbox.layers.layer import Request, Worker
from grader.sandbox.layers.plan import Plan, prepare
from grader.sandbox.layers.requirements import ADVICE
from grader.sandbox.layers.syscall_numbers import NUMBERS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="confinement is made of Linux's layers")
ROOT = os.geteuid() == 0
STARTS = ["root", "powerless root", "person"] if ROOT else ["person"]
EACH_START = pytest.mark.parametrize("started_as", STARTS)
EACH_PROFILE = pytest.mark.parametrize("profile", list(Profile), ids=str)
needs_root = pytest.mark.skipif(not ROOT, reason="only root changes its user")
needs_landlock = pytest.mark.skipif(
    sys.platform != "linux" or landlock.supported_abi() == 0, reason="this kernel offers no Landlock"
)
TIOCSTI = 0x5412


def raw(name: str, x86_64: int, aarch64: int, *arguments: int) -> Callable[[], int]:
    """Make a system call of which nothing happens where it should be let through: its arguments are void."""
    number = x86_64 if os.uname().machine == "x86_64" else aarch64

    def call() -> int:
        library = ctypes.CDLL(None, use_errno=True)
        result = int(library.syscall(*(ctypes.c_long(word) for word in (number, *arguments, 0, 0, 0, 0, 0, 0)[:7])))
        if result < 0:
            raise OSError(ctypes.get_errno(), name)
        return result

    return call


def fork_and_end() -> int:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    return pid


PATHS: dict[str, Callable[[], object]] = {
    "open": lambda: os.open("/etc/passwd", os.O_RDONLY),
    "create": lambda: os.open("/tmp/x", os.O_WRONLY | os.O_CREAT),  # noqa: S108  # it is refused
    "list": lambda: os.listdir("/"),  # noqa: PTH208  # the bare call is the attack
    "stat": lambda: Path("/etc/passwd").stat(),
    "readlink": lambda: Path("/proc/self/exe").readlink(),
    "chdir": lambda: os.chdir("/tmp"),  # noqa: S108  # it is refused
    "unlink": lambda: Path("/nowhere").unlink(),
    "mkdir": lambda: Path("/tmp/x").mkdir(),  # noqa: S108  # it is refused
    "the parent's memory": lambda: open(f"/proc/{os.getppid()}/mem", "rb"),  # noqa: PTH123, SIM115  # it is refused
}
BEYOND: dict[str, Callable[[], object]] = {
    "TCP": lambda: socket.socket(socket.AF_INET),
    "UDP": lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM),
    "unix": lambda: socket.socket(socket.AF_UNIX),
    "netlink": lambda: socket.socket(16, socket.SOCK_RAW),
    "vsock": lambda: socket.socket(40, socket.SOCK_STREAM),
    "socketpair": socket.socketpair,
    "fork": fork_and_end,
    "clone": raw("clone", 56, 220, signal.SIGCHLD),
    "spawn": lambda: os.posix_spawn("/bin/true", ["true"], {}),
    "exec": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606  # it is refused
    "signal the parent": lambda: os.kill(os.getppid(), 0),
    "signal the group": lambda: os.kill(0, 0),
    "signal all": lambda: os.kill(-1, 0),
    "tkill": raw("tkill", 200, 130, 1, 0),
    "tgkill": raw("tgkill", 234, 131, 1, 1, 0),
    "queue a signal": raw("rt_sigqueueinfo", 129, 138, 1, 0, 0),
    "hold the parent": lambda: os.pidfd_open(os.getppid()),
    "take a descriptor": raw("pidfd_getfd", 438, 438, 0, 0, 0),
    "ptrace": raw("ptrace", 101, 117),
    "read memory": raw("process_vm_readv", 310, 270, 1),
    "write memory": raw("process_vm_writev", 311, 271, 1),
    "memfd": lambda: os.memfd_create("x"),
    "secret memfd": raw("memfd_secret", 447, 447),
    "io_uring": raw("io_uring_setup", 425, 425, 1),
    "shm": raw("shmget", 29, 194, 0, 4096, 0o1600),
    "semaphores": raw("semget", 64, 190, 0, 1, 0o1600),
    "messages": raw("msgget", 68, 186, 0, 0o1600),
    "limits of the parent": lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CPU),
    "a limit of its own": lambda: rlimits.set_limit(rlimits.Resource.NOFILE, 32, 64),
    "affinity": lambda: os.sched_setaffinity(0, {0}),
    "priority": lambda: os.nice(1),
    "TIOCSTI": lambda: fcntl.ioctl(0, TIOCSTI, b"x"),
    "signals by descriptor": lambda: fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid()),
    "a larger pipe": lambda: fcntl.fcntl(0, 1031, MIB),
    "unshare": raw("unshare", 272, 97, libc.CLONE_NEWUSER),
    "setns": raw("setns", 308, 268),
    "mount": raw("mount", 165, 40),
    "umount": raw("umount2", 166, 39),
    "chroot": raw("chroot", 161, 51),
    "setuid": lambda: os.setuid(0),
    "setgid": lambda: os.setgid(0),
    "capset": capabilities.drop_capabilities,
    "clear the parent-death signal": lambda: libc.prctl(libc.PR_SET_PDEATHSIG, 0),
    "dumpable": lambda: libc.prctl(libc.PR_SET_DUMPABLE, 1),
    "personality": raw("personality", 135, 92),
    "another filter": raw("seccomp", 317, 277, 1),
    "bpf": raw("bpf", 321, 280),
    "perf": raw("perf_event_open", 298, 241),
    "userfaultfd": raw("userfaultfd", 323, 282),
    "keys": raw("keyctl", 250, 219),
    "inotify": raw("inotify_init1", 294, 26),
    "set the clock": raw("clock_settime", 227, 112),
    "kernel log": raw("syslog", 103, 116),
    "lock memory": raw("mlock", 149, 228),
    "flush all disks": raw("sync", 162, 81),
    "splice": raw("splice", 275, 76),
}


@EACH_START
def test_the_memory_profile_refuses_every_path(started_as: str) -> None:
    outcomes = confined(lambda: errors_of(PATHS), started_as=started_as)
    assert outcomes == (dict.fromkeys(PATHS, "PermissionError"), 0)


WITHIN_A_NAMESPACE = {
    *("socketpair", "fork", "clone", "signal the group", "signal all", "tgkill"),
    *("signal the parent", "limits of the parent"),  # its number reads as 0 there, which means the caller
}
"""What reaches only the processes of a worker that has a process namespace."""


@EACH_START
@EACH_PROFILE
def test_what_reaches_beyond_the_process_is_refused(profile: Profile, started_as: str) -> None:
    needs(profile, started_as)
    harmless = WITHIN_A_NAMESPACE if profile is Profile.PROCESSES else set()
    attempts = {name: act for name, act in BEYOND.items() if name not in harmless}
    outcomes = confined(lambda: errors_of(attempts), started_as=started_as, profile=profile)
    assert outcomes == (dict.fromkeys(attempts, "PermissionError"), 0)


@EACH_PROFILE
def test_the_running_kernel_refuses_every_call_that_no_rule_names(profile: Profile) -> None:
    needs(profile, STARTS[0])
    numbers = NUMBERS[os.uname().machine]
    named = {numbers[name] for name in seccomp.RULES[profile] if name in numbers}
    # The kernel hands uretprobe and uprobe past all filters (since 6.14), and they kill whoever calls them by hand.
    past_filters = {335, 336} if os.uname().machine == "x86_64" else set()

    def sweep() -> list[int]:
        library = ctypes.CDLL(None, use_errno=True)
        passed = []
        for number in range(600):
            if number not in named | past_filters:
                result = library.syscall(*(ctypes.c_long(word) for word in (number, 0, 0, 0, 0, 0, 0)))
                if result >= 0 or ctypes.get_errno() != errno.EPERM:
                    passed.append(number)
        return passed

    assert confined(sweep, profile=profile) == ([], 0)


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="32-bit entry points of x86-64")
def test_a_32_bit_call_kills() -> None:
    """Numbers mean other calls there: 20 is getpid, and 5 would be open."""
    code = bytes.fromhex("b814000000 cd80 c3")  # mov eax, 20; int 0x80; ret

    def call() -> int:
        page = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        page.write(code)
        address = ctypes.addressof(ctypes.c_char.from_buffer(page))
        return int(ctypes.CFUNCTYPE(ctypes.c_int)(address)())

    said, exit_code = confined(call)
    assert (said, exit_code) in {("", -signal.SIGSYS), ("", -signal.SIGSEGV)}  # the latter: a kernel without 32 bits


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="x32 is an interface of x86-64")
def test_an_x32_call_kills() -> None:
    assert confined(raw("getpid", 39 | 0x40000000, 0)) == ("", -signal.SIGSYS)


def start_threads() -> int:
    found: list[int] = []
    threads = [threading.Thread(target=found.append, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(found) == list(range(8))


def signals_to_itself() -> bool:
    came: list[int] = []
    for number in (signal.SIGUSR1, signal.SIGALRM):
        signal.signal(number, lambda number, _: came.append(number))
    os.kill(os.getpid(), signal.SIGUSR1)
    signal.raise_signal(signal.SIGUSR1)
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    signal.pause()
    return came == [signal.SIGUSR1, signal.SIGUSR1, signal.SIGALRM]


def pipes_and_polls() -> bool:
    inner, outer = os.pipe()
    os.set_blocking(inner, False)
    os.writev(outer, [b"a", b"b"])
    with select.epoll() as poll:
        poll.register(inner, select.EPOLLIN)
        events = poll.poll(1)
    return len(events) == 1 and select.select([inner], [], [], 1)[0] == [inner] and os.read(os.dup(inner), 9) == b"ab"


def mappings() -> bool:
    kinds = (mmap.MAP_PRIVATE, mmap.MAP_SHARED)
    maps = [mmap.mmap(-1, 8 * MIB, kind | mmap.MAP_ANONYMOUS) for kind in kinds]
    for one in maps:
        one[5] = 7
        one.resize(MIB) if one is maps[0] else one.flush()
        one.madvise(mmap.MADV_DONTNEED)
    return len(bytearray(64 * MIB)) == 64 * MIB


def told_trace() -> bool:
    text = ""
    try:
        int("told")
    except ValueError:
        text = traceback.format_exc()
    return "told" in text


def honest_numpy() -> bool:
    square = np.eye(64) * 3 + np.arange(64) / 64
    return bool(np.allclose(square @ np.linalg.inv(square), np.eye(64)) and (square @ square).shape == (64, 64))


WORKS: dict[str, Callable[[], object]] = {
    "threads": start_threads,
    "signals to itself": signals_to_itself,
    "pipes and polls": pipes_and_polls,
    "mappings": mappings,
    "a traceback": told_trace,
    "numpy": honest_numpy,
    "time": lambda: time.localtime(time.time()).tm_year > 2000 and not select.select([], [], [], 0.001)[0],
    "chance": lambda: len(os.urandom(8)) == 8 and random.SystemRandom().random() < 1,
    "who am I": lambda: os.getpid() > 0 and os.getuid() >= 0 and os.uname().sysname == "Linux",
    "usage": lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0 and len(os.sched_getaffinity(0)) > 0,
    "limits": lambda: resource.getrlimit(resource.RLIMIT_NOFILE)[0] == SOME.descriptors,
    "processors": lambda: (os.cpu_count() or 1) > 0,
    "the current folder": lambda: os.getcwd() == "/",  # noqa: PTH109  # the bare call is what libraries make
    "no child to wait for": lambda: errors_of({"wait": os.wait}) == {"wait": "ChildProcessError"},
    "an event": lambda: os.eventfd_read(os.eventfd(3)) == 3,
    "hashing": lambda: len(hashlib.sha256(b"x").hexdigest()) == 64,
}


@EACH_START
@EACH_PROFILE
def test_honest_code_works(profile: Profile, started_as: str) -> None:
    needs(profile, started_as)
    outcomes = confined(lambda: errors_of(WORKS), profile=profile, started_as=started_as)
    assert outcomes == (dict.fromkeys(WORKS, "returned True"), 0)


@EACH_START
def test_memory_beyond_the_budget_is_a_memory_error(started_as: str) -> None:
    """In a fork server that is as fresh as a real one: this process may give back what earlier tests left mapped."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as fresh:
        outcomes = fresh.submit(errors_beyond_the_memory_budget, started_as).result(60)
    assert {name: "MemoryError" in outcome for name, outcome in outcomes.items()} == dict.fromkeys(outcomes, True)
    assert len(outcomes) == 3


@EACH_START
def test_half_the_memory_budget_can_be_had(started_as: str) -> None:
    """The budget comes on top of what the fork server has mapped."""
    assert confined(lambda: len(bytearray(SOME.memory_bytes // 2)), started_as=started_as)[1] == 0


def test_processor_time_ends_even_for_who_ignores_the_signal() -> None:
    limits = dataclasses.replace(SOME, cpu_seconds=0.5)

    def spin() -> None:
        signal.signal(signal.SIGXCPU, signal.SIG_IGN)
        while True:
            pass

    started = time.monotonic()
    assert confined(spin, limits=limits, seconds=60) == ("", -signal.SIGKILL)
    assert time.monotonic() - started < 30


@pytest.mark.parametrize("started_as", [who for who in STARTS if who != "powerless root"])
def test_a_thread_bomb_ends_in_an_error(started_as: str) -> None:
    """Small stacks: without a limit on tasks, 256 MiB of address space hold thousands of threads.

    The kernel exempts user 0 from that limit, powerless or not.
    """

    def bomb() -> int:
        threading.stack_size(32 * 1024)
        gate = threading.Lock()
        gate.acquire()
        for started in range(5000):
            try:
                _thread.start_new_thread(gate.acquire, ())  # `Thread.start` would wait for who fails to begin
            except RuntimeError:
                return started
        return 5000

    count, code = confined(bomb, started_as=started_as)
    most = SOME.threads if started_as == "root" else 2000
    assert code == 0
    assert 16 <= count <= most


def test_descriptors_beyond_those_kept_are_closed_and_new_ones_are_few() -> None:
    held = os.open("/", os.O_RDONLY)
    inheritable = os.dup2(held, 200)

    def look() -> list[object]:
        numbers = (*range(KEPT, 20), 200)
        seen = errors_of({str(fd): functools.partial(fcntl.fcntl, fd, fcntl.F_GETFD) for fd in numbers})
        opened = 0
        try:
            while True:
                os.dup(0)
                opened += 1
        except OSError as error:
            return [sorted(set(seen.values())), opened, error.errno]

    try:
        assert confined(look) == ([["OSError"], SOME.descriptors - KEPT, errno.EMFILE], 0)
    finally:
        os.close(held)
        os.close(inheritable)


@needs_root
def test_a_worker_started_as_root_is_another_user_in_no_group_but_its_own() -> None:
    identity, _ = confined(lambda: [os.getresuid(), os.getresgid(), os.getgroups()])
    assert identity == [[WORKER_UID] * 3, [WORKER_UID] * 3, []]


def status_before(layer: str, started_as: str, uid: int | None = WORKER_UID) -> dict[str, str]:
    """Carry the layers out up to this one, and give /proc/self/status."""

    def worker() -> str:
        return Path("/proc/self/status").read_bytes().decode()

    def fork_server() -> str:
        start_as(started_as)
        plan = prepare(Request(profile=Profile.MEMORY, limits=SOME, uid=uid))

        def act() -> str:
            for _, name, step in plan.steps:
                if name == layer:
                    break
                step(Worker(keep=KEPT, scratch=None, parent=plan.parent))
            return worker()

        return child.in_child(act).answer

    lines = child.in_child(fork_server).answer.splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


@EACH_START
@pytest.mark.parametrize("uid", [WORKER_UID, None], ids=["another user", "the same user"])
def test_no_capability_is_left_and_none_can_come_back(started_as: str, uid: int | None) -> None:
    status = status_before("landlock", started_as, uid)
    sets = ["CapInh", "CapPrm", "CapEff", "CapAmb", *(["CapBnd"] if started_as == "root" else [])]
    assert {name: int(status[name], 16) for name in sets} == dict.fromkeys(sets, 0)
    assert status["NoNewPrivs"] == "1"


@EACH_START
def test_a_crash_is_not_dumped(started_as: str) -> None:
    """A limit of 0 on cores does not keep the kernel from piping 600 MiB into a crash reporter."""
    get_dumpable = 3
    assert confined(lambda: libc.prctl(get_dumpable), started_as=started_as) == (0, 0)


@EACH_START
def test_a_worker_leads_a_session_of_its_own(started_as: str) -> None:
    assert confined(lambda: os.getsid(0) == os.getpid() == os.getpgrp(), started_as=started_as) == (True, 0)


@EACH_START
@EACH_PROFILE
def test_a_worker_that_ignores_all_signals_dies_with_its_fork_server(profile: Profile, started_as: str) -> None:
    """A change of user clears the signal: before it was asked for again, a `while True` outlived the grader."""
    needs(profile, started_as)
    waiting, held = os.pipe()

    def fork_server() -> str:
        start_as(started_as)
        plan = planned(profile)
        if os.fork() == 0:
            os.dup2(held, 2)
            os.close(child.ANSWER)
            confine(plan, KEPT)
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
            os.write(2, b"confined")
            while True:
                time.sleep(1)
        time.sleep(30)  # it is killed here
        return ""

    answer, code = None, None
    with os.fdopen(waiting, "rb", buffering=0) as pipe:
        pid = os.fork()
        if pid == 0:
            try:
                fork_server()
            finally:
                os._exit(1)
        os.close(held)
        try:
            answer = pipe.read(100) if select.select([pipe], [], [], 10)[0] else b"nothing"
        finally:
            os.kill(pid, signal.SIGKILL)
            _, code = os.waitpid(pid, 0)
        assert answer == b"confined"
        assert os.waitstatus_to_exitcode(code) == -signal.SIGKILL
        ended = select.select([pipe], [], [], 5)[0]
        assert ended, "the worker still holds its pipe"
        assert pipe.read(100) == b""


HOLDING = 2
"""The descriptor by which everything that a worker forks can be counted: the pipe ends when its last holder does."""


def grow_heads() -> str:
    """Fork again and again, each head in a session of its own, the parents leaving their children behind.

    They give up after a while, so that a hole in the sandbox costs this machine no more than that.
    """
    end = time.monotonic() + 15
    for _ in range(4):
        if os.fork() == 0:
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
            while True:
                if time.monotonic() > end:
                    os._exit(0)
                try:
                    if os.fork():
                        os._exit(0)
                    os.setsid()
                except OSError:  # it is the leader of a session already, or there are too many
                    pass
    time.sleep(0.3)
    return "the body ends"


@pytest.mark.parametrize("ends", ["by itself", "by a kill"])
@EACH_START
def test_nothing_is_left_of_a_worker_that_forks_without_end(started_as: str, ends: str) -> None:
    needs(Profile.PROCESSES, started_as)

    def hydra(plan: Plan, held: int) -> str:
        os.dup2(held, HOLDING)
        confine(plan, KEPT)
        said = grow_heads()
        if ends == "by a kill":
            time.sleep(60)
        return said

    def keeper() -> str:
        start_as(started_as)
        plan = planned(Profile.PROCESSES)
        waiting, held = os.pipe()
        ending = child.in_child(lambda: hydra(plan, held), 1.0 if ends == "by a kill" else 20.0)
        os.close(held)  # from here on only heads could hold it
        someone_is_left = not select.select([waiting], [], [], 0)[0]
        return f"{ending.exit_code} {someone_is_left}"

    expected = -signal.SIGKILL if ends == "by a kill" else 0
    assert child.in_child(keeper, 30).answer == f"{expected} False"


@EACH_START
def test_a_fork_bomb_ends_in_an_error(started_as: str) -> None:
    needs(Profile.PROCESSES, started_as)

    def bomb() -> int:
        for count in range(5000):
            try:
                if os.fork() == 0:
                    time.sleep(60)
            except BlockingIOError:
                return count
        return 5000

    count, code = confined(bomb, started_as=started_as, profile=Profile.PROCESSES)
    assert code == 0
    assert 16 <= count <= SOME.threads + 2


@EACH_START
def test_a_worker_with_processes_is_the_first_of_its_namespace_and_sees_no_other(started_as: str) -> None:
    needs(Profile.PROCESSES, started_as)

    def look() -> list[object]:
        return [os.getpid(), os.getppid(), errors_of({"signal another": lambda: os.kill(2, 0)})["signal another"]]

    outcome = confined(look, started_as=started_as, profile=Profile.PROCESSES)
    assert outcome == ([1, 0, "ProcessLookupError"], 0)


@EACH_START
def test_shared_memory_is_the_workers_own_and_bounded(started_as: str) -> None:
    needs(Profile.PROCESSES, started_as)
    outside = set(Path("/dev/shm").iterdir())  # noqa: S108  # the folder itself is looked at

    def fill() -> list[object]:
        seen = os.listdir("/dev/shm")  # noqa: PTH208, S108  # a worker may
        written = 0
        try:
            for number in range(64):
                written += Path(f"/dev/shm/{number}").write_bytes(bytes(SOME.file_bytes))  # noqa: S108  # its own
        except OSError as error:
            return [seen, written, error.errno]
        return [seen, written, 0]

    outcome = confined(fill, started_as=started_as, profile=Profile.PROCESSES)
    assert outcome == ([[], SOME.scratch_bytes, errno.ENOSPC], 0)
    assert set(Path("/dev/shm").iterdir()) == outside  # noqa: S108  # see above


@needs_landlock
def test_without_a_process_namespace_there_is_no_processes_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(namespaces, "why_not_enclosed", lambda: "unshare: Operation not permitted")
    with pytest.raises(ConfinementError) as caught:
        prepare(Request(profile=Profile.PROCESSES, limits=SOME))
    assert str(caught.value) == (
        "namespaces: no process namespace can be had, which the processes profile needs (unshare: Operation not"
        f" permitted): {ADVICE['namespaces']}"
    )


@EACH_START
def test_the_namespaces_in_force_are_named(started_as: str) -> None:
    def act() -> str:
        start_as(started_as)
        entered = namespaces.enter()
        return json.dumps([entered, prepare(Request(profile=Profile.MEMORY, limits=SOME, entered=entered)).labels])

    entered, names = json.loads(child.in_child(act).answer)
    assert [name for name in names if name.startswith("namespaces")] == (
        [f"namespaces:{','.join(entered)}"] if entered else []
    )


def refusal_of(change: Callable[[], object]) -> str:
    """Give what confinement says in a child that did this before."""

    def act() -> str:
        plan = prepare(Request(profile=Profile.MEMORY, limits=SOME))
        plan = dataclasses.replace(plan, parent=os.getppid())
        change()
        try:
            confine(plan, KEPT)
        except ConfinementError as error:
            return f"{error.layer}: {error.reason}"
        return "confined"

    return child.in_child(act).answer


def test_a_process_with_a_second_thread_is_not_confined() -> None:
    stop = threading.Event()
    said = refusal_of(lambda: threading.Thread(target=stop.wait, daemon=True).start())
    assert said == "threads: this process has several, expected one"


def test_an_error_names_the_layer_that_could_not_be_put_in_force() -> None:
    assert refusal_of(os.setsid).startswith("session: ")


def test_a_worker_whose_parent_is_gone_does_not_start() -> None:
    def act() -> str:
        plan = dataclasses.replace(prepare(Request(profile=Profile.MEMORY, limits=SOME)), parent=1)
        with pytest.raises(ConfinementError, match="parent-death: the parent is process") as caught:
            confine(plan, KEPT)
        return caught.value.layer

    assert child.in_child(act).answer == "parent-death"


def test_a_limit_that_may_not_be_raised_names_its_layer() -> None:
    def act() -> str:
        be_a_person()
        plan = prepare(Request(profile=Profile.MEMORY, limits=SOME))
        plan = dataclasses.replace(plan, parent=os.getppid())
        rlimits.set_limit(rlimits.Resource.FSIZE, 0, 0)
        with pytest.raises(ConfinementError, match=r"rlimits: .*setrlimit\(FSIZE\)") as caught:
            confine(plan, KEPT)
        return caught.value.layer

    assert child.in_child(act).answer == "rlimits"


def test_limits_that_the_grader_runs_under_itself_are_kept_to() -> None:
    def act() -> str:
        rlimits.set_limit(rlimits.Resource.FSIZE, 16, 32)
        limits = rlimits.worker_limits(Request(profile=Profile.MEMORY, limits=SOME))
        return str([limit[1:] for limit in limits if limit[0] is rlimits.Resource.FSIZE])

    assert child.in_child(act).answer == "[(32, 32)]"


@EACH_START
def test_the_layers_in_force_are_named(started_as: str) -> None:
    def act() -> str:
        start_as(started_as)
        return " ".join(prepare(Request(profile=Profile.MEMORY, limits=SOME, uid=WORKER_UID)).labels)

    names = child.in_child(act).answer.split()
    assert "seccomp:memory" in names
    assert ("uid" in names) == (started_as == "root")
    everywhere = {"rlimits", "capabilities", "no_new_privs", "undumpable", "parent-death", "session", "descriptors"}
    assert everywhere <= set(names)
    assert (f"landlock:{landlock.supported_abi()}" in names) == (landlock.supported_abi() > 0)


def test_a_machine_without_a_table_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(machine="riscv64"))
    with pytest.raises(ConfinementError, match="the machine is riscv64, expected x86_64 or aarch64 with 64 bits"):
        prepare(Request(profile=Profile.MEMORY, limits=SOME))


def test_without_landlock_there_is_no_files_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "supported_abi", lambda: 0)
    with pytest.raises(ConfinementError, match="landlock: the kernel offers none"):
        prepare(Request(profile=Profile.FILES, limits=SOME))


def test_without_landlock_the_memory_profile_still_refuses_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "supported_abi", lambda: 0)
    assert confined(lambda: errors_of(PATHS)) == (dict.fromkeys(PATHS, "PermissionError"), 0)


@needs_root
@needs_landlock
def test_a_path_that_is_closed_to_the_workers_user_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "python").mkdir()
    with pytest.raises(ConfinementError, match=f"landlock: {tmp_path}/python cannot be read by user {WORKER_UID}"):
        prepare(Request(profile=Profile.FILES, limits=SOME, uid=WORKER_UID, readable=(str(tmp_path / "python"),)))


def test_a_path_to_be_read_must_exist() -> None:
    with pytest.raises(ConfinementError, match="/nowhere does not exist"):
        prepare(Request(profile=Profile.FILES, limits=SOME, readable=("/nowhere",)))


def test_a_scratch_folder_is_given_exactly_where_the_plan_has_one(tmp_path: Path) -> None:
    assert confined(lambda: "not refused", scratch=str(tmp_path)) == (
        f"ConfinementError: scratch: the folder is {tmp_path}, the plan has none", 1
    )  # fmt: skip


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Give a folder with data to read, data to hide and a scratch folder, which any user may reach."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and folder.stat().st_mode & 0o777 == 0o700:
            folder.chmod(0o711)
    for name in ("data", "hidden", "scratch"):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(0o777)
    for name in ("data/points.txt", "hidden/answers.txt"):
        (tmp_path / name).write_text("1 2 3")
        (tmp_path / name).chmod(0o666)
    (tmp_path / "data" / "lazily_imported.py").write_text("VALUE = 42\n")
    (tmp_path / "data" / "lazily_imported.py").chmod(0o644)
    return tmp_path


def with_files(course: Path, act: Callable[[], object], started_as: str) -> object:
    said, code = confined(
        act,
        started_as=started_as,
        profile=Profile.FILES,
        readable=(str(course / "data"),),
        scratch=str(course / "scratch"),
    )
    assert code == 0, said
    return said


@EACH_START
@needs_landlock
def test_with_files_the_data_can_be_read_and_the_scratch_folder_written(course: Path, started_as: str) -> None:
    def act() -> object:
        Path("notes").mkdir()
        shutil.copy2(course / "data" / "points.txt", "notes/copy.txt")
        np.save("points.npy", np.arange(3))
        Path("points.npy").rename("notes/moved.npy")
        with Path("notes/copy.txt").open("r+") as file:
            file.truncate(3)
        Path("/dev/null").write_bytes(b"x")
        sys.path.insert(0, str(course / "data"))
        lazy = importlib.import_module("lazily_imported")
        return [Path("notes/copy.txt").read_bytes().decode(), np.load("notes/moved.npy").tolist(), lazy.VALUE]

    assert with_files(course, act, started_as) == ["1 2", [0, 1, 2], 42]


@EACH_START
@needs_landlock
def test_with_files_all_else_is_out_of_reach(course: Path, started_as: str) -> None:
    data, hidden = course / "data" / "points.txt", course / "hidden" / "answers.txt"
    attempts: dict[str, Callable[[], object]] = {
        "read": hidden.read_bytes,
        "list": lambda: list((course / "hidden").iterdir()),
        "write": lambda: data.write_bytes(b""),
        "append": lambda: data.open("a"),
        "create": lambda: (course / "data" / "new").write_bytes(b""),
        "delete": data.unlink,
        "rename away": lambda: data.rename("points.txt"),
        "rename over": lambda: (Path("x").write_bytes(b""), Path("x").replace(hidden)),
        "truncate": lambda: os.truncate(data, 0),
        "empty by reading": lambda: os.open(data, os.O_RDONLY | os.O_TRUNC),
        "open to empty": lambda: os.open(data, 3 | os.O_TRUNC),
        "link": lambda: os.link(hidden, "link"),
        "symlink": lambda: Path("link").symlink_to(hidden),
        "device": lambda: os.mknod("device", 0o600 | 0o020000, os.makedev(1, 1)),
        "fifo": lambda: os.mkfifo("fifo"),
        "owner": lambda: os.chown(data, 1, 1),
        "own memory by name": lambda: os.open("/proc/self/mem", os.O_RDWR),
        "interpreter": lambda: Path("/bin/sh").read_bytes(),
        "shared memory": lambda: Path("/dev/shm/x").write_bytes(b""),  # noqa: S108  # it is refused
    }
    outcomes = with_files(course, lambda: errors_of(attempts), started_as)
    across = dict.fromkeys(("rename away", "rename over"), "OSError")  # from one file system to another
    everything = dict.fromkeys(attempts, "PermissionError")
    assert outcomes in (everything, {**everything, **across})
    assert (data.read_text(), hidden.read_text()) == ("1 2 3", "1 2 3")


@EACH_START
@needs_landlock
def test_with_files_modes_and_times_outside_do_not_change(course: Path, started_as: str) -> None:
    data = course / "data" / "points.txt"
    before = data.stat()

    def act() -> bool:
        data.chmod(0)
        os.utime(data, (1, 1))
        with data.open("rb") as file:
            os.fchmod(file.fileno(), 0)
        return True

    assert with_files(course, act, started_as)
    assert (data.stat().st_mode, data.stat().st_mtime) == (before.st_mode, before.st_mtime)


@EACH_START
@needs_landlock
def test_a_file_in_the_scratch_folder_is_bounded(course: Path, started_as: str) -> None:
    def act() -> object:
        with Path("large").open("wb", buffering=0) as file:
            written = 0
            try:
                while written < 64 * MIB:
                    written += file.write(bytes(MIB))
            except OSError as error:
                return [written, error.errno]
        return [written, 0]

    assert with_files(course, act, started_as) == [SOME.file_bytes, errno.EFBIG]


@EACH_START
@needs_landlock
def test_a_scratch_folder_of_its_own_is_bounded_and_leaves_nothing_behind(course: Path, started_as: str) -> None:
    def kind() -> str:
        start_as(started_as)
        return " ".join(prepare(Request(profile=Profile.FILES, limits=SOME, uid=WORKER_UID, scratch=True)).labels)

    if "scratch:folder" in child.in_child(kind).answer:
        pytest.skip("no file system can be mounted here")

    def fill() -> int:
        for count in range(10 * SOME.scratch_files):
            try:
                Path(str(count)).write_bytes(b"x")
            except OSError as error:
                return count if error.errno == errno.ENOSPC else -1
        return 10 * SOME.scratch_files

    count = with_files(course, fill, started_as)
    assert isinstance(count, int)
    assert SOME.scratch_files // 2 <= count <= SOME.scratch_files
    assert list((course / "scratch").iterdir()) == []


LEARN = """
import hashlib, json, os, random, sys
import numpy as np
import torch
import torch._dynamo
from grader.model.assignment import Profile
from grader.sandbox.layers import child
from grader.sandbox.layers.apply import confine
from grader.sandbox.layers.layer import Limits, Request
from grader.sandbox.layers.plan import prepare

torch.set_num_threads(1)

def learn():
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    digest = hashlib.sha256()
    def note(value):
        digest.update(np.ascontiguousarray(value).tobytes())
    images, labels = torch.randn(16, 3, 12, 12), torch.randint(0, 10, (16,))
    net = torch.nn.Sequential(
        torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
        torch.nn.Flatten(), torch.nn.Dropout(0.1), torch.nn.LazyLinear(10))
    net(images)
    for optimizer in (torch.optim.Adam(net.parameters()), torch.optim.SGD(net.parameters(), 0.1, 0.9)):
        for _ in range(3):
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(net(images), labels)
            loss.backward()
            optimizer.step()
            note(loss.detach().numpy())
    note(torch.nn.LSTM(4, 5)(torch.randn(3, 2, 4))[0].detach().numpy())
    note(torch.nn.MultiheadAttention(8, 2)(*[torch.randn(3, 2, 8)] * 3)[0].detach().numpy())
    note(torch.linalg.svd(torch.randn(20, 20))[1].numpy())
    note(torch.fft.fft(torch.randn(64)).abs().numpy())
    note(torch.func.grad(lambda x: (x ** 3).sum())(torch.ones(3)).numpy())
    square = np.random.randn(50, 50)
    note(np.linalg.solve(square, np.ones(50)))
    note(np.linalg.eigvals(square))
    note(np.fft.rfft(square))
    note(np.einsum("ij,jk->ik", square, square, optimize=True))
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(images, labels), batch_size=4, shuffle=True)
    note(next(iter(loader))[1].numpy())
    return digest.hexdigest()

torch.nn.functional.conv2d(torch.zeros(1, 3, 8, 8), torch.zeros(4, 3, 3, 3))
torch.mm(torch.zeros(8, 8), torch.zeros(8, 8))
free = child.in_child(learn, 60)
limits = Limits(memory_bytes=1 << 30, cpu_seconds=60)
plan = prepare(Request(profile=Profile.MEMORY, limits=limits, uid=61001 if os.geteuid() == 0 else None))

def confined():
    confine(plan, 3)
    return learn()

def greedy():
    confine(plan, 3)
    try:
        return str(torch.zeros(1 << 40).numel())
    except RuntimeError as error:
        return "refused" if "DefaultCPUAllocator" in str(error) else str(error)

told = child.in_child(confined, 60)
print(json.dumps([free.answer, told.answer, told.exit_code, child.in_child(greedy).answer]))
"""


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")
def test_torch_computes_the_same_bits_confined_as_free() -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
                   "MALLOC_ARENA_MAX": "1", "PYTHONPATH": str(Path(libc.__file__).parents[3])}  # fmt: skip
    done = subprocess.run([sys.executable, "-c", LEARN], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    free, told, code, greedy = json.loads(done.stdout)
    assert (told, code) == (free, 0)
    assert len(free) == 64, free
    assert greedy == "refused"
