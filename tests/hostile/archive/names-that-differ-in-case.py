"""Hand in two modules whose names differ only in case.

outcome = "the exact name is taken"
status = ["passed", "refused"]
points = 5
"""
from pathlib import Path

from archives import zip_of
from hostile.course import HONEST


def build(folder: Path) -> Path:
    path = folder / "case.zip"
    path.write_bytes(zip_of({**HONEST["numbers"], "Attacked.py": "raise SystemExit\n", "ATTACKED.PY": "raise SystemExit\n"}))
    return path
