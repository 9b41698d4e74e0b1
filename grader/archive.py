"""List and read what was handed in, a folder, a zip, a tar or one file, without writing anything to the disk.

What stands in it is hostile until read: names, sizes and kinds are the sender's claims. Every one is checked or capped,
and every read draws on one budget. Names come first, contents on demand.
"""

from __future__ import annotations

import itertools
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import IO, BinaryIO, Final, TypeAlias

MIB: Final = 2**20
MAX_ENTRIES: Final = 5000
MAX_FOLDER_ENTRIES: Final = 50_000  # a folder is read where a student works: the images of a data set may lie in it
MAX_TOTAL_BYTES: Final = 64 * MIB
MAX_RATIO: Final = 100  # code packs 3 to 10 times smaller, deflate can reach 1032
MAX_DIRECTORY_BYTES: Final = MIB  # of a zip: 5000 entries with names of 160 characters
MAX_NAME_CHARACTERS: Final = 1024
MAX_HEADER_BYTES: Final = 64 * 1024  # of one extended tar header: the attributes that macOS adds take a few KiB
MAX_RECORDS: Final = 100  # in one extended tar header
MAX_DEPTH: Final = 32  # of nested folders: one descriptor is open for each
MAX_SHOWN: Final = 120  # characters of a name in a sentence
PIECE: Final = 64 * 1024

NEVER_READ: Final = frozenset({"__MACOSX", "__pycache__", "node_modules", "site-packages", "venv"})
MAGIC: Final = {
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a rar archive",
    b"BZh": "packed with bzip2",
    b"\xfd7zXZ\0": "packed with xz",
    b"\x28\xb5\x2f\xfd": "packed with zstd",
    b"%PDF-": "a PDF",
    b"<!DOCTYPE": "a web page",
    b"<html": "a web page",
}

_ZIP_STARTS: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")  # a zip, an empty one, one that was split
_GZIP_START: Final = b"\x1f\x8b"
_GZIP_FORMAT: Final = 31  # zlib's wbits for "a gzip header, then deflate"
_BLOCK: Final = tarfile.BLOCKSIZE
_EXTENDED: Final = frozenset(
    {
        tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK
    }
)  # fmt: skip
_TAR_KINDS: Final = {
    tarfile.LNKTYPE: "a hard link",
    tarfile.SYMTYPE: "a symbolic link",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a pipe",
}
_FILE_KINDS: Final = {stat.S_IFLNK: "a symbolic link", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}
# What zipfile raises on bytes that are no zip: its own error, and what struct, zlib, seek and decode add to it.
_ZIP_FAULTS: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, IndexError, OSError, OverflowError, RuntimeError, ValueError
)  # fmt: skip

Reader: TypeAlias = Callable[[int], bytes]
"""Gives the contents of one entry, or raises UnreadableError when they exceed so many bytes."""

Row: TypeAlias = tuple[tuple[str, ...], str, Reader]
"""One entry as it is met: the parts of its path, why it is barred (empty if it is not), and its reader."""


class SubmissionError(Exception):
    """What was handed in cannot be graded: the caller's move. The text is one sentence."""


class UnreadableError(Exception):
    """One file cannot be read; the text ends a sentence that begins with the file's name."""


class Kind(StrEnum):
    """In which form a submission came."""

    FOLDER = "folder"
    ZIP = "zip"
    TAR = "tar"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Handed:
    """The files that were handed in, by relative posix path; several readers where a path occurs several times.

    `barred` names what is never opened, links and devices above all, and says why as UnreadableError does.
    `looks_like` says what a file is that is neither code nor an archive that can be read.
    """

    label: str
    kind: Kind
    entries: Mapping[str, tuple[Reader, ...]]
    barred: Mapping[str, str]
    looks_like: str = ""

    def read(self, path: str, max_bytes: int) -> bytes:
        """Give the contents of one file.

        Raises:
            SubmissionError: the path occurs several times, or more was read by now than is allowed.
            UnreadableError: this file cannot be read, or is larger than `max_bytes`.
        """
        readers = self.entries[path]
        if len(readers) > 1:
            raise SubmissionError(
                f"submission {self.label} holds {visible(path)} {len(readers)} times, expected once: "
                "tools differ in which one they unpack"
            )
        if path in self.barred:
            raise UnreadableError(self.barred[path])
        return readers[0](max_bytes)


@dataclass(slots=True)
class Budget:
    """How many bytes may still be read from one submission, whatever becomes of them."""

    label: str
    left: int = MAX_TOTAL_BYTES

    def spend(self, count: int) -> None:
        """Take bytes from the budget, or refuse the submission when it is used up."""
        self.left -= count
        if self.left < 0:
            raise SubmissionError(
                f"submission {self.label} holds more than {MAX_TOTAL_BYTES // MIB} MiB to read, "
                f"expected at most {MAX_TOTAL_BYTES // MIB} MiB: hand in the code without data and checkpoints"
            )


def visible(text: str, max_characters: int = MAX_SHOWN) -> str:
    """Write out control, bidirectional and undecodable characters, and cut what is too long for a sentence."""
    if len(text) > max_characters:
        text = text[: max_characters - 1] + "…"
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


@contextmanager
def opened(path: Path) -> Iterator[Handed]:
    """Open a submission, telling its form by its contents and never by its name; readers hold inside the block.

    Raises:
        SubmissionError: there is nothing at this path, or what is there is damaged, hostile or too large.
    """
    budget = Budget(visible(path.name or path.resolve().name))
    with ExitStack() as stack:
        try:
            handed = _listed(path, budget, stack)
        except FileNotFoundError:
            raise SubmissionError(
                f"submission {visible(str(path))} does not exist, expected a folder, a zip or a tar"
            ) from None
        except (OSError, ValueError) as error:
            raise SubmissionError(f"submission {budget.label} cannot be opened: {_reason(error)}") from error
        yield handed


def _listed(path: Path, budget: Budget, stack: ExitStack) -> Handed:
    label = budget.label
    mode = path.stat().st_mode
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        raise SubmissionError(f"submission {label} is {_special(mode)}, expected a folder, a zip or a tar")
    # Not blocking: a pipe may have taken the file's place since.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        stack.callback(os.close, descriptor)
        return _handed(_folder_rows(descriptor, (), descriptor, budget, itertools.count(1)), Kind.FOLDER, label)
    file = stack.enter_context(os.fdopen(descriptor, "rb"))
    start = file.read(_BLOCK)
    file.seek(0)
    if start.startswith(_ZIP_STARTS):
        archive = stack.enter_context(_zip_archive(file, label))
        return _handed(_zip_rows(archive, os.fstat(descriptor).st_size, budget), Kind.ZIP, label)
    if start.startswith(_GZIP_START):
        return _handed(_tar_rows(_inflated(file, label), budget), Kind.TAR, label)
    if _begins_tar(start):
        return _handed(_tar_rows(file, budget), Kind.TAR, label)
    row = ((path.name,), "", lambda max_bytes: _contents(file, max_bytes, budget))
    looks_like = next((words for magic, words in MAGIC.items() if start.startswith(magic)), "")
    return _handed([row], Kind.FILE, label, looks_like)


def _handed(rows: Iterable[Row], kind: Kind, label: str, looks_like: str = "") -> Handed:
    """Collect rows, leaving out what tools leave behind: caches and hidden files, AppleDouble `._name` among them."""
    entries: dict[str, tuple[Reader, ...]] = {}
    barred: dict[str, str] = {}
    for parts, why_barred, reader in rows:
        if not parts or any(_never_read(part) for part in parts):
            continue
        path = "/".join(parts)
        entries[path] = (*entries.get(path, ()), reader)
        if why_barred:
            barred[path] = why_barred
    return Handed(label, kind, entries, barred, looks_like)


def _never_read(name: str) -> bool:
    return name.startswith(".") or name in NEVER_READ


def _contents(file: IO[bytes], max_bytes: int, budget: Budget) -> bytes:
    """Read a file to its end in pieces, however large it says it is."""
    pieces: list[bytes] = []
    left = max_bytes
    while piece := file.read(PIECE):
        budget.spend(len(piece))
        left -= len(piece)
        if left < 0:
            raise UnreadableError(_too_large(max_bytes))
        pieces.append(piece)
    return b"".join(pieces)


def _too_large(max_bytes: int) -> str:
    return f"is too large, expected at most {max_bytes // MIB} MiB"


def _special(mode: int) -> str:
    return _FILE_KINDS.get(stat.S_IFMT(mode), "a device")


def _reason(error: Exception) -> str:
    return error.strerror.lower() if isinstance(error, OSError) and error.strerror else str(error)


# ------------------------------------------------------------------------------------------------------ folder


def _folder_rows(
    folder: int, parents: tuple[str, ...], root: int, budget: Budget, seen: Iterator[int]
) -> Iterator[Row]:
    """Walk a folder by descriptors: no name in it leads out of it, also when it is replaced meanwhile."""
    with os.scandir(folder) as listing:
        for entry in listing:
            if next(seen) > MAX_FOLDER_ENTRIES:
                raise SubmissionError(
                    f"submission {budget.label} is a folder of more than {MAX_FOLDER_ENTRIES} entries, "
                    f"expected at most {MAX_FOLDER_ENTRIES}: name the folder that holds the code"
                )
            if not _never_read(entry.name):
                yield from _entry_rows(entry, folder, (*parents, entry.name), root, budget, seen)


def _entry_rows(
    entry: os.DirEntry[str], folder: int, parts: tuple[str, ...], root: int, budget: Budget, seen: Iterator[int]
) -> Iterator[Row]:
    try:
        if entry.is_file(follow_symlinks=False):
            yield parts, "", lambda max_bytes: _file_below(root, parts, max_bytes, budget)
        elif not entry.is_dir(follow_symlinks=False):
            mode = entry.stat(follow_symlinks=False).st_mode
            yield _barred(parts, f"is {_special(mode)}, expected a file or a folder")
        elif len(parts) > MAX_DEPTH:
            yield _barred(parts, f"lies in {MAX_DEPTH} folders, expected fewer")
        else:
            child = _folder_below(folder, entry.name)
            try:
                yield from _folder_rows(child, parts, root, budget, seen)
            finally:
                os.close(child)
    except OSError as error:
        yield _barred(parts, f"cannot be opened: {_reason(error)}")


def _barred(parts: tuple[str, ...], why: str) -> Row:
    def refuse(max_bytes: int) -> bytes:
        raise UnreadableError(why)

    return parts, why, refuse


def _folder_below(folder: int, name: str) -> int:
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)


def _file_below(root: int, parts: tuple[str, ...], max_bytes: int, budget: Budget) -> bytes:
    """Read a file, following no link at any step of its path."""
    try:
        with ExitStack() as stack:
            folder = root
            for name in parts[:-1]:
                folder = _folder_below(folder, name)
                stack.callback(os.close, folder)
            # Not blocking: a pipe may have taken the file's place since it was listed.
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            descriptor = os.open(parts[-1], flags, dir_fd=folder)
            file = stack.enter_context(os.fdopen(descriptor, "rb", buffering=0))
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise UnreadableError("is no ordinary file, expected one")
            return _contents(file, max_bytes, budget)
    except OSError as error:
        raise UnreadableError(f"cannot be opened: {_reason(error)}") from error


# ------------------------------------------------------------------------------------------------- zip and tar


def _inside(name: str, label: str) -> tuple[str, ...]:
    """Split an archive's name into its parts, refusing one that leads out of the folder it would be unpacked in."""
    if "\0" in name:
        raise SubmissionError(f"submission {label} holds a name with a NUL byte, {visible(name)}, expected none")
    if len(name) > MAX_NAME_CHARACTERS:
        raise SubmissionError(
            f"submission {label} holds a name of {len(name)} characters, {visible(name)}, "
            f"expected at most {MAX_NAME_CHARACTERS}"
        )
    slashed = name.replace("\\", "/")  # some Windows tools write backslashes
    parts = slashed.split("/")
    if slashed.startswith("/") or ".." in parts or (slashed[1:3] == ":/" and slashed[0].isalpha()):
        raise SubmissionError(
            f"submission {label} holds the name {visible(name)}, which leads out of the archive, expected relative names"
        )
    return tuple(part for part in parts if part not in ("", "."))


def _too_many_entries(label: str) -> SubmissionError:
    return SubmissionError(
        f"submission {label} holds more than {MAX_ENTRIES} entries, expected at most {MAX_ENTRIES}: "
        "hand in the code without data and caches"
    )


def _damaged(label: str, kind: Kind) -> SubmissionError:
    return SubmissionError(f"submission {label} is a damaged or incomplete {kind}, expected a whole one")


class _DirectoryGuard:
    """A file that refuses to read very much at once: zipfile takes a zip's whole directory in one piece.

    A guard around the read holds for whatever size zipfile believes; a parser of our own could be told another one.
    """

    def __init__(self, file: BinaryIO, label: str) -> None:
        self._file = file
        self._label = label
        self.seek = file.seek
        self.tell = file.tell
        self.seekable = file.seekable

    def read(self, size: int = -1, /) -> bytes:
        data = self._file.read(min(size, MAX_DIRECTORY_BYTES + 1) if size >= 0 else MAX_DIRECTORY_BYTES + 1)
        if len(data) > MAX_DIRECTORY_BYTES:
            raise _too_many_entries(self._label)
        return data


def _zip_archive(file: BinaryIO, label: str) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(_DirectoryGuard(file, label))
    except _ZIP_FAULTS as error:
        raise _damaged(label, Kind.ZIP) from error
    if len(archive.infolist()) > MAX_ENTRIES:
        raise _too_many_entries(label)
    return archive


def _zip_rows(archive: zipfile.ZipFile, packed_bytes: int, budget: Budget) -> Iterator[Row]:
    """List a zip. What is not code is never unpacked and may be large, but not as only a bomb is."""
    label = budget.label
    files = [info for info in archive.infolist() if not info.is_dir() and not stat.S_ISDIR(info.external_attr >> 16)]
    if any(info.flag_bits & 0x1 for info in files):
        raise SubmissionError(f"submission {label} is encrypted, expected a zip without a password")
    unpacked = sum(info.file_size for info in files)
    if unpacked > max(MAX_TOTAL_BYTES, MAX_RATIO * packed_bytes):
        raise SubmissionError(
            f"submission {label} unpacks to {unpacked // MIB} MiB, {unpacked // packed_bytes} times its size, "
            f"expected at most {MAX_TOTAL_BYTES // MIB} MiB or {MAX_RATIO} times its size"
        )
    for info in files:
        # ZipInfo cuts `filename` at a NUL byte, and keeps what was written in `orig_filename`.
        parts = _inside(info.orig_filename if "\0" in info.orig_filename else info.filename, label)
        mode = info.external_attr >> 16
        if stat.S_IFMT(mode) and not stat.S_ISREG(mode):
            yield _barred(parts, f"is {_special(mode)}, expected a file or a folder")
        elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            # Not only rare: the unpackers of bz2 and lzma have no bound on what comes out of a piece.
            yield _barred(parts, f"is packed with zip method {info.compress_type}, expected method 8 (deflate)")
        else:
            yield parts, "", _zip_reader(archive, info, budget)


def _zip_reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget) -> Reader:
    def read(max_bytes: int) -> bytes:
        if info.file_size > max_bytes:  # and where the size is declared too small, the checksum fails
            raise UnreadableError(_too_large(max_bytes))
        try:
            with archive.open(info) as file:
                return _contents(file, max_bytes, budget)
        except _ZIP_FAULTS as error:
            raise UnreadableError("is damaged in the zip, expected a whole file") from error

    return read


def _inflated(file: BinaryIO, label: str) -> BinaryIO:
    """Unpack a gzip stream within the cap. Python's gzip module reads a header, however long, byte by byte."""
    inflater = zlib.decompressobj(wbits=_GZIP_FORMAT)
    unpacked = BytesIO()
    try:
        while not inflater.eof and (packed := inflater.unconsumed_tail or file.read(PIECE)):
            unpacked.write(inflater.decompress(packed, MIB))
            if unpacked.tell() > MAX_TOTAL_BYTES:
                raise SubmissionError(
                    f"submission {label} unpacks to more than {MAX_TOTAL_BYTES // MIB} MiB, "
                    f"expected at most {MAX_TOTAL_BYTES // MIB} MiB: hand in the code without data and checkpoints"
                )
    except zlib.error as error:
        raise _damaged(label, Kind.TAR) from error
    start = unpacked.getbuffer()[:_BLOCK].tobytes()
    if not inflater.eof or (inflater.unused_data or file.read(2)).startswith(_GZIP_START):
        raise _damaged(label, Kind.TAR)
    if any(start) and not _begins_tar(start):
        raise SubmissionError(f"submission {label} is packed with gzip but is no tar, expected a tar.gz or a zip")
    return unpacked


def _begins_tar(start: bytes) -> bool:
    try:
        tarfile.TarInfo.frombuf(start, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def _tar_rows(file: BinaryIO, budget: Budget) -> Iterator[Row]:
    """List a tar. The fields of a header are tarfile's business, the walk from header to header is ours.

    tarfile's own takes quadratic time over a hostile extended header (CVE-2024-6232) and goes round in circles on a
    negative size (CVE-2025-8194) in versions of Python that are in use.
    """
    end = file.seek(0, os.SEEK_END)
    damaged = _damaged(budget.label, Kind.TAR)
    place = members = headers = 0
    extended: dict[str, bytes] = {}
    while place + _BLOCK <= end:
        file.seek(place)
        block = file.read(_BLOCK)
        if not any(block):
            return
        try:
            info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
            size = info.size if info.type in _EXTENDED else int(extended.get("size", b"%d" % info.size))
        except (tarfile.HeaderError, ValueError) as error:
            raise damaged from error
        has_data = info.isreg() or info.type in _EXTENDED or info.type not in tarfile.SUPPORTED_TYPES
        start = place + _BLOCK
        place = start + -(-size // _BLOCK) * _BLOCK * has_data
        if size < 0 or (has_data and start + size > end):
            raise damaged
        headers += 1
        members += info.type not in _EXTENDED
        if members > MAX_ENTRIES or headers > 3 * MAX_ENTRIES:  # a member has at most two extended headers
            raise _too_many_entries(budget.label)
        if info.type in _EXTENDED:
            if size > MAX_HEADER_BYTES:
                raise damaged
            extended |= _extended(info.type, file.read(size), damaged)
            continue
        name = extended.get("path", info.name.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")
        parts = _inside(name, budget.label)
        extended = {}
        if info.type in (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE):
            yield parts, "", _tar_reader(file, start, size, budget)
        elif not info.isdir():
            yield _barred(parts, f"is {_TAR_KINDS.get(info.type, 'of an unknown kind')}, expected a file or a folder")


def _extended(kind: bytes, data: bytes, damaged: SubmissionError) -> dict[str, bytes]:
    """Give what an extended header says about the name and size of the member after it."""
    if kind == tarfile.GNUTYPE_LONGNAME:
        return {"path": data.rstrip(b"\0")}
    if kind not in (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE):
        return {}
    records: dict[str, bytes] = {}
    place = 0
    for _ in range(MAX_RECORDS):
        if place == len(data):
            return {key: value for key, value in records.items() if key in ("path", "size")}
        # One record: its own length in digits, a space, key=value, a newline.
        digits, space, _ = data[place : place + 8].partition(b" ")
        stop = place + int(digits) if digits.isdigit() and space else 0
        key, equals, value = data[place + len(digits) + 1 : stop].partition(b"=")
        if not equals or stop > len(data):
            raise damaged
        records[key.decode("utf-8", "replace")] = value.removesuffix(b"\n")
        place = stop
    raise damaged


def _tar_reader(file: BinaryIO, start: int, size: int, budget: Budget) -> Reader:
    def read(max_bytes: int) -> bytes:
        if size > max_bytes:
            raise UnreadableError(_too_large(max_bytes))
        file.seek(start)
        return _contents(BytesIO(file.read(size)), max_bytes, budget)

    return read
