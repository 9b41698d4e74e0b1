"""Add to one file from five thousand cells.

outcome = "a file is put together in linear time; what it lacks is told"
status = ["unwritten"]
quick = false
"""
import json
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name in ("first.py", "last.py"):
        (folder / name).write_text(HONEST["numbers"][name])
    honest = {"cell_type": "code", "source": HONEST["numbers"]["attacked.py"], "metadata": {}, "outputs": []}
    more = [{**honest, "source": f"%%writefile -a attacked.py\nx = {number}\n"} for number in range(4_990)]
    document = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [*more, honest]}
    (folder / "attacked.ipynb").write_text(json.dumps(document))
    return folder
