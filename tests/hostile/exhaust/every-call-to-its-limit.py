"""Use up the time of every call of every check.

outcome = "after one overrun the other cases of its check are not run, and a submission has a budget for all its calls"
status = ["timed_out"]
spares = false
seconds = 30
quick = false
"""
from pathlib import Path

LOOP = "def {name}(*args):\n    while True:\n        pass\n"


def build(folder: Path) -> Path:
    for file, name in (("first.py", "centre"), ("attacked.py", "transform"), ("last.py", "squares")):
        (folder / file).write_text(LOOP.format(name=name))
    return folder
