"""Hand in a folder with links to itself and to what lies above it.

outcome = "links are not followed"
status = ["passed"]
points = 5
published = true
"""
from pathlib import Path

from archives import zip_of
from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name, text in HONEST["numbers"].items():
        (folder / name).write_text(text)
    inner = folder / "inner"
    inner.mkdir()
    for number, target in enumerate((".", "..", "../..", "/", "/proc/self/root", "/dev/fd", inner)):
        (inner / f"loop{number}").symlink_to(target)
    (inner / "more.py").symlink_to("more.py")
    (folder / "zero.py").symlink_to("/dev/zero")
    return folder
