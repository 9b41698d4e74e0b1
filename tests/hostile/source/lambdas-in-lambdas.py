"""Nest lambdas and comprehensions until the compiler runs out of stack.

outcome = "compiled where the submission runs: it costs that module alone"
status = ["raised"]
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    nested = "lambda: " * 3_000 + "[" * 90 + "x for x in [1]" + "]" * 90
    for name, text in {**HONEST["numbers"], "attacked.py": f"y = {nested}\ndef transform(x, w):\n    return y\n"}.items():
        (folder / name).write_text(text)
    return folder
