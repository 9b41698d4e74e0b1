"""Write files from cells out of the folder, over honest modules and over what is graded.

outcome = "files are written within the submission, and what was handed in as a file stays as it is"
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
    targets = ("../first.py", "/tmp/grade-canary/w.py", "~/w.py", "$HOME/w.py", "first.py", "./last.py", "drivers.py")
    written = [{**honest, "source": f"%%writefile {target}\nraise SystemExit\n"} for target in targets]
    document = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [*written, honest]}
    (folder / "attacked.ipynb").write_text(json.dumps(document))
    return folder
