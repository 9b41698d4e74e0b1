"""Hand in a zip with a module whose name takes 263 bytes, and one in sixty folders.

outcome = "what no file system takes is left out and told, and the rest is graded"
status = ["passed"]
points = 5
quick = true
"""
import zipfile
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    path = folder / "submission.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in HONEST["numbers"].items():
            archive.writestr(name, text)
        archive.writestr("é" * 130 + ".py", "X = 1\n")
        archive.writestr("d/" * 60 + "m.py", "X = 1\n")
    return path
