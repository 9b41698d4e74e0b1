"""Hide code behind NUL bytes.

outcome = "a file with NUL bytes is no text; whoever imports it is told"
status = ["raised"]
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name, text in HONEST["numbers"].items():
        (folder / name).write_text(text)
    (folder / "attacked.py").write_bytes(HONEST["numbers"]["attacked.py"].encode() + b"\0import os\nos._exit(0)\n")
    return folder
