"""Unpack a file into a folder above, with the separators of Windows.

outcome = "refused: a name that leads out is none"
status = ["refused"]
"""
from pathlib import Path

from archives import ZipEntry, raw_zip
from hostile.course import HONEST


def build(folder: Path) -> Path:
    path = folder / "backslashes.zip"
    entries = [ZipEntry(name.encode(), text.encode()) for name, text in HONEST["numbers"].items()]
    path.write_bytes(raw_zip([*entries, ZipEntry(b"..\\..\\..\\..\\tmp\\grade-canary\\slipped", b"x")]))
    return path
