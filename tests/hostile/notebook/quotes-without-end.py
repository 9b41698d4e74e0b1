"""Fill a notebook with quotes that a search would begin at again and again.

outcome = "every quote is looked at once; what is no JSON is refused"
status = ["raised"]
"""

from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name in ("first.py", "last.py"):
        (folder / name).write_text(HONEST["numbers"][name])
    (folder / "attacked.ipynb").write_bytes(b'"' + b'\\"' * 8_000_000 + b"\\")
    return folder
