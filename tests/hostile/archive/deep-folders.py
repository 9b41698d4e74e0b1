"""Hand in folders within folders, deeper than a path may be long.

outcome = "refused or read as far as folders go"
status = ["refused", "passed"]
points = 5
"""
import os
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name, text in HONEST["numbers"].items():
        (folder / name).write_text(text)
    here = os.open(folder, os.O_RDONLY)
    for _ in range(500):
        os.mkdir("deeper" * 10, dir_fd=here)
        inner = os.open("deeper" * 10, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    return folder
