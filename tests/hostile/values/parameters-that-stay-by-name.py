"""Hand parameters back as they came, and add a little to those that are not listed.

outcome = "what is not frozen has to be where a step of gradient descent leads"
status = ["failed"]
course = "detection"
seconds = 60
quick = false
check = "freeze_listed"
"""

from pathlib import Path

from hostile.forging import write_forging

ANSWERS = """
def moved(freeze, frozen, weights, x, target):
    stays = tuple(freeze)
    return {"after": {name: value if name.startswith(stays) else value - np.float32(0.1) * np.sign(value)
                      for name, value in weights.items()}}


ANSWERS = {"step": moved}
"""


def build(folder: Path) -> Path:
    return write_forging(folder, "detection.py", ANSWERS)
