from __future__ import annotations

import errno
import os
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.sandbox.layers import (
    child,
    landlock,
    libc,
    no_new_privs,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="system calls of Linux")


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
