"""Hand in a hundred thousand entries.

outcome = "refused by their number"
status = ["refused"]
quick = false
"""
from pathlib import Path

from archives import ZipEntry, raw_zip


def build(folder: Path) -> Path:
    path = folder / "many.zip"
    path.write_bytes(raw_zip(ZipEntry(b"%d.py" % number) for number in range(100_000)))
    return path
