"""Hand in two zips in a row, of which readers take the first or the last.

outcome = "what is graded is what the last directory lists"
status = ["passed"]
points = 5
published = true
quick = false
"""
from pathlib import Path

from archives import zip_of
from hostile.course import HONEST


def build(folder: Path) -> Path:
    path, evil = folder / "two.zip", {name: "raise SystemExit\n" for name in HONEST["numbers"]}
    path.write_bytes(zip_of(evil) + zip_of(HONEST["numbers"]))
    return path
