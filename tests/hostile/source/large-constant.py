"""Let the compiler compute a constant with more digits than the machine has bytes.

outcome = "the compiler folds no large constants; running it ends by its time"
status = ["timed_out", "out_of_memory", "raised"]
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name, text in HONEST["numbers"].items():
        (folder / name).write_text(text)
    (folder / "attacked.py").write_text("x = ((9 ** 99) ** 99) ** 9999\ny = 'x' * 10 ** 9 * 10\nz = " + "9" * 100_000 + "\n")
    return folder
