"""Unpack a megabyte to a gigabyte.

outcome = "refused by what it unpacks to, before it is unpacked"
status = ["refused"]
quick = false
"""
import zlib
from pathlib import Path

from archives import ZipEntry, raw_zip


def build(folder: Path) -> Path:
    path = folder / "bomb.zip"
    path.write_bytes(raw_zip([ZipEntry(f"{n}.bin".encode(), bytes(64 << 20)) for n in range(4)]))
    assert zlib.ZLIB_VERSION
    return path
