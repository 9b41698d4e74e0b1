"""Hand in sixty helpers of one MiB, more than the worker's memory holds several times over.

outcome = "what does not fit into a worker is not run; the judge goes on"
status = ["out_of_memory"]
spares = false
seconds = 20
quick = false
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name, text in HONEST["numbers"].items():
        (folder / name).write_text(text)
    for number in range(60):
        (folder / f"helper{number}.py").write_text("#" * 1_040_000 + "\n")
    return folder
