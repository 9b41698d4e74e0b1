"""Hand in half a million lines.

outcome = "a file of code has at most one MiB; whoever imports it is told"
status = ["raised"]
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name, text in HONEST["numbers"].items():
        (folder / name).write_text(text)
    (folder / "attacked.py").write_text("x = 1\n" * 500_000)
    return folder
