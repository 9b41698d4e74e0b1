"""Claim a directory of 16 EiB.

outcome = "refused in one sentence"
status = ["refused"]
"""
from pathlib import Path

from archives import ZipEntry, as_zip64, raw_zip


def build(folder: Path) -> Path:
    path = folder / "zip64.zip"
    path.write_bytes(as_zip64(raw_zip([ZipEntry(b"attacked.py")]), 2**64 - 1))
    return path
