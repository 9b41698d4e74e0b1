"""Name files with what a terminal obeys.

outcome = "control characters are written out"
status = ["passed"]
points = 5
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    top = folder / "\x1b]0;owned\x07\x1b[2J\u202e\rname"
    top.mkdir()
    for name, text in {**HONEST["numbers"], "\x1b[31m\u202e.py": "x = 1\n", "a\nb.py": "x = 1\n"}.items():
        (top / name).write_text(text)
    return top
