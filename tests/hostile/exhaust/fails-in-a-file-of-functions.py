"""Fail in the last of thousands of functions that call each other in every line.

outcome = "what the judge looks up in a file is looked up once"
status = ["raised"]
quick = false
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    lines = "".join(f"def f{n}(x, w): return f{n + 1}(x, w) if x is None else f{n + 1}\n" for n in range(2_500))
    text = lines + "def f2500(x, w): raise ValueError(x)\ndef transform(x, w): return f2500(x, w)\n"
    for name, text in {**HONEST["numbers"], "attacked.py": text}.items():
        (folder / name).write_text(text)
    return folder
