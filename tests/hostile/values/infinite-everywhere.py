"""Answer infinities, of which any tolerance that grows with the answer would be one.

outcome = "an infinite error is within no limit"
status = ["failed", "unwritten"]
course = "convnet"
check = "linear_forward"
"""
from pathlib import Path

from hostile.forging import write_forging

ANSWERS = """
def odd(kind, arguments, parameters, x):
    return {"out": np.full((len(x), arguments[-1]), np.inf)}


ANSWERS = {"layer_forward": odd}
"""


def build(folder: Path) -> Path:
    return write_forging(folder, "modules/linear.py", ANSWERS)
