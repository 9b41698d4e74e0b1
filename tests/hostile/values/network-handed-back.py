"""Hand back network and point as they came, with a piece of the right shape.

outcome = "the piece is compared with the reference's"
status = ["failed"]
course = "theory"
check = "affine_keeps_arguments"
"""

from pathlib import Path

from hostile.forging import write_forging

ANSWERS = """
def kept(params, x0):
    rows = len(params[-1][1])
    return {"params": params, "x0": x0, "W": np.zeros((rows, len(x0))), "b": np.zeros(rows)}


ANSWERS = {"affine_and_its_arguments": kept}
"""


def build(folder: Path) -> Path:
    return write_forging(folder, "theory.py", ANSWERS)
