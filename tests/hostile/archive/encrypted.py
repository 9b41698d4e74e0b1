"""Hand in an archive that asks for a password.

outcome = "refused in one sentence"
status = ["refused"]
"""
from pathlib import Path

from archives import ENCRYPTED, ZipEntry, raw_zip


def build(folder: Path) -> Path:
    path = folder / "encrypted.zip"
    path.write_bytes(raw_zip([ZipEntry(b"attacked.py", bytes(64), flags=ENCRYPTED)]))
    return path
