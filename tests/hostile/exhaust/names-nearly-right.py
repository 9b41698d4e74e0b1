"""Hand in eight thousand names that are nearly the one that is looked for, and not that one.

outcome = "of names a bounded number is compared"
status = ["unwritten"]
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    names = "".join(f"transforn{number} = 0\n" for number in range(8_000))
    for name, text in {**HONEST["numbers"], "attacked.py": names}.items():
        (folder / name).write_text(text)
    return folder
