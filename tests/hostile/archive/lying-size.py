"""Declare a module to be shorter than it is.

outcome = "no more is read than is declared, and the file does not fit its checksum"
status = ["unwritten", "raised", "refused"]
"""
import zlib
from pathlib import Path

from archives import ZipEntry, raw_zip
from hostile.course import HONEST


def build(folder: Path) -> Path:
    path = folder / "lies.zip"
    text = HONEST["numbers"]["attacked.py"].encode()
    honest = [ZipEntry(name.encode(), text.encode()) for name, text in HONEST["numbers"].items() if name != "attacked.py"]
    path.write_bytes(raw_zip([*honest, ZipEntry(b"attacked.py", text * 2, size=len(text), checksum=zlib.crc32(text * 2))]))
    return path
