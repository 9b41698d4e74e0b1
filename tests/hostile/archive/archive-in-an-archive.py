"""Hand in an archive within an archive, forty deep.

outcome = "an archive inside is not opened"
status = ["refused"]
"""
from pathlib import Path

from archives import zip_of
from hostile.course import HONEST


def build(folder: Path) -> Path:
    path, data = folder / "nested.zip", zip_of(HONEST["numbers"])
    for _ in range(40):
        data = zip_of({"inner.zip": data})
    path.write_bytes(data)
    return path
