"""Unpack a file into a folder above, from a tar.

outcome = "refused: archives are read in memory, and a name that leads out is none"
status = ["refused"]
"""
from pathlib import Path

from archives import tgz_of
from hostile.course import HONEST


def build(folder: Path) -> Path:
    path = folder / "slip.tar.gz"
    path.write_bytes(tgz_of({**HONEST["numbers"], "../../../../../../tmp/grade-canary/slipped": "x"}))
    return path
