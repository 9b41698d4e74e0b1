"""Declare an encoding in which a comment is code.

outcome = "the declared encoding decides for all; what is executed is what is shown"
status = ["unwritten", "raised", "failed"]
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name, text in HONEST["numbers"].items():
        (folder / name).write_text(text)
    honest = HONEST["numbers"]["attacked.py"]
    (folder / "attacked.py").write_bytes(f"# coding: utf-7\n# +AAo-import os+AAo-os._exit(0)\n{honest}".encode())
    return folder
