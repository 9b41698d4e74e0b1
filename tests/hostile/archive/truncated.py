"""Hand in the first half of an archive.

outcome = "refused in one sentence"
status = ["refused"]
"""
from pathlib import Path

from archives import zip_of
from hostile.course import HONEST


def build(folder: Path) -> Path:
    path = folder / "half.zip"
    whole = zip_of(HONEST["numbers"])
    path.write_bytes(whole[: len(whole) // 2])
    return path
