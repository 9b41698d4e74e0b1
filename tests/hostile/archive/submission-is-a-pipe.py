"""Hand in a pipe that nobody writes to.

outcome = "refused without being opened"
status = ["refused"]
"""
import os
from pathlib import Path


def build(folder: Path) -> Path:
    os.mkfifo(folder / "submission.zip")
    return folder / "submission.zip"
