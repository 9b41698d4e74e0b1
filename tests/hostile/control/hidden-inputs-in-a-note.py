"""Name a file after a hidden input, which the notes on a submission repeat.

outcome = "the number is told as a leak"
status = ["passed"]
points = 5
"""
from pathlib import Path

from hostile.course import HONEST, hidden_inputs


def build(folder: Path) -> Path:
    name = f"n{abs(next(iter(hidden_inputs()))):.12f}".replace(".", "_")
    for file, text in {**HONEST["numbers"], f"{name} .py": "x = 1\n"}.items():
        (folder / file).write_text(text)
    return folder
