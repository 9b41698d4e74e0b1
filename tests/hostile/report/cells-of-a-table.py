"""Name files and functions as cells, links and mentions of a table in a summary.

outcome = "names stand in code, and what ends a cell is written out"
status = ["raised"]
"""
from pathlib import Path

from hostile.course import HONEST

EVIL = """
def transform(x, w):
    raise type("``` | 100 | @everyone", (Exception,), {"__module__": "[x](https://evil.example)"})("| a `|` b |\\n| c |")
"""


def build(folder: Path) -> Path:
    top = folder / "`](https:evil.example) | 100 of 100 | @everyone"
    top.mkdir()
    for name, text in {**HONEST["numbers"], "attacked.py": EVIL}.items():
        (top / name).write_text(text)
    return top
