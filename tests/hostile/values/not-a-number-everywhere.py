"""Answer NaN in the right shapes.

outcome = "NaN is right only where it is expected"
status = ["failed", "unwritten"]
course = "convnet"
check = "relu_backward"
"""
from pathlib import Path

from hostile.forging import write_forging

ANSWERS = """
def odd(kind, arguments, parameters, x, dout=None):
    return {"dx": np.full_like(x, np.nan), "out": np.full_like(x, np.nan)}


ANSWERS = {"layer_forward": odd, "layer_backward": odd, "layer_both_ways": odd}
"""


def build(folder: Path) -> Path:
    return write_forging(folder, "modules/relu.py", ANSWERS)
