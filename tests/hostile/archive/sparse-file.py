"""Hand in a module of a terabyte that takes no room on the disk.

outcome = "a file of code has at most one MiB; whoever imports it is told"
status = ["raised"]
"""
import os
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name in ("first.py", "last.py"):
        (folder / name).write_text(HONEST["numbers"][name])
    (folder / "attacked.py").touch()
    os.truncate(folder / "attacked.py", 1 << 36)
    return folder
