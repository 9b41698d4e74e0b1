"""Declare encodings that do not exist or that execute something when they are looked up.

outcome = "unreadable for a stated reason; the module is missing"
status = ["unwritten", "raised"]
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name, text in HONEST["numbers"].items():
        (folder / name).write_text(text)
    (folder / "attacked.py").write_bytes(b"# coding: ../../tmp/grade-canary/secret\nimport os\n")
    return folder
