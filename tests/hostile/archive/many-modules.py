"""Hand in twelve hundred modules that can be imported.

outcome = "what cannot be laid out for a worker is refused where it is read, in one sentence, and has no score"
status = ["refused"]
quick = true
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name, text in HONEST["numbers"].items():
        (folder / name).write_text(text)
    for number in range(1200):
        (folder / f"f{number}.py").touch()
    return folder
