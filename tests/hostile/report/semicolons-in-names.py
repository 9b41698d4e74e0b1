"""Name the submission as text before a semicolon and a formula behind it.

outcome = "a name is text wherever it is shown, and every text is quoted in tables"
status = ["passed"]
points = 5
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    top = folder / "Ann;@SUM(1);=1+1;\u0022,=2+2"
    top.mkdir()
    for name, text in HONEST["numbers"].items():
        (top / name).write_text(text)
    return top
