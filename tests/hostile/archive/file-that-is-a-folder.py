"""Name a file and a folder alike in an archive.

outcome = "what does not fit beside what was laid out is left out, and costs nothing that is asked for"
status = ["passed"]
points = 5
published = true
"""
from pathlib import Path

from archives import zip_of
from hostile.course import HONEST


def build(folder: Path) -> Path:
    path = folder / "both.zip"
    others = {"more.py": "x = 1\n", "more.py/inner.py": "x = 2\n", "first.py/first.py": "raise SystemExit\n"}
    path.write_bytes(zip_of({**others, **HONEST["numbers"]}))
    return path
