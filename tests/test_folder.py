from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from grader.errors import SubmissionError, UnreadableError
from grader.submissions import folder
from grader.submissions.members import MIB, Budget, Handed, SubmissionForm, collected

RELU = b"def relu(x): ...\n"


@contextmanager
def opened(path: Path) -> Iterator[Handed]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield collected(folder.folder_rows(descriptor, Budget("x")), SubmissionForm.FOLDER, "x")
    finally:
        os.close(descriptor)


def write(path: Path, data: bytes = RELU) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


@contextmanager
def as_nobody() -> Iterator[None]:
    """Give up root's right to read everything for as long as the block runs."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """Give a folder that every user may enter; those of pytest are the owner's alone."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o755)
    yield path
    for inner in path.rglob("*"):
        inner.chmod(0o755)
    shutil.rmtree(path)


def test_files_are_listed_by_relative_path_and_read_on_demand(tmp_path: Path) -> None:
    write(tmp_path / "a/b/relu.py")
    write(tmp_path / "c.txt", b"")
    with opened(tmp_path) as files:
        assert sorted(files.entries) == ["a/b/relu.py", "c.txt"]
        assert files.read("a/b/relu.py", MIB) == RELU


def test_what_tools_leave_behind_is_not_entered(tmp_path: Path) -> None:
    for name in (".git/a.py", ".venv/a.py", "venv/a.py", "__pycache__/a.py", "x/.ipynb_checkpoints/a.py"):
        write(tmp_path / name)
    with opened(tmp_path) as files:
        assert not files.entries


def test_what_macos_keeps_beside_a_file_is_not_entered(tmp_path: Path) -> None:
    for name in ("a.py", "._a.py"):
        write(tmp_path / name)
    with opened(tmp_path) as files:
        assert sorted(files.entries) == ["a.py"]


def test_links_pipes_and_sockets_are_named_and_never_opened(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    secret = write(tmp_path / "out/secret.py")
    inside.mkdir()
    (inside / "file.py").symlink_to(secret)
    (inside / "folder").symlink_to(secret.parent)
    (inside / "dangling.py").symlink_to("nowhere")
    (inside / "loop").symlink_to(".")
    os.mkfifo(inside / "pipe.py")
    with socket.socket(socket.AF_UNIX) as unix, opened(tmp_path):
        unix.bind(str(inside / "socket.py"))
    with opened(inside) as files:
        link = "is a symbolic link, expected a file or a folder"
        assert files.barred == {
            "file.py": link,
            "folder": link,
            "dangling.py": link,
            "loop": link,
            "pipe.py": "is a pipe, expected a file or a folder",
            "socket.py": "is a socket, expected a file or a folder",
        }
        assert files.entries.keys() == files.barred.keys()
        with pytest.raises(UnreadableError, match="is a symbolic link"):
            files.read("file.py", MIB)


def test_a_file_that_became_a_pipe_after_it_was_listed_is_not_waited_for(tmp_path: Path) -> None:
    path = write(tmp_path / "relu.py")
    with opened(tmp_path) as files:
        path.unlink()
        os.mkfifo(path)
        with pytest.raises(UnreadableError, match="is no ordinary file"):
            files.read("relu.py", MIB)


@pytest.mark.parametrize("replaced", ["a", "a/relu.py"])
def test_what_became_a_link_after_it_was_listed_is_not_followed(tmp_path: Path, replaced: str) -> None:
    write(tmp_path / "out/relu.py", b"secret")
    path = write(tmp_path / "in/a/relu.py")
    with opened(tmp_path / "in") as files:
        shutil.rmtree(path.parent)
        if replaced == "a":
            path.parent.symlink_to(tmp_path / "out")
        else:
            path.parent.mkdir()
            path.symlink_to(tmp_path / "out/relu.py")
        with pytest.raises(UnreadableError, match=r"cannot be read: (not a directory|too many levels)"):
            files.read("a/relu.py", MIB)


def test_a_file_that_vanished_after_it_was_listed_is_unreadable(tmp_path: Path) -> None:
    path = write(tmp_path / "relu.py")
    with opened(tmp_path) as files:
        path.unlink()
        with pytest.raises(UnreadableError, match="cannot be read: no such file or directory"):
            files.read("relu.py", MIB)


def test_what_may_not_be_read_is_named_and_the_rest_is_read(public_folder: Path) -> None:
    write(public_folder / "locked.py").chmod(0)
    write(public_folder / "closed/a.py").parent.chmod(0)
    write(public_folder / "open.py")
    with as_nobody(), opened(public_folder) as files:
        assert files.barred == {"closed": "cannot be opened: permission denied"}
        with pytest.raises(UnreadableError, match="cannot be read: permission denied"):
            files.read("locked.py", MIB)
        assert files.read("open.py", MIB) == RELU


def test_a_sparse_file_of_a_terabyte_is_too_large_at_once(tmp_path: Path) -> None:
    with (tmp_path / "relu.py").open("wb") as file:
        file.truncate(2**40)
    with opened(tmp_path) as files, pytest.raises(UnreadableError, match="is too large, expected at most 1 MiB"):
        files.read("relu.py", MIB)


def test_too_many_entries_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "MAX_ENTRIES", 10)
    for number in range(6):
        (tmp_path / f"folder{number}/empty").mkdir(parents=True)
    with pytest.raises(SubmissionError, match="is a folder of more than 10 entries"), opened(tmp_path):
        pass


def test_folders_are_entered_to_a_limited_depth(tmp_path: Path) -> None:
    deep = "a/" * folder.MAX_DEPTH
    write(tmp_path / deep / "relu.py")
    write(tmp_path / deep / "a/sgd.py")
    with opened(tmp_path) as files:
        assert sorted(files.entries) == [deep + "a", deep + "relu.py"]
        assert files.barred == {deep + "a": "lies in 32 folders, expected fewer"}


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    write(tmp_path / "a/b/relu.py")
    before = {path.name for path in Path("/proc/self/fd").iterdir()}
    with opened(tmp_path) as files:
        files.read("a/b/relu.py", MIB)
    assert {path.name for path in Path("/proc/self/fd").iterdir()} == before
