"""Loop for ever in the body of a class that the graded function needs, and go on when interrupted.

outcome = "it ends at the deadline of the check"
status = ["timed_out"]
"""

from pathlib import Path

from hostile.course import HONEST
from notebooks import notebook


def build(folder: Path) -> Path:
    for name in ("first.py", "last.py"):
        (folder / name).write_text(HONEST["numbers"][name])
    endless = "class Net:\n    while True:\n        try:\n            x = 1\n        except BaseException:\n            pass\n"
    needing = HONEST["numbers"]["attacked.py"].replace("(x, w)", "(x, w, net=Net)", 1)
    (folder / "attacked.ipynb").write_bytes(notebook(endless, needing))
    return folder
