"""List and read a zip or a tar in place. What it says of itself, names, sizes and counts, is checked or capped."""

from __future__ import annotations

import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from io import BytesIO
from typing import BinaryIO, Final

from grader.errors import SubmissionError, UnreadableError, UnreadableSubmissionError
from grader.submissions.members import (
    MAX_TOTAL_BYTES,
    MIB,
    PIECE,
    Budget,
    Row,
    SubmissionForm,
    contents,
    kind_words,
    too_large,
    too_much,
    visible,
)

MAX_ENTRIES: Final = 5000
MAX_RATIO: Final = 100  # code packs 3 to 10 times smaller, deflate can reach 1032
MAX_DIRECTORY_BYTES: Final = MIB  # of a zip: 5000 entries with names of 160 characters
MAX_NAME_CHARACTERS: Final = 1024
MAX_HEADER_BYTES: Final = 64 * 1024  # of one extended tar header: the attributes that macOS adds take a few KiB
MAX_RECORDS: Final = 100  # in one extended tar header

ZIP_STARTS: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")  # a zip, an empty one, one that was split
GZIP_START: Final = b"\x1f\x8b"
BLOCK: Final = tarfile.BLOCKSIZE

_GZIP_FORMAT: Final = 31  # zlib's wbits for "a gzip header, then deflate"
ENCRYPTED: Final = 0x1  # in the flags of a zip's entry
# What zipfile raises on bytes that are no zip: its own error, and what struct, zlib, seek and decode add to it.
ZIP_FAULTS: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, IndexError, OverflowError, RuntimeError, ValueError
)  # fmt: skip
_PAX: Final = (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE)
_EXTENDED: Final = (*_PAX, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
_PLAIN: Final = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)
_TAR_KINDS: Final = {
    tarfile.LNKTYPE: "a hard link",
    tarfile.SYMTYPE: "a symbolic link",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a pipe",
}


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
            raise SubmissionError(
                f"submission {self._label} holds too many entries or too long names: they fill more than "
                f"{MAX_DIRECTORY_BYTES // MIB} MiB, expected at most {MAX_ENTRIES} entries"
            )
        return data


def opened_zip(file: BinaryIO, label: str) -> zipfile.ZipFile:
    """Read a zip's directory.

    Raises:
        SubmissionError: it is damaged or lists too many entries.
    """
    try:
        archive = zipfile.ZipFile(_DirectoryGuard(file, label))
    except (*ZIP_FAULTS, OSError) as error:
        raise _damaged(label, SubmissionForm.ZIP) from error
    if len(archive.infolist()) > MAX_ENTRIES:
        raise _too_many_entries(label)
    return archive


def zip_rows(archive: zipfile.ZipFile, packed_bytes: int, budget: Budget) -> Iterator[Row]:
    """List a zip; the readers hold as long as its file stays open.

    What is not code is never unpacked and may be large (a data set), but not as only a bomb is.

    Raises:
        SubmissionError: it is encrypted, unpacks to far too much, or holds a name that leads out of it.
    """
    label = budget.label
    if any(info.flag_bits & ENCRYPTED for info in archive.infolist()):
        raise UnreadableSubmissionError(f"submission {label} is encrypted, expected a zip without a password")
    unpacked = sum(info.file_size for info in archive.infolist())
    if unpacked > max(MAX_TOTAL_BYTES, MAX_RATIO * packed_bytes):
        raise SubmissionError(
            f"submission {label} unpacks to {unpacked // MIB} MiB, {unpacked // packed_bytes} times its size, "
            f"expected at most {MAX_TOTAL_BYTES // MIB} MiB or {MAX_RATIO} times its size"
        )
    for info in archive.infolist():
        # ZipInfo cuts `filename` at a NUL byte, and keeps what was written in `orig_filename`.
        parts = _inside(info.orig_filename if "\0" in info.orig_filename else info.filename, label)
        mode = info.external_attr >> 16
        if info.filename.endswith(("/", "\\")) or stat.S_ISDIR(mode):
            continue
        if stat.S_IFMT(mode) and not stat.S_ISREG(mode):
            yield parts, f"is {kind_words(mode)}, expected a file or a folder"
        elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            # The unpackers of bz2 and lzma have no bound on what comes out of one piece.
            yield parts, f"is packed with zip method {info.compress_type}, expected method 8 (deflate)"
        else:
            yield parts, partial(_read_from_zip, archive, info, budget)


def _read_from_zip(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget, max_bytes: int) -> bytes:
    if info.file_size > max_bytes:  # and where the size is declared too small, the checksum fails
        raise too_large(max_bytes)
    try:
        with archive.open(info) as file:
            return contents(file, max_bytes, budget)
    except (*ZIP_FAULTS, OSError) as error:
        raise UnreadableError("is damaged in the zip, expected a whole file") from error


def inflated(file: BinaryIO, label: str) -> BinaryIO:
    """Unpack a tar.gz within the cap. Python's gzip module reads a header, however long, byte by byte.

    Raises:
        SubmissionError: it is damaged, unpacks to too much, or is no tar.
    """
    inflater = zlib.decompressobj(wbits=_GZIP_FORMAT)
    unpacked = BytesIO()
    try:
        while not inflater.eof and (packed := inflater.unconsumed_tail or file.read(PIECE)):
            unpacked.write(inflater.decompress(packed, MIB))
            if unpacked.tell() > MAX_TOTAL_BYTES:
                raise too_much(label)
    except zlib.error as error:
        raise _damaged(label, SubmissionForm.TAR) from error
    if not inflater.eof:
        raise _damaged(label, SubmissionForm.TAR)
    if (inflater.unused_data or file.read(2)).startswith(GZIP_START):
        raise SubmissionError(f"submission {label} is several gzip files in a row, expected one tar.gz")
    unpacked.seek(0)
    start = unpacked.read(BLOCK)
    if any(start) and not begins_tar(start):
        said = f"submission {label} is packed with gzip but is no tar, expected a tar.gz or a zip"
        raise UnreadableSubmissionError(said)
    return unpacked


def begins_tar(start: bytes) -> bool:
    """Recognise a tar by its first header."""
    try:
        tarfile.TarInfo.frombuf(start, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def tar_rows(file: BinaryIO, budget: Budget) -> Iterator[Row]:
    """List a tar; the readers hold as long as its file stays open.

    The fields of a header are tarfile's business, the walk from header to header is ours: tarfile's own takes quadratic
    time over a hostile extended header (CVE-2024-6232) and circles on a negative size (CVE-2025-8194) in versions of
    Python that are in use.

    Raises:
        SubmissionError: it is damaged, lists too many entries, or holds a name that leads out of it.
    """
    damaged = _damaged(budget.label, SubmissionForm.TAR)
    end = file.seek(0, os.SEEK_END)
    place = members = headers = 0
    extended: dict[bytes, bytes] = {}
    while place + BLOCK <= end:
        file.seek(place)
        block = file.read(BLOCK)
        if not any(block):
            return
        try:
            info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
            size = info.size if info.type in _EXTENDED else int(extended.get(b"size", info.size))
        except (tarfile.HeaderError, ValueError) as error:
            raise damaged from error
        has_data = info.isreg() or info.type in _EXTENDED or info.type not in tarfile.SUPPORTED_TYPES
        start = place + BLOCK
        if size < 0 or (has_data and start + size > end):
            raise damaged
        place = start + (-(-size // BLOCK) * BLOCK if has_data else 0)
        headers += 1
        members += info.type not in _EXTENDED
        if members > MAX_ENTRIES or headers > 3 * MAX_ENTRIES:  # a member has at most two extended headers
            raise _too_many_entries(budget.label)
        if info.type in _EXTENDED:
            if size > MAX_HEADER_BYTES:
                raise SubmissionError(
                    f"submission {budget.label} holds an extended header of {size} bytes, "
                    f"expected at most {MAX_HEADER_BYTES}"
                )
            extended |= _extended(info.type, file.read(size), damaged)
            continue
        path = extended.get(b"path")
        parts = _inside(info.name if path is None else path.decode("utf-8", "surrogateescape"), budget.label)
        extended = {}
        if info.type in _PLAIN:
            yield parts, partial(_read_from_tar, file, start, size, budget)
        elif not info.isdir():
            yield parts, f"is {_TAR_KINDS.get(info.type, 'of a kind of its own')}, expected a file or a folder"
    if place != end:  # it stops within a header or behind a file
        raise damaged


def _extended(kind: bytes, data: bytes, damaged: SubmissionError) -> dict[bytes, bytes]:
    """Return what an extended header says about the path and size of the member after it."""
    if kind == tarfile.GNUTYPE_LONGNAME:
        return {b"path": data.rstrip(b"\0")}
    if kind not in _PAX:
        return {}
    records: dict[bytes, bytes] = {}
    place = 0
    for _ in range(MAX_RECORDS):
        if place == len(data):
            return {key: value for key, value in records.items() if key in (b"path", b"size")}
        # One record: its own length in digits, a space, key=value, a newline.
        digits = data[place : place + 8].partition(b" ")[0]
        stop = place + int(digits) if digits.isdigit() else 0
        key, equals, value = data[place + len(digits) + 1 : stop].partition(b"=")
        if not equals or stop > len(data):
            raise damaged
        records[key] = value.removesuffix(b"\n")
        place = stop
    raise damaged


def _read_from_tar(file: BinaryIO, start: int, size: int, budget: Budget, max_bytes: int) -> bytes:
    if size > max_bytes:
        raise too_large(max_bytes)
    file.seek(start)
    return contents(BytesIO(file.read(size)), max_bytes, budget)


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
            f"submission {label} holds the name {visible(name)}, which leads out of the archive, "
            "expected names below its own folder"
        )
    return tuple(part for part in parts if part not in ("", "."))


def _too_many_entries(label: str) -> SubmissionError:
    return SubmissionError(
        f"submission {label} holds more than {MAX_ENTRIES} entries, expected at most {MAX_ENTRIES}: "
        "hand in the code without data and caches"
    )


def _damaged(label: str, kind: SubmissionForm) -> UnreadableSubmissionError:
    return UnreadableSubmissionError(f"submission {label} is a damaged or incomplete {kind}, expected a whole one")
