"""Name files with blanks, full stops and line ends behind the names that are asked for.

outcome = "such names are no names of the assignment"
status = ["passed"]
points = 5
published = true
quick = false
"""
from pathlib import Path

from archives import zip_of
from hostile.course import HONEST


def build(folder: Path) -> Path:
    path = folder / "blanks.zip"
    names = ("first.py ", "first.py.", "last.py\n", "last.py\t", " first.py", "first.py\u00a0")
    path.write_bytes(zip_of({**HONEST["numbers"], **dict.fromkeys(names, "raise SystemExit\n")}))
    return path
