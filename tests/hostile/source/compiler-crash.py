"""Hand in an expression so deep that the compiler's stack may end.

outcome = "it costs the files that import it"
status = ["raised"]
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name, text in HONEST["numbers"].items():
        (folder / name).write_text(text)
    (folder / "attacked.py").write_text("x = " + "+".join(["1"] * 100_000) + "\ny = " + "lambda: " * 20_000 + "1\n")
    return folder
