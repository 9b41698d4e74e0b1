"""Unpack a file to an absolute place.

outcome = "refused: a name that leads out is none"
status = ["refused"]
"""
from pathlib import Path

from archives import zip_of
from hostile.course import HONEST


def build(folder: Path) -> Path:
    path = folder / "absolute.zip"
    path.write_bytes(zip_of({**HONEST["numbers"], "/tmp/grade-canary/absolute": "x"}))
    return path
