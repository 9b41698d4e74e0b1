"""Loop for ever in the body of a class, which is a definition.

outcome = "it ends at the deadline of the check, and is not imported again"
status = ["timed_out"]
"""

from pathlib import Path

from hostile.course import HONEST
from notebooks import notebook


def build(folder: Path) -> Path:
    for name in ("first.py", "last.py"):
        (folder / name).write_text(HONEST["numbers"][name])
    endless = "class Net:\n    while True:\n        pass\n"
    (folder / "attacked.ipynb").write_bytes(notebook(endless, HONEST["numbers"]["attacked.py"]))
    return folder
