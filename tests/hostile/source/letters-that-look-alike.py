"""Import by letters that Python takes for others.

outcome = "what it names is not here, however it is spelt: an empty stand-in is"
status = ["unwritten"]
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name, text in HONEST["numbers"].items():
        (folder / name).write_text(text)
    (folder / "attacked.py").write_text("import \U0001d4fb\U0001d4ee\U0001d4fa\U0001d4fe\U0001d4ee\U0001d4fc\U0001d4fd\U0001d4fc\n")
    return folder
