"""Write a file from a cell, under options and blanks that a search for its name would divide in every way.

outcome = "the line is read once from left to right; a cell without a name is left out"
status = ["unwritten", "raised"]
"""

import json
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name in ("first.py", "last.py"):
        (folder / name).write_text(HONEST["numbers"][name])
    lines = (f"%%writefile -a{' ' * 100_000}!\nX = 1", f"%%writefile {'-a ' * 30_000}!\nX = 1")
    cells = [
        {"cell_type": "code", "metadata": {}, "source": line, "outputs": [], "execution_count": None} for line in lines
    ]
    document = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "attacked.ipynb").write_text(json.dumps(document))
    return folder
