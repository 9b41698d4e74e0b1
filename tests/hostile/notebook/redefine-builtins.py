"""Redefine what Python is made of in a cell, so that what comes after is right.

outcome = "the names are its own module's; a wrong answer stays wrong"
status = ["failed", "raised"]
"""

from pathlib import Path

from hostile.course import HONEST
from notebooks import notebook


def build(folder: Path) -> Path:
    for name in ("first.py", "last.py"):
        (folder / name).write_text(HONEST["numbers"][name])
    names = (
        "print",
        "len",
        "tuple",
        "isinstance",
        "getattr",
        "type",
        "__import__",
        "__build_class__",
        "compile",
        "exec",
    )
    fakes = "".join(f"def {name}(*args, **kwargs): return True\n" for name in names)
    answer = "class AlwaysEqual(float):\n    def __eq__(self, other): return True\n"
    wrong = f"{fakes}{answer}def transform(x, w):\n    return AlwaysEqual(1)\n"
    (folder / "attacked.ipynb").write_bytes(notebook(wrong))
    return folder
