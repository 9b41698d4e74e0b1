"""Hand in the module twice under one name, so that tools differ in which one they see.

outcome = "refused: which of them is meant cannot be known"
status = ["refused"]
"""
from pathlib import Path

from archives import ZipEntry, raw_zip
from hostile.course import HONEST


def build(folder: Path) -> Path:
    path = folder / "twice.zip"
    entries = [ZipEntry(name.encode(), text.encode()) for name, text in HONEST["numbers"].items()]
    path.write_bytes(raw_zip([*entries, ZipEntry(b"attacked.py", b"raise SystemExit\n")]))
    return path
