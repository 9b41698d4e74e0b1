"""Make the parser recurse by a hundred thousand minus signs.

outcome = "the file cannot be read as Python"
status = ["raised"]
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name, text in HONEST["numbers"].items():
        (folder / name).write_text(text)
    (folder / "attacked.py").write_text("x = " + "-" * 100_000 + "1\n")
    return folder
