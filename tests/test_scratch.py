from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from grader.sandbox.host import scratch
from grader.sandbox.host.scratch import ScratchQuota, ScratchRoot, remove


def test_the_data_of_a_room_can_be_read_by_every_user_and_the_room_not_listed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "deep").mkdir(parents=True)
    (data / "deep" / "points.txt").write_text("1")
    for path in (data, data / "deep", data / "deep" / "points.txt"):
        path.chmod(0o700)
    room = ScratchRoot(data)
    try:
        modes = [path.stat().st_mode & 0o777 for path in (room.folder, Path(room.data), *Path(room.data).rglob("*"))]
    finally:
        remove(room.folder)
    assert modes == [0o711, 0o755, 0o755, 0o644]
    assert not room.folder.exists()
    assert (data / "deep" / "points.txt").read_text() == "1"


def test_each_worker_is_given_a_folder_that_is_its_owners_alone() -> None:
    room = ScratchRoot(None)
    try:
        one, two = room.new_folder(), room.new_folder()
        assert one != two
        assert (one.stat().st_mode & 0o777, room.data) == (0o700, "")
    finally:
        remove(room.folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def test_a_folder_within_its_bounds_is_in_excess_of_nothing(folder: Path) -> None:
    (folder / "a").write_bytes(bytes(4096))
    assert ScratchQuota(folder, 1 << 20, 3).excess() == ""


def test_too_many_bytes_are_told(folder: Path) -> None:
    for name in "ab":
        (folder / name).write_bytes(bytes(700_000))
    assert ScratchQuota(folder, 1 << 20, 10).excess() == "wrote more than 1 MiB"


def test_too_many_files_are_told_wherever_they_lie(folder: Path) -> None:
    for name in "abc":
        (folder / name).mkdir()
        (folder / name / "x").touch()
    assert ScratchQuota(folder, 1 << 20, 6).excess() == ""
    assert ScratchQuota(folder, 1 << 20, 5).excess() == "wrote more than 5 files"


def test_a_file_that_only_looks_large_takes_no_room(folder: Path) -> None:
    with (folder / "sparse").open("wb") as file:
        file.truncate(1 << 30)
    assert ScratchQuota(folder, 1 << 20, 5).excess() == ""


def test_a_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    for name in "abcd":
        (tmp_path / name).touch()
    (folder / "data").symlink_to(tmp_path)
    assert ScratchQuota(folder, 1 << 20, 2).excess() == ""


def test_a_folder_is_not_looked_into_at_every_call(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = ScratchQuota(folder, 1 << 20, 1)
    assert watch.excess() == ""
    for name in "ab":
        (folder / name).touch()
    assert watch.excess() == ""
    later = time.monotonic() + scratch.SECONDS_BETWEEN_LOOKS
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert watch.excess() == "wrote more than 1 files"


def test_a_watched_folder_that_vanishes_is_no_error(folder: Path) -> None:
    watch = ScratchQuota(folder, 1 << 20, 1)
    folder.rmdir()
    assert watch.excess() == ""


def nest(folder: Path, depth: int) -> None:
    """Make folders inside each other, deeper than any path can be written."""
    at = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("deeper", dir_fd=at)
        inner = os.open("deeper", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = inner
    os.close(at)


def test_folders_nested_deeper_than_a_path_is_long_are_removed(folder: Path) -> None:
    """`shutil.rmtree` gives up at the thousandth, and what a hostile submission wrote stays on the disk."""
    nest(folder, 1500)
    remove(folder)
    assert not folder.exists()


def test_folders_nested_deeper_than_a_path_is_long_hide_nothing(folder: Path) -> None:
    """Below the 600th a listing by path ends, and 1,024 files were never counted."""
    nest(folder, 700)
    assert ScratchQuota(folder, 1 << 30, 1024).excess() == "made folders that nobody can look into"
    remove(folder)


@pytest.mark.skipif(os.geteuid() == 0, reason="root looks into every folder")
def test_a_folder_that_cannot_be_listed_hides_nothing(folder: Path) -> None:
    (folder / "closed").mkdir(0o300)
    assert ScratchQuota(folder, 1 << 30, 1024).excess() == "made folders that nobody can look into"
    remove(folder)


def test_files_and_folders_without_any_right_are_removed(folder: Path) -> None:
    (folder / "closed" / "inner").mkdir(parents=True)
    (folder / "closed" / "inner" / "file").touch(0)
    (folder / "closed" / "inner").chmod(0)
    (folder / "closed").chmod(0)
    folder.chmod(0)
    remove(folder)
    assert not folder.exists()


def test_what_a_link_points_to_is_not_removed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (folder / "link").symlink_to(tmp_path / "kept")
    (folder / "inner").mkdir()
    (folder / "inner" / "link").symlink_to(tmp_path / "kept")
    remove(folder)
    assert (tmp_path / "kept").is_dir()
