"""Hand in eight hundred files whose names are nearly the one that is asked for.

outcome = "names are compared with bounds; what is asked for is not handed in"
status = ["unwritten"]
quick = false
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    honest = {name: text for name, text in HONEST["numbers"].items() if name != "attacked.py"}
    for name, text in {**honest, **{f"attacked_{number}_{'attacke' * 20}.py": "" for number in range(800)}}.items():
        (folder / name).write_text(text)
    return folder
