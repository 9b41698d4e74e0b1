"""Nest brackets, signs and names in cells until a parser runs out of stack.

outcome = "each such cell costs itself; the others are taken"
status = ["passed"]
points = 5
published = true
"""

from pathlib import Path

from hostile.course import HONEST
from notebooks import notebook


def build(folder: Path) -> Path:
    for name in ("first.py", "last.py"):
        (folder / name).write_text(HONEST["numbers"][name])
    cells = ("(" * 30_000, "-" * 30_000 + "1", "x = a" + ".b" * 15_000, "f" + "()" * 15_000, "x = 1" + "+1" * 15_000,
             "x = 1" + "+1" * 400, "[" * 90 + "]" * 90, "lambda: " * 4_000 + "1")  # fmt: skip
    (folder / "attacked.ipynb").write_bytes(notebook(*cells, HONEST["numbers"]["attacked.py"]))
    return folder
