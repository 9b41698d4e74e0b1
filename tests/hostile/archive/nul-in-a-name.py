"""Hide the end of a name behind a NUL byte.

outcome = "refused: such a name means different files to different tools"
status = ["refused"]
"""
from pathlib import Path

from archives import ZipEntry, raw_zip
from hostile.course import HONEST


def build(folder: Path) -> Path:
    path = folder / "nul.zip"
    entries = [ZipEntry(name.encode(), text.encode()) for name, text in HONEST["numbers"].items()]
    path.write_bytes(raw_zip([*entries, ZipEntry(b"attacked.py\0.png", b"raise SystemExit\n")]))
    return path
