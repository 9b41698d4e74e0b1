"""Answer numbers near the right ones in half precision, which was compared more loosely.

outcome = "the tolerance is that of the expected number"
status = ["failed"]
course = "theory"
check = "affine_answer"
"""

from pathlib import Path

from hostile.forging import write_forging

ANSWERS = """
NETWORK = (([[1.5], [0.5]], [0.0, 1.0]), ([[1.0, 2.0], [2.0, 1.0]], [0.0, 1.0]), ([[1.0, 1.0]], [-1.0]))


def near(x0):
    W, b = np.array(NETWORK[0][0]), np.array(NETWORK[0][1])
    for weight, bias in NETWORK[1:]:
        active = W @ [x0] + b > 0
        W, b = np.array(weight) @ (W * active[:, None]), np.array(weight) @ (b * active) + bias
    return {"W": np.float16(1.006 * W.item()), "b": np.float16(1.006 * b.item()), "problems": {}}


ANSWERS = {"affine_answer": near}
"""


def build(folder: Path) -> Path:
    return write_forging(folder, "theory.py", ANSWERS)
