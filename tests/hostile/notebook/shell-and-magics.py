"""Run commands by magics, shell lines and IPython's own calls.

outcome = "they are left out, as are cells in other languages; what is defined is graded"
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
    touch = "touch /tmp/grade-canary/touched"
    lines = (f"!{touch}", f"%system {touch}", f"x = !{touch}", f"get_ipython().system({touch!r})", "%run -i /tmp/x.py")
    cells = ("\n".join(lines), f"%%bash\n{touch}", f"%%script sh\n{touch}", "%%writefile /tmp/grade-canary/w\nx")
    (folder / "attacked.ipynb").write_bytes(notebook(*cells, HONEST["numbers"]["attacked.py"]))
    return folder
