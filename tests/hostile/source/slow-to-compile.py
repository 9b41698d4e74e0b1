"""Hand in a module of one MiB that takes seconds to compile.

outcome = "compiling counts as the submission's time"
status = ["unwritten", "raised", "timed_out"]
spares = false
seconds = 30
quick = false
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name, text in HONEST["numbers"].items():
        (folder / name).write_text(text)
    (folder / "attacked.py").write_text("1\n" * 520_000)
    return folder
