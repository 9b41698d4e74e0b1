"""Hand in a notebook whose outputs are as large as a notebook may be.

outcome = "the cells are graded, and of what they show 2000 characters are kept"
status = ["passed"]
points = 5
published = true
"""

from pathlib import Path

from hostile.course import HONEST
from notebooks import code, notebook, printed


def build(folder: Path) -> Path:
    for name in ("first.py", "last.py"):
        (folder / name).write_text(HONEST["numbers"][name])
    (folder / "attacked.ipynb").write_bytes(
        notebook(code(HONEST["numbers"]["attacked.py"], printed(["x" * 1000] * 15_000)))
    )
    return folder
