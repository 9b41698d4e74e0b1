"""Import by letters that Python takes for others.

outcome = "the import is refused by what it names, not by how it is spelt"
status = ["raised"]
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name, text in HONEST["numbers"].items():
        (folder / name).write_text(text)
    (folder / "attacked.py").write_text("import \U0001d4fb\U0001d4ee\U0001d4fa\U0001d4fe\U0001d4ee\U0001d4fc\U0001d4fd\U0001d4fc\n")
    return folder
