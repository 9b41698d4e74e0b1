"""Write NaN, infinities and numbers of ten thousand digits into metadata.

outcome = "a number of thousands of digits is no JSON here; the module that is looked for in it cannot be read"
status = ["raised"]
"""

from pathlib import Path

from hostile.course import HONEST
from notebooks import notebook


def build(folder: Path) -> Path:
    for name in ("first.py", "last.py"):
        (folder / name).write_text(HONEST["numbers"][name])
    odd = b'"metadata": {"a": NaN, "b": -Infinity, "c": 1e999, "d": ' + b"9" * 10_000 + b"}"
    (folder / "attacked.ipynb").write_bytes(
        notebook(HONEST["numbers"]["attacked.py"]).replace(b'"metadata": {}', odd, 1)
    )
    return folder
