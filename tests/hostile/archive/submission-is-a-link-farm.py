"""Hand in a folder of a thousand links that each lead back to the top.

outcome = "links are never followed"
status = ["passed"]
points = 5
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name, text in HONEST["numbers"].items():
        (folder / name).write_text(text)
    for number in range(1000):
        (folder / f"again{number}").symlink_to(folder, target_is_directory=True)
    return folder
