from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.sandbox.guest.workspace import Workspace, clear, lay_out

FILES = {"train.py": "x = 1\n", "configs/deep/x.yaml": "a: 1\r\nb: \udcff\n"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "points.txt").write_text("1 2 3")
    return tmp_path / "course"


def test_files_are_written_as_they_are_with_the_folders_that_they_need(tmp_path: Path) -> None:
    lay_out(FILES, tmp_path)
    assert (tmp_path / "configs/deep/x.yaml").read_bytes() == b"a: 1\r\nb: \\udcff\n"
    assert (tmp_path / "train.py").read_text() == "x = 1\n"


def test_the_courses_data_are_not_written_over(tmp_path: Path, data: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "data").symlink_to(data)
    lay_out({"data/points.txt": "mine", "data.py": "x = 2\n"}, folder)
    assert ((data / "points.txt").read_text(), (folder / "data.py").read_text()) == ("1 2 3", "x = 2\n")


def test_a_folder_is_cleared_of_all_but_the_courses_data(tmp_path: Path, data: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    lay_out(FILES, folder)
    (folder / "data").symlink_to(data)
    (folder / "elsewhere").symlink_to(data)
    clear(folder)
    assert [path.name for path in folder.iterdir()] == ["data"]
    assert (data / "points.txt").exists()


def test_trusted_code_stands_among_its_files_and_leaves_no_folder(data: Path) -> None:
    before = Path.cwd()
    with Workspace(data).entered(FILES) as folder:
        assert Path.cwd() == folder.resolve()
        assert Path("train.py").read_text() == "x = 1\n"
        assert Path("data/points.txt").read_text() == "1 2 3"
        Path("made").mkdir()
    assert (Path.cwd(), folder.exists()) == (before, False)
    assert os.listdir(data) == ["points.txt"]  # noqa: PTH208  # names are compared


def test_code_that_raises_leaves_no_folder_either() -> None:
    before = Path.cwd()
    with pytest.raises(ValueError, match="of its own"), Workspace().entered({}) as folder:
        raise ValueError("of its own")
    assert (Path.cwd(), folder.exists()) == (before, False)


def test_trusted_code_finds_the_hidden_data(tmp_path: Path, data: Path) -> None:
    hidden = tmp_path / "kept"
    hidden.mkdir()
    (hidden / "labels.txt").write_text("7")
    with Workspace(data, hidden).entered(FILES):
        assert Path("hidden/labels.txt").read_text() == "7"
    assert (hidden / "labels.txt").exists()
