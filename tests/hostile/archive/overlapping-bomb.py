"""Hand in a module that is packed a thousand times smaller than it claims, and ten that share its bytes.

outcome = "a file of code has at most one MiB, counted as it is unpacked"
status = ["raised", "refused"]
"""
from pathlib import Path

from archives import ZipEntry, raw_zip
from hostile.course import HONEST


def build(folder: Path) -> Path:
    path = folder / "lies.zip"
    honest = [ZipEntry(name.encode(), text.encode()) for name, text in HONEST["numbers"].items() if name != "attacked.py"]
    path.write_bytes(raw_zip([*honest, ZipEntry(b"attacked.py", b"#" * (8 << 20), size=100)]))
    return path
