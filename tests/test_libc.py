from __future__ import annotations

import errno
import mmap
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.sandbox.layers import (
    capabilities,
    child,
    descriptors,
    landlock,
    libc,
    no_new_privs,
    rlimits,
    seccomp,
    threads,
)
from grader.sandbox.layers.rlimits import Resource
from grader.sandbox.layers.seccomp import Profile

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="system calls of Linux")
MIB = 1 << 20


def test_importing_it_opens_no_library() -> None:
    code = "from grader.sandbox.layers import libc; print(libc._library.cache_info().currsize)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"


def test_an_error_names_the_call_and_keeps_its_number() -> None:
    with pytest.raises(OSError, match=r"prctl\(9999\): Invalid argument") as caught:
        libc.prctl(9999)
    assert caught.value.errno == errno.EINVAL


def test_a_child_says_what_its_function_returns() -> None:
    assert child.in_child(lambda: "done") == child.ChildExit("done", 0)


def test_a_child_that_raises_says_what_and_exits_with_1() -> None:
    def act() -> str:
        raise ValueError("no")

    assert child.in_child(act) == child.ChildExit("ValueError: no", 1)


def test_a_child_that_outstays_its_time_is_killed() -> None:
    def act() -> str:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        while True:
            time.sleep(1)

    started = time.monotonic()
    assert child.in_child(act, seconds=0.2).exit_code == -signal.SIGKILL
    assert time.monotonic() - started < 2


def test_a_child_that_closed_its_answer_is_still_waited_for() -> None:
    def act() -> str:
        os.close(child.ANSWER)
        time.sleep(0.05)
        os._exit(7)

    assert child.in_child(act) == child.ChildExit("", 7)


@pytest.mark.parametrize(("descriptor", "outcome"), [(40, "open"), (41, "closed"), (900, "closed")])
def test_close_from_closes_all_descriptors_from_the_first_on(descriptor: int, outcome: str) -> None:
    def act() -> str:
        os.dup2(child.ANSWER, descriptor)
        descriptors.close_from(41)
        try:
            os.fstat(descriptor)
        except OSError:
            return "closed"
        return "open"

    assert child.in_child(act).answer == outcome


def test_a_limit_reads_as_it_was_set() -> None:
    def act() -> str:
        rlimits.set_limit(Resource.NOFILE, 20, 30)
        return str(rlimits.limit(Resource.NOFILE))

    assert child.in_child(act).answer == "(20, 30)"


def test_a_limit_on_address_space_stops_shared_mappings_as_well() -> None:
    """RLIMIT_DATA does not: that is why the sandbox limits the address space."""

    def act() -> str:
        limit = rlimits.address_space_bytes() + 64 * MIB
        rlimits.set_limit(Resource.AS, limit, limit)
        with pytest.raises(OSError, match="Cannot allocate memory"):
            mmap.mmap(-1, 256 * MIB, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)
        return "refused"

    assert child.in_child(act).answer == "refused"


def test_address_space_grows_by_what_is_mapped() -> None:
    before = rlimits.address_space_bytes()
    with mmap.mmap(-1, 64 * MIB):
        assert rlimits.address_space_bytes() - before >= 64 * MIB


@pytest.mark.parametrize("unshare_works", [True, False], ids=["by unshare", "where a container forbids unshare"])
def test_a_second_thread_is_noticed(unshare_works: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(_flags: int) -> None:
        raise PermissionError(errno.EPERM, "unshare: Operation not permitted")

    if not unshare_works:
        monkeypatch.setattr(libc, "unshare", forbidden)

    def act() -> str:
        before = threads.has_one_thread()
        stop = threading.Event()
        thread = threading.Thread(target=stop.wait)
        thread.start()
        during = threads.has_one_thread()
        stop.set()
        thread.join()
        return f"{before} {during}"

    assert child.in_child(act).answer == "True False"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a user whose other tasks are known: none")
def test_the_tasks_of_a_user_are_counted_across_its_processes() -> None:
    quiet_uid = 61_777

    def act() -> str:
        os.setresuid(quiet_uid, quiet_uid, quiet_uid)
        before = rlimits.user_task_count()
        stop = threading.Event()
        threads = [threading.Thread(target=stop.wait) for _ in range(30)]
        for thread in threads:
            thread.start()
        after = rlimits.user_task_count()
        stop.set()
        return str(after - before)

    assert child.in_child(act).answer == "30"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has capabilities to give up")
def test_given_up_capabilities_are_in_no_set() -> None:
    def act() -> str:
        capabilities.drop_bounding_capabilities(capabilities.capability_count())
        capabilities.drop_capabilities()
        lines = Path("/proc/self/status").read_bytes().decode().splitlines()
        return " ".join(line.split()[1] for line in lines if line.startswith("Cap"))

    assert set(child.in_child(act).answer) == {"0", " "}


needs_landlock = pytest.mark.skipif(
    sys.platform != "linux" or landlock.supported_abi() == 0, reason="this kernel offers no Landlock"
)


@needs_landlock
def test_landlock_allows_what_was_named_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "note").write_text("read me")
    (tmp_path / "closed").write_text("do not")
    abi = landlock.supported_abi()

    def act() -> str:
        no_new_privs.forbid_new_privileges()
        ruleset = landlock.new_ruleset(abi)
        landlock.allow(ruleset, str(tmp_path / "open"), landlock.READING, abi)
        landlock.restrict(ruleset, abi)
        with pytest.raises(PermissionError):
            (tmp_path / "closed").read_bytes()
        with pytest.raises(PermissionError):
            (tmp_path / "open" / "note").write_bytes(b"")
        return (tmp_path / "open" / "note").read_bytes().decode()

    assert child.in_child(act).answer == "read me"


@needs_landlock
@pytest.mark.parametrize("abi", range(1, 8))
def test_a_ruleset_of_every_older_version_is_taken(abi: int, tmp_path: Path) -> None:
    if abi > landlock.supported_abi():
        pytest.skip(f"this kernel offers version {landlock.supported_abi()}")

    def act() -> str:
        no_new_privs.forbid_new_privileges()
        ruleset = landlock.new_ruleset(abi)
        landlock.allow(ruleset, str(tmp_path), landlock.WRITING, abi)
        landlock.allow(ruleset, "/dev/null", landlock.WRITING, abi)
        landlock.restrict(ruleset, abi)
        return "taken"

    assert child.in_child(act).answer == "taken"


@pytest.mark.parametrize(
    ("abi", "rights", "other_words"),
    [(1, 13, ()), (2, 14, ()), (3, 15, ()), (4, 15, (3,)), (5, 16, (3,)), (6, 16, (3, 3)), (99, 16, (3, 3))],
)  # fmt: skip
def test_a_ruleset_names_nothing_that_its_version_does_not_know(
    abi: int, rights: int, other_words: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kernel refuses a ruleset with a bit or a word that it does not know."""
    given: list[bytes] = []

    def take(_name: str, _number: int, words: bytes, *_: int) -> int:
        given.append(words)
        return 9

    monkeypatch.setattr(libc, "system_call", take)
    landlock.new_ruleset(abi)
    assert given == [struct.pack(f"={1 + len(other_words)}Q", (1 << rights) - 1, *other_words)]


@needs_landlock
@pytest.mark.parametrize(
    ("version", "attempt"),
    [(4, lambda: socket.socket().connect(("127.0.0.1", 9))), (6, lambda: os.kill(os.getppid(), 0))],
    ids=["TCP", "a signal to the outside"],
)
def test_landlock_refuses_more_than_files_from_some_version_on(version: int, attempt: Callable[[], object]) -> None:
    abi = landlock.supported_abi()
    if abi < version:
        pytest.skip(f"this kernel offers version {abi}")

    def act() -> str:
        no_new_privs.forbid_new_privileges()
        landlock.restrict(landlock.new_ruleset(abi), abi)
        with pytest.raises(PermissionError):
            attempt()
        return "refused"

    assert child.in_child(act).answer == "refused"


def test_a_kernel_without_landlock_has_version_0(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*_: object) -> int:
        raise OSError(errno.ENOSYS, "landlock_create_ruleset: Function not implemented")

    monkeypatch.setattr(libc, "system_call", absent)
    assert landlock.supported_abi() == 0


def test_a_filter_needs_no_privilege_but_no_new_ones() -> None:
    machine = os.uname().machine

    def act() -> str:
        no_new_privs.forbid_new_privileges()
        seccomp.install_filter(seccomp.program(Profile.MEMORY, machine, os.getpid()), machine)
        with pytest.raises(PermissionError):
            os.open("/", os.O_RDONLY)
        return "refused"

    assert child.in_child(act).answer == "refused"


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


def test_a_filter_that_the_kernel_does_not_take_is_an_error_with_the_calls_name() -> None:
    def act() -> str:
        no_new_privs.forbid_new_privileges()
        with pytest.raises(OSError, match="seccomp: Invalid argument"):
            seccomp.install_filter(bytes(8), os.uname().machine)
        return "refused"

    assert child.in_child(act).answer == "refused"


COLLAPSE = """
import re
from pathlib import Path
from grader.sandbox.layers import libc
held = bytearray(range(256)) * (24 << 12)
count = libc.collapse_pages()
huge = sum(map(int, re.findall(r"AnonHugePages: *([0-9]+) kB", Path("/proc/self/smaps").read_text())))
print(count, huge >> 11, held == bytearray(range(256)) * (24 << 12))
"""


def test_memory_that_is_gathered_into_huge_pages_stays_what_it_was() -> None:
    done = subprocess.run([sys.executable, "-c", COLLAPSE], capture_output=True, text=True, check=True)
    count, huge, is_same = done.stdout.split()
    assert (int(count), is_same) == (int(huge), "True")
    if (
        tuple(map(int, os.uname().release.split(".")[:2])) >= (6, 1)
        and Path("/sys/kernel/mm/transparent_hugepage").exists()
    ):
        assert int(count) > 0
