"""Give cells, sources, outputs and metadata of every type that JSON has.

outcome = "what is no cell is left out"
status = ["passed"]
points = 5
published = true
"""
import json
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name in ("first.py", "last.py"):
        (folder / name).write_text(HONEST["numbers"][name])
    honest = {"cell_type": "code", "source": HONEST["numbers"]["attacked.py"], "metadata": {}, "outputs": []}
    odd = (None, True, 1e308, -0.0, "x", [], {}, [[]], {"": None}, ["x", 1], 10**30)
    cells = [*odd, *({**honest, "source": value} for value in odd), *({**honest, "outputs": value} for value in odd)]
    cells += [{**honest, "outputs": [{"output_type": value, "data": value, "text": value}]} for value in odd]
    cells += [{**honest, "cell_type": value, "metadata": value, "execution_count": value} for value in odd]
    document = {"nbformat": 4, "nbformat_minor": [], "metadata": [], "cells": [*cells, honest]}
    (folder / "attacked.ipynb").write_text(json.dumps(document))
    return folder
