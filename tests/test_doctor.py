from __future__ import annotations

import errno
import os
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from confinement import be_a_person

from grader.sandbox.layers import (
    capabilities,
    cgroup,
    child,
    interpreter,
    landlock,
    libc,
    no_new_privs,
    parent_death,
    rlimits,
    seccomp,
)
from grader.sandbox.layers.doctor import REQUIRED, ProbeResult, examine, required_missing

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the probes are made of Linux's layers")
ROOT = os.geteuid() == 0
ALLOW_ALL = struct.pack("=HBBI", 0x06, 0, 0, 0x7FFF0000)


def layer(name: str) -> ProbeResult:
    return {one.name: one for one in examine()}[name]


def failing(code: int) -> Callable[..., int]:
    def call(*_: object) -> int:
        raise OSError(code, f"the call: {os.strerror(code)}")

    return call


def test_this_machine_has_what_is_required() -> None:
    assert required_missing(examine()) == ()


def test_every_layer_is_told_in_a_sentence_and_once() -> None:
    layers = examine()
    assert len({one.name for one in layers}) == len(layers)
    assert [one.name for one in layers if len(one.detail.split()) < 4] == []


def children() -> set[str]:
    """List the children of this process: other tests' fork servers may be among them."""
    return {pid for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()}


def test_examining_prints_nothing_and_leaves_no_child(capfd: pytest.CaptureFixture[str]) -> None:
    before = children()
    examine()
    assert capfd.readouterr() == ("", "")
    assert children() == before


def test_examining_does_not_change_the_examiner() -> None:
    def look() -> list[object]:
        limits = [rlimits.limit(resource) for resource in rlimits.Resource]
        return [limits, os.getresuid(), os.listdir("/"), len(os.listdir("/proc/self/fd"))]  # noqa: PTH208  # twice alike

    before = look()
    examine()
    assert look() == before


def test_a_person_has_all_layers_but_another_user() -> None:
    def act() -> str:
        be_a_person()
        return " ".join(one.name for one in required_missing(examine(), [*REQUIRED, "capabilities", "uid"]))

    assert child.in_child(act, 30).answer == "uid"


def test_a_kernel_that_takes_no_filter_lacks_seccomp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seccomp, "install_filter", failing(errno.EPERM))
    found = layer("seccomp")
    assert (found.in_force, found.detail) == (
        False, "no filter can be installed: PermissionError: [Errno 1] the call: Operation not permitted"
    )  # fmt: skip
    assert required_missing(examine()) == (found,)


def test_a_filter_that_holds_nothing_back_is_not_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seccomp, "program", lambda *_: ALLOW_ALL)
    assert layer("seccomp") == ProbeResult("seccomp", False, "a filter is installed, and open() is allowed under it")


def test_a_filter_that_kills_its_owner_is_not_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seccomp, "program", lambda *_: struct.pack("=HBBI", 0x06, 0, 0, 0x80000000))
    assert layer("seccomp") == ProbeResult("seccomp", False, "no filter can be installed: exit code -31")


def test_a_machine_without_a_table_lacks_seccomp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seccomp, "MACHINES", ("riscv64",))
    assert not layer("seccomp").in_force
    assert layer("seccomp").detail.endswith("filters are written for riscv64")


def test_a_limit_that_limits_nothing_is_not_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rlimits, "set_limit", lambda *_: None)
    assert layer("rlimits") == ProbeResult("rlimits", False, "256 MiB are granted to who may have 64")


def test_privileges_that_are_not_forbidden_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(no_new_privs, "forbid_new_privileges", lambda: None)
    assert layer("no_new_privs") == ProbeResult("no_new_privs", False, "it reads 0 once set, expected 1")


def test_a_process_that_outlives_its_parent_is_found_and_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parent_death, "die_with_parent", lambda: None)
    monkeypatch.setattr(child, "PATIENCE_SECONDS", 0.2)
    killed: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, _: killed.append(pid))  # by itself the process ends in two seconds
    assert layer("parent-death") == ProbeResult("parent-death", False, "a process outlives the one that forked it")
    assert len(killed) == 1


def test_a_parent_death_signal_that_cannot_be_asked_for_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parent_death, "die_with_parent", failing(errno.EINVAL))
    assert not layer("parent-death").in_force
    assert layer("parent-death").detail.startswith("the signal cannot be asked for")


def test_a_kernel_without_process_descriptors_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "pidfd_open", failing(errno.ENOSYS))
    assert not layer("pidfd").in_force
    assert "Linux 5.3 or later has it" in layer("pidfd").detail


def test_a_kernel_without_landlock_is_told_and_still_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "supported_abi", lambda: 0)
    found = layer("landlock")
    assert not found.in_force
    assert found.detail.startswith("the kernel offers none")
    assert required_missing(examine()) == ()


@pytest.mark.parametrize(
    ("abi", "covered"), [(1, "files;"), (4, "files, TCP;"), (6, "files, TCP, signals, abstract sockets;")]
)
def test_landlock_is_told_with_what_its_version_covers(abi: int, covered: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if landlock.supported_abi() < abi:
        pytest.skip(f"this kernel offers version {landlock.supported_abi()}")
    monkeypatch.setattr(landlock, "supported_abi", lambda: abi)
    assert f"version {abi} covers {covered}" in layer("landlock").detail


@pytest.mark.skipif(not ROOT, reason="only root has capabilities to keep")
def test_capabilities_that_are_kept_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capabilities, "drop_capabilities", lambda: None)
    assert layer("capabilities") == ProbeResult("capabilities", False, "kept are CapPrm CapEff, expected none")


@pytest.mark.skipif(not ROOT, reason="only root changes its user")
def test_an_interpreter_in_a_closed_folder_is_named(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under a home folder of mode 0700, lazy imports of a worker that is another user failed one by one."""
    closed = tmp_path_factory.mktemp("home")
    closed.chmod(0o700)
    (closed / "python").write_text("")
    monkeypatch.setattr(sys, "executable", str(closed / "python"))
    assert layer("interpreter").in_force == child.can(lambda: libc.unshare(libc.CLONE_NEWNS))
    monkeypatch.setattr(interpreter, "open_up", failing(errno.EPERM))
    found = layer("interpreter")
    assert not found.in_force
    assert found.detail.startswith(f"{closed / 'python'} cannot be read by user 61001")


def test_a_probe_that_cannot_be_carried_out_is_not_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "in_child", failing(errno.EAGAIN))
    layers = {one.name: one for one in examine()}
    assert layers["seccomp"].detail.startswith("the trial failed: [Errno 11]")
    assert {layers[name].in_force for name in REQUIRED} == {False}


def test_another_system_lacks_seccomp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert examine() == (ProbeResult("seccomp", False, "the system is darwin, expected linux"),)
    assert {one.name for one in required_missing(examine())} == set(REQUIRED)


def test_a_required_layer_of_unknown_name_is_missing_and_the_known_ones_are_told() -> None:
    found = (ProbeResult("seccomp", True, "it is there"),)
    assert required_missing(found, ("seccomp", "selinux")) == (
        ProbeResult("selinux", False, "no layer has this name; tried are seccomp"),
    )


V2_MOUNT = "30 23 0:27 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
V1_MOUNT = "35 31 0:31 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
OTHER_MOUNT = "21 1 254:1 / / rw,relatime - ext4 /dev/root rw\n"


def limit_files(groups: str, mounts: str, controller: str) -> list[str]:
    return [str(path) for path in cgroup.limit_files(groups, mounts, controller)]


def test_limits_of_version_2_stand_in_the_group_and_all_above_it() -> None:
    assert limit_files("0::/user.slice/a.scope\n", OTHER_MOUNT + V2_MOUNT, "memory") == [
        "/sys/fs/cgroup/user.slice/a.scope/memory.max",
        "/sys/fs/cgroup/user.slice/memory.max",
        "/sys/fs/cgroup/memory.max",
    ]


def test_limits_of_version_1_stand_under_their_controller() -> None:
    assert limit_files("4:memory:/job\n0::/\n", V1_MOUNT + V2_MOUNT, "memory") == [
        "/sys/fs/cgroup/memory/job/memory.limit_in_bytes",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    ]


def test_a_controller_of_version_1_is_not_looked_for_in_version_2() -> None:
    assert limit_files("4:memory:/job\n0::/\n", V2_MOUNT, "memory") == []


def test_in_a_container_the_mount_begins_at_its_own_group() -> None:
    mount = "35 31 0:31 /docker/ab12 /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"
    assert limit_files("4:memory:/docker/ab12\n", mount, "memory") == ["/sys/fs/cgroup/memory/memory.limit_in_bytes"]


def test_no_controller_means_no_file() -> None:
    assert limit_files("", OTHER_MOUNT, "pids") == []


@pytest.mark.parametrize(
    ("text", "limit"), [("max\n", None), ("536870912\n", 536870912), ("9223372036854771712\n", None), ("", None)]
)
def test_a_limit_is_a_number_below_the_largest(text: str, limit: int | None, tmp_path: Path) -> None:
    file = tmp_path / "memory.max"
    file.write_text(text)
    assert cgroup._number_in(file) == limit


def test_a_limit_without_a_file_is_none(tmp_path: Path) -> None:
    assert cgroup._number_in(tmp_path / "missing") is None
