"""Hand in no module of the right name and two that differ from it in case.

outcome = "refused: which of them is meant cannot be known"
status = ["refused"]
"""
from pathlib import Path

from archives import zip_of
from hostile.course import HONEST


def build(folder: Path) -> Path:
    path, honest = folder / "case.zip", dict(HONEST["numbers"])
    path.write_bytes(zip_of({"Attacked.py": honest.pop("attacked.py"), "ATTACKED.py": "raise SystemExit\n", **honest}))
    return path
