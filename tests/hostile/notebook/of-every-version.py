"""Hand in a notebook of versions that there never were, with worksheets beside its cells.

outcome = "a version that is no number is none; the module that is looked for in it cannot be read"
status = ["raised"]
quick = false
"""
import json
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name in ("first.py", "last.py"):
        (folder / name).write_text(HONEST["numbers"][name])
    honest = {"cell_type": "code", "source": HONEST["numbers"]["attacked.py"], "metadata": {}, "outputs": []}
    evil = {**honest, "source": "import os; os._exit(0)", "input": "import os; os._exit(0)"}
    document = {"nbformat": -(10**40), "nbformat_minor": 1e400, "worksheets": [{"cells": [evil]}], "cells": [honest]}
    (folder / "attacked.ipynb").write_text(json.dumps(document).replace("Infinity", "1e400"))
    return folder
