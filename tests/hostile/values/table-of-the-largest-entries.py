"""Answer a table of texts, each as long as may be sent.

outcome = "entries are cut behind what is expected before they are compared"
status = ["failed", "unwritten"]
course = "theory"
check = "matrix_answer"
"""
from pathlib import Path

from hostile.forging import write_forging

ANSWERS = """
def table():
    return {"A": [["w" * 65_000] * 9 for _ in range(4)], "problems": {}}


ANSWERS = {"matrix_answer": table}
"""


def build(folder: Path) -> Path:
    return write_forging(folder, "theory.py", ANSWERS)
