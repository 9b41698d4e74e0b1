"""Answer the same numbers for a layer that is new and for one that was used.

outcome = "what the new layer gives is compared with the reference first"
status = ["failed", "unwritten"]
course = "convnet"
check = "layers_again"
"""
from pathlib import Path

from hostile.forging import write_forging

ANSWERS = """
def alike(kind, arguments, parameters, first, second):
    x, dout = second
    once = {"out": np.zeros_like(dout), "dx": np.zeros_like(x)}
    once |= {"dw": np.zeros_like(parameters["weight"]), "db": np.zeros_like(parameters["bias"])} if parameters else {}
    return {"fresh": once, "again": once}


ANSWERS = {"layer_twice": alike}
"""


def build(folder: Path) -> Path:
    return write_forging(folder, "modules/convolution.py", ANSWERS)
