"""Name the submission as a formula that a spreadsheet computes.

outcome = "a name is text wherever it is shown; exports of grade books have tests of their own"
status = ["passed"]
points = 5
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    top = folder / '=HYPERLINK("https:example.com";"marks")'
    top.mkdir()
    for name, text in HONEST["numbers"].items():
        (top / name).write_text(text)
    return top
