"""Unpack the export of a learning platform: one damaged entry costs its student's submission and no other's.

The export itself is the instructor's; the names and the contents in it are students'.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from grader.errors import UsageError
from grader.submissions.archive import ENCRYPTED, ZIP_FAULTS
from grader.submissions.members import MIB, is_never_read, reason

if sys.platform != "win32":
    import fcntl

MAX_ENTRY_BYTES: Final = 512 * MIB  # a submission may carry a checkpoint; what is read of it has its own limit
MAX_RATIO: Final = 200
LEAST_TOTAL_BYTES: Final = 2048 * MIB  # below this, no ratio makes an export suspicious
MAX_DEPTH: Final = 100  # folders are made and removed by functions that call themselves for each
UNFIT_NAMES: Final = frozenset({errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ, errno.ELOOP, errno.EISDIR})
MOST_TOLD: Final = 5
MOST_SHOWN: Final = 100  # characters
UTF_8: Final = 0x800  # in the flags of a zip's entry
STAGING: Final = ".unpacked-"
LOCK: Final = "lock"

Problems = dict[Path, str]
"""Files that could not be unpacked, by where they should be, with the end of a sentence that says why."""


def zip_names(path: Path) -> list[str] | None:
    """List the files of a zip, as they are unpacked; None where it is none, or a damaged one."""
    try:
        with zipfile.ZipFile(path) as archive:
            return ["/".join(parts) for _, parts in _files(archive)]
    except (*ZIP_FAULTS, OSError):
        return None


def unpack(path: Path, folder: Path) -> Problems:
    """Unpack a zip into an empty folder.

    Raises:
        UsageError: the zip as a whole is damaged.
        OSError: the folder cannot be written.
    """
    problems: Problems = {}
    try:
        archive = zipfile.ZipFile(path)
    except ZIP_FAULTS as error:
        raise UsageError(f"{path} is a damaged zip: {error}") from None
    with archive:
        entries = _files(archive)
        for name in _leading_out(archive):
            problems[folder / name.replace("/", " ").replace("\0", " ").strip()] = "leads out of the export: ignored"
        packed_bytes = path.stat().st_size
        is_suspicious = sum(info.file_size for info, _ in entries) > max(LEAST_TOTAL_BYTES, MAX_RATIO * packed_bytes)
        for info, parts in entries:
            target = folder.joinpath(*parts[:MAX_DEPTH])
            problem = _unfit(info, parts)
            if not problem and is_suspicious and info.file_size > MAX_RATIO * info.compress_size:
                problem = f"unpacks to more than {MAX_RATIO} times its size, as no export of submissions does"
            if problem := _unpack_entry(archive, info, target, problem):
                problems[target] = problem
                if len(parts) > 1:
                    with suppress(OSError):  # a name that is no folder's either
                        (folder / parts[0]).mkdir(exist_ok=True)  # its student handed in, and is told what is wrong
    return problems


def _files(archive: zipfile.ZipFile) -> list[tuple[zipfile.ZipInfo, tuple[str, ...]]]:
    found = [(info, _parts(_name(info))) for info in archive.infolist() if not info.is_dir()]
    return [(info, parts) for info, parts in found if parts]


def _leading_out(archive: zipfile.ZipFile) -> list[str]:
    """List the files that are not unpacked since they would lie outside, in short."""
    names = [_name(info).replace("\\", "/") for info in archive.infolist() if not info.is_dir()]
    return [name[-MOST_SHOWN:] for name in names if name.startswith("/") or ".." in name.split("/")][:MOST_TOLD]


def _name(info: zipfile.ZipInfo) -> str:
    """Return an entry's name: some zips hold UTF-8 without saying so, and are read as the letters of old Windows."""
    if info.flag_bits & UTF_8:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _parts(name: str) -> tuple[str, ...]:
    """Split an entry's name; nothing for what leads out of the folder and for what tools leave behind."""
    slashed = name.replace("\\", "/")
    parts = tuple(part for part in slashed.split("/") if part not in ("", "."))
    if slashed.startswith("/") or ".." in parts or "\0" in name or any(map(is_never_read, parts)):
        return ()
    return parts


def _unpack_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, problem: str) -> str:
    """Write one entry and give nothing, or say what is wrong with it and write an empty file in its place."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        file = os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")
    except FileExistsError:
        return "stands in the export twice, expected once"
    except (NotADirectoryError, ValueError) as error:
        return f"cannot be unpacked: {error}"
    except OSError as error:
        if error.errno in UNFIT_NAMES:
            return f"cannot be unpacked: {reason(error)}"
        raise
    with file:
        if problem:
            return problem
        try:
            with archive.open(info) as packed:
                shutil.copyfileobj(packed, file, MIB)  # it checks the size and the checksum as it reads
        except ZIP_FAULTS:
            file.truncate(0)
            return "is damaged in the export, expected a whole file"
    return ""


def _unfit(info: zipfile.ZipInfo, parts: tuple[str, ...]) -> str:
    """Describe why an entry is not unpacked, by what the zip tells of it."""
    if len(parts) > MAX_DEPTH:
        return f"lies in more than {MAX_DEPTH} folders"
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) and not stat.S_ISREG(mode):
        return "is a link or a device in the export, expected a file"
    if info.flag_bits & ENCRYPTED:
        return "is encrypted in the export, expected a file without a password"
    if info.file_size > MAX_ENTRY_BYTES:
        return f"is {info.file_size // MIB} MiB large, expected at most {MAX_ENTRY_BYTES // MIB}"
    return ""


@contextmanager
def staging(out: Path) -> Iterator[Path]:
    """Yield a folder for what exports hold, on the disk of the results, and take it away again.

    One that a killed run left behind is taken away too, but not on Windows; it is told by its lock, which dies with its
    process.
    """
    for left in out.glob(f"{STAGING}*") if sys.platform != "win32" else ():
        with suppress(BlockingIOError, FileNotFoundError), (left / LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left)
    folder = Path(tempfile.mkdtemp(prefix=STAGING, dir=out))
    try:
        with (folder / LOCK).open("wb") as lock:
            if sys.platform != "win32":
                fcntl.flock(lock, fcntl.LOCK_EX)
            (folder / "files").mkdir()
            yield folder / "files"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
