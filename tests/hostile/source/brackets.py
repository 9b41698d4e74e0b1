"""Make the parser recurse by brackets, functions and attributes nested thousands deep.

outcome = "the file cannot be read as Python, or the compiler dies on it alone"
status = ["raised"]
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name, text in HONEST["numbers"].items():
        (folder / name).write_text(text)
    deep = "".join(f"{' ' * depth}if x:\n" for depth in range(99)) + " " * 99 + "x\n"
    (folder / "attacked.py").write_text("x = " + "(" * 199 + "1" + ")" * 199 + "\nx" + ".x" * 50_000 + "\n" + deep * 20)
    return folder
