"""Answer a number without axes, which broadcasts against any array.

outcome = "the shape has to be the expected one"
status = ["failed", "unwritten"]
course = "convnet"
check = "layers_again"
"""
from pathlib import Path

from hostile.forging import write_forging

ANSWERS = """
def odd(**_given):
    once = {"out": np.zeros(()), "dx": np.zeros(()), "dw": np.zeros(()), "db": np.zeros(())}
    return {"fresh": once, "again": dict(once)}


ANSWERS = {"layer_twice": odd}
"""


def build(folder: Path) -> Path:
    return write_forging(folder, "modules/convolution.py", ANSWERS)
