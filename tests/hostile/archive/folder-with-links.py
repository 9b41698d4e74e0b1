"""Hand in a folder with links to a file and to a folder of the judge's, and to itself.

outcome = "links are named and never followed; whoever imports it is told"
status = ["raised"]
"""
from pathlib import Path

from hostile.course import CANARY_FOLDER, HONEST


def build(folder: Path) -> Path:
    for name in ("first.py", "last.py"):
        (folder / name).write_text(HONEST["numbers"][name])
    (folder / "attacked.py").symlink_to(CANARY_FOLDER / "secret.py")
    (folder / "canary").symlink_to(CANARY_FOLDER)
    (folder / "again").symlink_to(folder)
    return folder
