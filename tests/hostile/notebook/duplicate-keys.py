"""Give a cell two sources, one for people who look and one for the grader.

outcome = "a key that stands twice is refused; the module that is looked for in it cannot be read"
status = ["raised"]
"""

from pathlib import Path

from hostile.course import HONEST
from notebooks import notebook


def build(folder: Path) -> Path:
    for name in ("first.py", "last.py"):
        (folder / name).write_text(HONEST["numbers"][name])
    whole = notebook(HONEST["numbers"]["attacked.py"])
    (folder / "attacked.ipynb").write_bytes(whole.replace(b'"source":', b'"source": "x = 1", "source":'))
    return folder
