"""Answer a piece that the judge would broadcast against the point.

outcome = "shapes are asked for before anything is computed"
status = ["failed"]
course = "theory"
check = "affine_meets"
"""

from pathlib import Path

from hostile.forging import write_forging

ANSWERS = """
ANSWERS = {"local_affine": lambda params, x0: {"W": np.ones((50000, len(x0))), "b": np.ones((50000, 1))}}
"""


def build(folder: Path) -> Path:
    return write_forging(folder, "theory.py", ANSWERS)
