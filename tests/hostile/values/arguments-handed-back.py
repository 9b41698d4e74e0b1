"""Hand back the arguments as they came, and say that something was computed.

outcome = "what was computed is compared with the reference's"
status = ["failed", "unwritten"]
course = "convnet"
check = "layers_keep_arguments"
"""

from pathlib import Path

from hostile.forging import write_forging

ANSWERS = """
def kept(kind, arguments, parameters, x, dout):
    return {"x_after_forward": x, "x": x, "dout": dout, "idle": [], "out": np.zeros_like(dout), "dx": np.zeros_like(x)}


ANSWERS = {"layer_and_its_arguments": kept}
"""


def build(folder: Path) -> Path:
    return write_forging(folder, "modules/convolution.py", ANSWERS)
