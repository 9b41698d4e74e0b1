"""The folder that code works in where it may read and write files: laid out alike for submission and reference."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.sandbox.protocol import DATA

HIDDEN: Final = "hidden"


def lay_out(files: Mapping[str, str | bytes | memoryview], folder: Path) -> None:
    """Write files below a folder, where the course's data do not stand in their place."""
    has_data = (folder / DATA).is_symlink()
    for path, content in files.items():
        if has_data and path.partition("/")[0] == DATA:
            continue
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
        (folder / path).write_bytes(data)


def clear(folder: Path) -> None:
    """Remove everything but the course's data from a folder."""
    for path in folder.iterdir():
        if path.name == DATA and path.is_symlink():
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where trusted code finds what a submission finds in its worker: its own files and the course's data.

    `hidden` are data that no worker finds.
    """

    data: Path | None = None
    hidden: Path | None = None

    @contextmanager
    def entered(self, files: Mapping[str, str | bytes]) -> Iterator[Path]:
        """Stand in a fresh folder with these files, which is gone after the block."""
        before = Path.cwd()
        folder = Path(tempfile.mkdtemp(prefix="grade-reference-"))
        try:
            if self.data is not None:
                (folder / DATA).symlink_to(self.data.absolute())
            if self.hidden is not None:
                (folder / HIDDEN).symlink_to(self.hidden.absolute())
            lay_out(files, folder)
            os.chdir(folder)
            yield folder
        finally:
            os.chdir(before)
            shutil.rmtree(folder)
