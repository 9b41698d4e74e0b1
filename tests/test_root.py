"""Workers with files find nothing but what they may read and write, where file systems can be mounted privately."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from confinement import confined, errors_of, needs, planned, start_as

from grader.model.assignment import Profile
from grader.sandbox.layers import child, libc, root

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="mount namespaces are Linux's")
STARTS = ["root", "person"] if os.geteuid() == 0 else ["person"]
EACH_START = pytest.mark.parametrize("started_as", STARTS)
READABLE = ("/usr/lib",)


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a scratch folder that every user can reach, as the fork server's are."""
    above = tmp_path_factory.mktemp("above")
    made = above / "scratch"
    made.mkdir()
    for place in (made, above):
        place.chmod(0o777)
    for place in above.parents:
        if place.stat().st_uid == os.geteuid() and place != Path("/"):
            place.chmod(place.stat().st_mode | 0o011)
    return made


def needs_a_root(started_as: str, root: str) -> None:
    def has() -> str:
        start_as(started_as)
        return str("root" in planned(Profile.FILES, readable=READABLE, scratch=True, scratch_root=root).labels)

    needs(Profile.FILES, started_as)
    if child.in_child(has, 20).answer != "True":
        pytest.skip(f"{started_as} may mount nothing")


def in_its_root(act: Callable[[], object], started_as: str, folder: Path) -> Any:  # noqa: ANN401  # what act returns
    seen, code = confined(
        act, started_as=started_as, profile=Profile.FILES, readable=READABLE, scratch=str(folder),
        scratch_root=str(folder.parent),
    )  # fmt: skip
    assert code == 0, seen
    return seen


@EACH_START
def test_what_a_worker_may_not_read_it_cannot_ask_about(started_as: str, folder: Path, tmp_path: Path) -> None:
    """Landlock knows no right for `stat`: existence, size and moment of any file could be learnt."""
    needs_a_root(started_as, str(folder.parent))
    secret = tmp_path / "checks.py"
    secret.touch()
    places = ["/etc/passwd", "/root", "/proc/self/status", "/home", str(secret), str(Path(__file__))]

    def act() -> object:
        return errors_of({place: lambda place=place: Path(place).stat().st_size for place in places})  # type: ignore[misc]

    seen = in_its_root(act, started_as, folder)
    assert set(seen.values()) == {"FileNotFoundError"}, seen


@EACH_START
def test_what_a_worker_may_read_and_write_is_where_it_was(started_as: str, folder: Path) -> None:
    needs_a_root(started_as, str(folder.parent))

    def act() -> object:
        Path("kept.txt").write_bytes(b"1")
        return [
            str(Path.cwd()),
            [path.name for path in Path().iterdir()],
            Path("/usr/lib").is_dir(),
            Path("/dev/null").read_bytes() == b"",
        ]

    seen = in_its_root(act, started_as, folder)
    assert seen == [str(folder), ["kept.txt"], True, True]


def test_without_private_mounts_there_is_no_such_root_and_no_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_flags: int) -> None:
        raise PermissionError(errno.EPERM, "unshare: Operation not permitted")

    monkeypatch.setattr(libc, "unshare", refuse)
    in_force, detail = root.probe(60_000)
    assert not in_force
    assert "can ask by stat()" in detail
