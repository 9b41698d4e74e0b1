"""Answer dicts for lists, lists for arrays and texts for numbers.

outcome = "an answer of another form is a wrong answer, and no fault of the course"
status = ["failed", "unwritten"]
course = "theory"
check = "affine_meets"
"""
from pathlib import Path

from hostile.forging import write_forging

ANSWERS = """
def odd(params, x0):
    return {"W": {"0": [1.0]}, "b": "b" * 60_000}


def problems(**_given):
    return {"A": "?", "W": [], "b": {}, "problems": ["row 0", "W"]}


ANSWERS = {"local_affine": odd, "affine_and_its_arguments": lambda **_given: [], "matrix_answer": problems,
           "affine_answer": problems, "conv_matrix": lambda **_given: {"A": [[[]]]}}
"""


def build(folder: Path) -> Path:
    return write_forging(folder, "theory.py", ANSWERS)
