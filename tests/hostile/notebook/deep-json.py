"""Nest lists in a notebook's metadata, a hundred thousand deep.

outcome = "refused as too deep before anything is parsed; the module that is looked for in it cannot be read"
status = ["raised"]
"""

from pathlib import Path

from hostile.course import HONEST
from notebooks import notebook


def build(folder: Path) -> Path:
    for name in ("first.py", "last.py"):
        (folder / name).write_text(HONEST["numbers"][name])
    deep = b"[" * 100_000 + b"]" * 100_000
    whole = notebook(HONEST["numbers"]["attacked.py"])
    (folder / "attacked.ipynb").write_bytes(whole.replace(b'"metadata": {}', b'"metadata": {"a": ' + deep + b"}", 1))
    return folder
