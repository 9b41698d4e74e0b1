"""Hand in a notebook with 300 MB of outputs.

outcome = "refused by its size without being read; the module that is looked for in it cannot be read"
status = ["raised"]
"""

from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name in ("first.py", "last.py"):
        (folder / name).write_text(HONEST["numbers"][name])
    with (folder / "attacked.ipynb").open("wb") as file:
        file.write(b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"outputs": ["')
        file.truncate(300_000_000)
    return folder
