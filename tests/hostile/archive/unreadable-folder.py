"""Hand in a folder with a thousand folders in a row and one that nobody may enter.

outcome = "what cannot be read or lies too deep is left out; the rest is graded"
status = ["passed"]
points = 5
published = true
quick = false
"""
from pathlib import Path

from archives import zip_of
from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name, text in HONEST["numbers"].items():
        (folder / name).write_text(text)
    (folder / "closed").mkdir(mode=0)
    (folder / "closed.py").write_text("x = 1\n")
    (folder / "closed.py").chmod(0)
    deep = folder
    for _ in range(500):
        deep = deep / "d"
    deep.mkdir(parents=True)
    (deep / "more.py").write_text("x = 1\n")
    return folder
