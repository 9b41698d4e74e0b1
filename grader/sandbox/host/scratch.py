"""Folders that workers write to: made, measured and removed by the judge's side, whatever a submission does in them."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from grader.errors import MachineError
from grader.sandbox.protocol import DATA

SECONDS_BETWEEN_LOOKS: Final = 0.25
READABLE_BY_ALL, PASSABLE_BY_ALL = 0o755, 0o711


def require_temporary_folder() -> None:
    """Look for a folder that temporary files can be written to.

    Raises:
        MachineError: there is none, as in a container whose file systems are all read-only.
    """
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        raise MachineError(
            "no folder for temporary files can be written, such as /tmp: name one with TMPDIR (docker: --tmpfs /tmp)"
        ) from None


class ScratchRoot:
    """A folder that holds the scratch folders of one fork server's workers, and a copy of the course's data.

    A copy: the course's own folder may be closed to the user that workers are, and its place is nobody's business.
    """

    def __init__(self, data: Path | None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="grade-scratch-"))
        self.folder.chmod(PASSABLE_BY_ALL)
        self.data = ""
        if data is not None:
            self.data = str(shutil.copytree(data, self.folder / DATA))
            for path in (Path(self.data), *Path(self.data).rglob("*")):
                path.chmod(READABLE_BY_ALL if path.is_dir() else READABLE_BY_ALL & ~0o111)

    def new_folder(self) -> Path:
        """Make a folder for one worker."""
        return Path(tempfile.mkdtemp(prefix="work-", dir=self.folder))


class ScratchQuota:
    """The bounds of a scratch folder that is no file system of its own, which nothing else bounds as a whole."""

    def __init__(self, folder: Path, max_bytes: int, max_files: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._max_files = max_files
        self._next = 0.0

    def excess(self) -> str:
        """Return how "the code ..." goes on where the folder holds too much; not every call looks into it."""
        if time.monotonic() < self._next:
            return ""
        found = 0
        try:
            for count, size in enumerate(_sizes(self._folder), start=1):
                found += size
                if found > self._max_bytes:
                    return f"wrote more than {self._max_bytes >> 20} MiB"
                if count > self._max_files:
                    return f"wrote more than {self._max_files} files"
        except OSError:  # closed to us, or nested deeper than a path is long: no place to look away from
            return "made folders that nobody can look into"
        self._next = time.monotonic() + SECONDS_BETWEEN_LOOKS
        return ""


def _sizes(folder: Path) -> Iterator[int]:
    """Yield the size of every file and folder below this one, while its owner may be changing them."""
    pending = [str(folder)]
    while pending:
        with suppress(FileNotFoundError, NotADirectoryError), os.scandir(pending.pop()) as entries:  # changed since
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                yield entry.stat(follow_symlinks=False).st_blocks * 512


def remove(folder: Path) -> None:
    """Remove a folder, however deep its own folders are nested and whatever their modes; nobody may be writing to it.

    Folders are lifted up beside their parents, so that neither depth nor the length of a path matters.
    """
    top = _opened(folder)
    try:
        while names := _names(top):
            for name, is_folder in names:
                if is_folder:
                    _dissolve(name, top)
                else:
                    os.unlink(name, dir_fd=top)
    finally:
        os.close(top)
    folder.rmdir()


def _dissolve(name: str, top: int) -> None:
    """Remove a folder; those in it are lifted up into `top` first."""
    inner = _opened(name, top)
    try:
        for child, is_folder in _names(inner):
            if is_folder:
                os.chmod(child, 0o700, dir_fd=inner)  # its parent changes, which is written into it
                os.rename(child, f"lifted-{secrets.token_hex(8)}", src_dir_fd=inner, dst_dir_fd=top)
            else:
                os.unlink(child, dir_fd=inner)
    finally:
        os.close(inner)
    os.rmdir(name, dir_fd=top)


def _opened(name: str | Path, above: int | None = None) -> int:
    os.chmod(name, 0o700, dir_fd=above)
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=above)


def _names(folder: int) -> list[tuple[str, bool]]:
    with os.scandir(folder) as entries:
        return [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
