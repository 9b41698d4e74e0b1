"""Name the submission as a command that a build server obeys at the start of a line.

outcome = "no line begins with one"
status = ["passed"]
points = 5
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    top = folder / "::error file=x::owned"
    top.mkdir()
    for name, text in {**HONEST["numbers"], "::set-output name=score::100.py": "x = 1\n"}.items():
        (top / name).write_text(text)
    return top
