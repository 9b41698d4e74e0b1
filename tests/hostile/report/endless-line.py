"""Fail at a line of code of a hundred thousand characters.

outcome = "a text is cut to about a screen"
status = ["raised"]
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name, text in HONEST["numbers"].items():
        (folder / name).write_text(text)
    (folder / "attacked.py").write_text(f"def transform(x, w):\n    raise ValueError  # {'x' * 100_000}\n")
    return folder
