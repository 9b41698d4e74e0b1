"""Hand in a folder of twenty thousand files.

outcome = "refused by their number"
status = ["refused"]
quick = false
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name, text in HONEST["numbers"].items():
        (folder / name).write_text(text)
    for number in range(20_000):
        (folder / f"{number}.py").touch()
    return folder
