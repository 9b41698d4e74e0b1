"""Declare encodings that do not exist or that execute something when they are looked up.

outcome = "unreadable for a reason that is stated where it is imported"
status = ["raised"]
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name, text in HONEST["numbers"].items():
        (folder / name).write_text(text)
    (folder / "attacked.py").write_bytes(b"# coding: ../../tmp/grade-canary/secret\nimport os\n")
    return folder
