"""Hand in forty helpers of one MiB that each take seconds to compile.

outcome = "compiling counts as the submission's time, which ends"
status = ["timed_out"]
course = "tensors"
spares = false
seconds = 90
quick = false
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name, text in HONEST["tensors"].items():
        (folder / name).write_text(text)
    for number in range(40):
        (folder / f"helper{number}.py").write_text("1\n" * 520_000)
    return folder
