"""Hand in the module in UTF-16 with a byte-order mark.

outcome = "read as what it is, with a remark; the answer is right"
status = ["passed"]
points = 5
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name, text in HONEST["numbers"].items():
        (folder / name).write_text(text)
    (folder / "attacked.py").write_text(HONEST["numbers"]["attacked.py"], encoding="utf-16")
    return folder
