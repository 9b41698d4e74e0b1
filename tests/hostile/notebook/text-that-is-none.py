"""Write half characters and control characters into code and names.

outcome = "a cell that is no text costs itself; what is shown is written out"
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
    odd = ("x = '\ud800'", "def \u202efdp\u202c(): pass", "%%\u202ebash\nx", "import \u0430bc\x1b", "\0")
    (folder / "attacked.ipynb").write_bytes(notebook(*odd, HONEST["numbers"]["attacked.py"]))
    return folder
