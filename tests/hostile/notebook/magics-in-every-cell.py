"""Begin cells with thousands of magics, each with text that their readers would divide in every way.

outcome = "a magic is taken apart once, from left to right"
status = ["passed"]
points = 5
published = true
quick = false
"""
import json
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name in ("first.py", "last.py"):
        (folder / name).write_text(HONEST["numbers"][name])
    honest = {"cell_type": "code", "source": HONEST["numbers"]["attacked.py"], "metadata": {}, "outputs": []}
    texts = ("%time " * 2_000, "%%capture " + "-" * 9_000, "!" * 9_000, "?" * 9_000, "x = %" + " %" * 5_000, "%%time\n" * 1_000)
    more = [{**honest, "source": text} for text in texts for _ in range(3)]
    document = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [*more, honest]}
    (folder / "attacked.ipynb").write_text(json.dumps(document))
    return folder
