"""Train for ever in a cell before the definitions and in one after them.

outcome = "cells that nothing needs are not run"
status = ["passed"]
points = 5
published = true
"""

from pathlib import Path

from hostile.course import HONEST
from notebooks import notebook


def build(folder: Path) -> Path:
    for name in ("first.py", "last.py"):
        (folder / name).write_text(HONEST["numbers"][name])
    endless = "while True:\n    pass\n"
    (folder / "attacked.ipynb").write_bytes(
        notebook(endless, HONEST["numbers"]["attacked.py"], "import time\ntime.sleep(1e9)")
    )
    return folder
