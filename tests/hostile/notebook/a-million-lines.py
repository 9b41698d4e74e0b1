"""Give a cell's source as a list of a million strings.

outcome = "refused by their number before they are parsed; the module that is looked for in it cannot be read"
status = ["raised"]
"""

from pathlib import Path

from hostile.course import HONEST
from notebooks import code, notebook


def build(folder: Path) -> Path:
    for name in ("first.py", "last.py"):
        (folder / name).write_text(HONEST["numbers"][name])
    (folder / "attacked.ipynb").write_bytes(notebook(code(["#\n"] * 1_000_000 + [HONEST["numbers"]["attacked.py"]])))
    return folder
