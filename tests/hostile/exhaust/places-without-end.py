"""Name thousands of places in a file with a line of nearly a megabyte, each of which is looked for in the file.

outcome = "eight places are read, and a file's names are looked for once"
status = ["raised"]
spares = false
"""
from pathlib import Path

from hostile.course import HONEST

SOURCE = '''
import sys

sys.modules["grader.sandbox.guest.worker"].describe = lambda error, program: {
    "status": "raised", "exception": "E" * 60_000, "text": "", "frames": [["attacked.py", 1, "g"]] * 4_000,
}


def transform(x, w):
    raise ValueError
'''


def build(folder: Path) -> Path:
    for name in ("first.py", "last.py"):
        (folder / name).write_text(HONEST["numbers"][name])
    (folder / "attacked.py").write_text(f"{SOURCE}\n# {'x' * 900_000}\n")
    return folder
