"""Unpack a file into a folder above.

outcome = "refused: archives are read in memory, and a name that leads out is none"
status = ["refused"]
"""
from pathlib import Path

from archives import zip_of
from hostile.course import HONEST


def build(folder: Path) -> Path:
    path = folder / "slip.zip"
    path.write_bytes(zip_of({**HONEST["numbers"], "../../../../../../tmp/grade-canary/slipped": "x"}))
    return path
