"""Answer the number of parameters that the handout names.

outcome = "the scores that these parameters give are asked for as well"
status = ["failed"]
course = "cifar"
quick = false
check = "twolayer_size"
"""

from pathlib import Path

from hostile.forging import write_forging

ANSWERS = """
def counted(model, arguments, tensors, x):
    shapes = [list(tensor.shape) for tensor in tensors]
    scores = np.zeros((len(x), 10 if not arguments else arguments[-1]), np.float32)
    return {"parameters": shapes, "in_state_dict": shapes, "scores": scores}


ANSWERS = {"size": counted}
"""


def build(folder: Path) -> Path:
    return write_forging(folder, "models/twolayer.py", ANSWERS)
