"""Hand in packages of the names of modules, with code in what runs when they are imported.

outcome = "a module that is asked for stands before a package of its name"
status = ["passed"]
points = 5
published = true
quick = false
"""
from pathlib import Path

from archives import zip_of
from hostile.course import HONEST


def build(folder: Path) -> Path:
    others = {f"{name}/__init__.py": "raise SystemExit\n" for name in ("first", "attacked", "last", "numpy", "drivers")}
    others |= {"first.pyc": "x", "first.so": "x", "first/__main__.py": "raise SystemExit\n"}
    path = folder / "packages.zip"
    path.write_bytes(zip_of({**HONEST["numbers"], **others}))
    return path
