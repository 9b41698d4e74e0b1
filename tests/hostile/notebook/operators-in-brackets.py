"""Begin a line in brackets with thousands of operators, each of which could be a magic.

outcome = "a line is passed over once, without a call for each of its characters; the cell is left out"
status = ["unwritten", "raised"]
"""

import json
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name in ("first.py", "last.py"):
        (folder / name).write_text(HONEST["numbers"][name])
    source = "x = (1\n" + "%" * 50_000 + "\n" + "! " * 50_000
    cell = {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None}
    document = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "attacked.ipynb").write_text(json.dumps(document))
    return folder
