"""Name files with letters that fold to those of the names that are asked for.

outcome = "the plain names are those that are asked for; the others are helpers"
status = ["passed"]
points = 5
published = true
"""
from pathlib import Path

from archives import zip_of
from hostile.course import HONEST


def build(folder: Path) -> Path:
    path = folder / "folds.zip"
    others = {"\ufb01rst.py": "raise SystemExit\n", "la\u017ft.py": "raise SystemExit\n"}
    path.write_bytes(zip_of({**others, **HONEST["numbers"]}))
    return path
