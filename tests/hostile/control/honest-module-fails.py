"""Hand in a wrong module beside the one under attack, and state that it is honest.

outcome = "the lost points are told"
status = ["passed"]
points = 5
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name, text in {**HONEST["numbers"], "first.py": "def centre(x):\n    return x\n"}.items():
        (folder / name).write_text(text)
    return folder
