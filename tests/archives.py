"""Build archives in memory: those that students send, and those that only an attacker does.

zipfile and tarfile write no archive that lies, so `raw_zip` and `raw_tar` take every field as given.
"""

from __future__ import annotations

import gzip
import io
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

ENCRYPTED = 0x1
UTF8_NAME = 0x800
LINK = (stat.S_IFLNK | 0o777) << 16
PIPE = (stat.S_IFIFO | 0o644) << 16


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """One entry of a zip. `size` is what it declares, if that is not the truth; so is `checksum`."""

    name: bytes
    data: bytes = b""
    size: int | None = None
    checksum: int | None = None
    flags: int = UTF8_NAME
    method: int = zipfile.ZIP_DEFLATED
    attributes: int = 0


def zip_of(files: Mapping[str, str | bytes], top: str = "") -> bytes:
    """Pack files as zip tools do."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(top + name), text, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def tar_of(files: Mapping[str, str | bytes], top: str = "") -> bytes:
    """Pack files as tar does."""
    return raw_tar((tar_header(top + name, len(_bytes(text))), _bytes(text)) for name, text in files.items())


def tgz_of(files: Mapping[str, str | bytes], top: str = "") -> bytes:
    """Pack files as tar and gzip do."""
    return gzip.compress(tar_of(files, top), mtime=0)


def raw_zip(entries: Iterable[ZipEntry]) -> bytes:
    """Write a zip whose fields say what the entries say."""
    body = bytearray()
    directory = bytearray()
    count = 0
    for entry in entries:
        packed = _deflated(entry.data) if entry.method == zipfile.ZIP_DEFLATED else entry.data
        size = len(entry.data) if entry.size is None else entry.size
        checksum = zlib.crc32(entry.data) if entry.checksum is None else entry.checksum
        fields = struct.pack(
            "<HHHHIIIHH", entry.flags, entry.method, 0, 0x21, checksum, len(packed), size, len(entry.name), 0
        )
        directory += b"PK\x01\x02" + struct.pack("<HH", 0x0314, 20) + fields
        directory += struct.pack("<HHHII", 0, 0, 0, entry.attributes, len(body)) + entry.name
        body += b"PK\x03\x04" + struct.pack("<H", 20) + fields + entry.name + packed
        count += 1
    end = struct.pack("<HHHHIIH", 0, 0, count & 0xFFFF, count & 0xFFFF, len(directory), len(body), 0)
    return bytes(body + directory + b"PK\x05\x06" + end)


def as_zip64(archive: bytes, directory_bytes: int | None = None) -> bytes:
    """Rewrite the end of a zip from `raw_zip` as Zip64 does, its directory's size as stated."""
    count, _, size, offset, _ = struct.unpack("<HHIIH", archive[-14:])
    end = len(archive) - 22
    size = size if directory_bytes is None else directory_bytes
    record = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, end, 1)
    return (
        archive[:end]
        + record
        + locator
        + b"PK\x05\x06"
        + struct.pack("<HHHHIIH", 0, 0, *[0xFFFF] * 2, *[2**32 - 1] * 2, 0)
    )


def tar_header(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    """Describe one member of a tar."""
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = size, kind, link
    return info


def raw_tar(members: Iterable[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    """Write a tar whose headers say what the members say."""
    blocks = bytearray()
    for info, data in members:
        blocks += info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape") + data + b"\0" * (-len(data) % 512)
    return bytes(blocks) + b"\0" * 1024


def pax_record(key: str, value: str) -> bytes:
    """Write one record of an extended header, its own length in front."""
    rest = f" {key}={value}\n".encode()
    length = len(rest) + len(str(len(rest)))
    length = len(rest) + len(str(length))
    return str(length).encode() + rest


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(level=1, wbits=-15)
    return packer.compress(data) + packer.flush()
