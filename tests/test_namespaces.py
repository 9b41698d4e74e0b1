from __future__ import annotations

import errno
import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from confinement import MIB, start_as

from grader.sandbox.layers import child, interpreter, libc, namespaces
from grader.sandbox.layers.uid import become

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")
ROOT = os.geteuid() == 0
STARTS = ["root", "powerless root", "person"] if ROOT else ["person"]
EACH_START = pytest.mark.parametrize("started_as", STARTS)
needs_root = pytest.mark.skipif(not ROOT, reason="only root covers folders")
NETWORK = Path("/proc/self/ns/net")


def in_child_of(started_as: str, act: Callable[[], object]) -> object:
    def run() -> str:
        start_as(started_as)
        return json.dumps(act())

    ending = child.in_child(run, 20)
    assert ending.exit_code == 0, ending
    return json.loads(ending.answer)


@EACH_START
def test_what_is_said_to_be_entered_is_entered(started_as: str) -> None:
    def act() -> object:
        before = NETWORK.readlink()
        entered = namespaces.enter()
        return ["net" in entered, NETWORK.readlink() != before]

    said, seen = in_child_of(started_as, act)  # type: ignore[misc]  # a pair
    assert said == seen


@EACH_START
def test_one_stays_who_one_was(started_as: str) -> None:
    """Others may not see this file where the checkout lies in a closed home, so what was seen before is seen after."""

    def who() -> list[object]:
        return [os.getresuid(), os.getresgid(), os.access(__file__, os.R_OK)]

    def act() -> object:
        before = who()
        namespaces.enter()
        return before == who()

    assert in_child_of(started_as, act) is True


@EACH_START
def test_inside_there_is_no_network_to_speak_to(started_as: str) -> None:
    """A worker may not make a socket at all: this is what is left if its filter has a hole."""

    def act() -> object:
        if "net" not in namespaces.enter():
            return errno.ENETUNREACH
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug:
            return plug.connect_ex(("127.0.0.1", 9))

    assert in_child_of(started_as, act) == errno.ENETUNREACH


def test_a_machine_that_forbids_all_of_it_leaves_the_process_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_flags: int) -> None:
        raise PermissionError(errno.EPERM, "unshare: Operation not permitted")

    monkeypatch.setattr(libc, "unshare", refuse)
    before = NETWORK.readlink()
    assert namespaces.enter() == ()
    assert NETWORK.readlink() == before


@EACH_START
def test_who_may_enter_no_more_than_a_user_namespace_enters_that(started_as: str) -> None:
    def act() -> object:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(namespaces, "_enter_kinds", lambda: False)
            allowed = child.can(namespaces.enter_user)
            return namespaces.enter() == (("user",) if allowed else ())

    assert in_child_of(started_as, act) is True


@needs_root
def test_root_may_still_become_another_user_inside() -> None:
    def act() -> object:
        namespaces.enter()
        become(61_001)
        return os.getuid()

    assert in_child_of("root", act) == 61_001


def test_why_there_is_no_process_namespace_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise PermissionError(errno.EPERM, "unshare: Operation not permitted")

    monkeypatch.setattr(namespaces, "enclose", refuse)
    assert namespaces.why_not_enclosed() == "PermissionError: [Errno 1] unshare: Operation not permitted"


def test_a_child_that_is_not_the_first_of_its_namespace_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(namespaces, "enclose", lambda: None)
    monkeypatch.setattr(namespaces, "mount_privately", lambda _: None)
    assert namespaces.why_not_enclosed() != ""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give the home folder of somebody who lets nobody in, with Python in it and a secret."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and folder.stat().st_mode & 0o777 == 0o700:
            folder.chmod(0o711)
    python = tmp_path / "home" / "python" / "lib"
    python.mkdir(parents=True)
    (python / "os.py").write_text("x = 1")
    (tmp_path / "home" / "libpython.so").write_text("y")
    (tmp_path / "home" / "secret").write_text("z")
    (tmp_path / "home").chmod(0o700)
    return tmp_path / "home"


@needs_root
def test_paths_below_a_closed_folder_are_opened_up_and_nothing_beside_them(home: Path) -> None:
    def act() -> object:
        interpreter.open_up([str(home / "python" / "lib"), str(home / "python" / "lib" / "os.py"),
                            str(home / "libpython.so"), "/usr/lib"])  # fmt: skip
        become(61_001)
        texts = [(home / "python/lib/os.py").read_text(), (home / "libpython.so").read_text()]
        return [texts, (home / "secret").exists(), Path("/usr/lib").is_dir()]

    assert in_child_of("root", act) == [["x = 1", "y"], False, True]
    assert (home / "secret").exists()


@needs_root
def test_the_rest_of_the_machine_does_not_see_it(home: Path) -> None:
    in_child_of("root", lambda: interpreter.open_up([str(home / "python")]))
    assert sorted(path.name for path in home.iterdir()) == ["libpython.so", "python", "secret"]
    assert home.stat().st_mode & 0o777 == 0o700


@EACH_START
def test_where_everything_is_open_nothing_is_covered(started_as: str) -> None:
    mounts = Path("/proc/self/ns/mnt")

    def act() -> object:
        before = mounts.readlink()
        interpreter.open_up(["/usr/lib", "/lib"])
        return mounts.readlink() == before

    assert in_child_of(started_as, act) is True


def test_shared_memory_is_where_the_c_library_looks_for_it() -> None:
    if not Path(namespaces.SHARED_MEMORY).is_dir():
        pytest.skip("this machine has no shared memory")
    assert os.statvfs(namespaces.SHARED_MEMORY).f_blocks * 4096 >= MIB
