"""Hand in files whose names are no text in any encoding.

outcome = "named by escapes, or refused"
status = ["passed", "refused"]
points = 5
"""
import os
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name, text in HONEST["numbers"].items():
        (folder / name).write_text(text)
    for name in (b"\xff\xfe.py", b"\x80.py", b"caf\xe9.py", b"new\nline.py", b"\x1b[31mred.py"):
        with open(os.fsencode(folder) + b"/" + name, "wb") as file:
            file.write(b"x = 1\n")
    return folder
