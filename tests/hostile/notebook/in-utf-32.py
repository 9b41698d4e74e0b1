"""Hand in a notebook in UTF-32 with a byte-order mark of another encoding.

outcome = "what is no UTF-8 is refused; the module that is looked for in it cannot be read"
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
    document = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [honest]}
    (folder / "attacked.ipynb").write_bytes(b"\xef\xbb\xbf" + json.dumps(document).encode("utf-32"))
    return folder
