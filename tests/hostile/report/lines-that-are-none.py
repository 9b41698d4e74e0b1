"""Break lines with characters that some readers take for line ends and others do not.

outcome = "the quoted line is the one that Python means, its odd characters written out"
status = ["raised"]
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name, text in HONEST["numbers"].items():
        (folder / name).write_text(text)
    text = "# \u2028::error::owned\u2029\x85\x0b\x1c\x1d\x1e::error::owned\ndef transform(x, w):\n    raise ValueError\n"
    (folder / "attacked.py").write_text(text)
    return folder
