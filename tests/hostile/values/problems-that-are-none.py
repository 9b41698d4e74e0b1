"""Answer problems whose status says that nothing was asked for.

outcome = "a status that is none is no verdict"
status = ["failed", "unwritten"]
course = "theory"
check = "matrix_answer"
"""
from pathlib import Path

from hostile.forging import write_forging

ANSWERS = """
def table():
    return {"A": [], "problems": {f"row {row}": ["passed", "is right"] for row in range(4)}}


ANSWERS = {"matrix_answer": table, "affine_answer": lambda x0: {"problems": {"W": ["void", ""], "b": ["blocked", ""]}}}
"""


def build(folder: Path) -> Path:
    return write_forging(folder, "theory.py", ANSWERS)
