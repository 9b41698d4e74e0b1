"""Hand in links to a folder of the judge's under the names that results are written to.

outcome = "results go nowhere that a submission leads to by links"
status = ["passed"]
points = 5
"""
from pathlib import Path

from hostile.course import CANARY_FOLDER, HONEST


def build(folder: Path) -> Path:
    for name, text in HONEST["numbers"].items():
        (folder / name).write_text(text)
    for name in ("grade-results", "results", "reports", ".grade", "result.json", "report.html"):
        (folder / name).symlink_to(CANARY_FOLDER)
    return folder
