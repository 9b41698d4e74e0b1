"""Answer that a ValueError was raised, and build no network.

outcome = "the network's first weights are asked for as well"
status = ["failed"]
course = "convnet"
check = "net_criterion"
"""

from pathlib import Path

from hostile.forging import write_forging

ANSWERS = """
ANSWERS = {"unknown_criterion": lambda definitions, criterion: {"raised": "ValueError", "modules": []}}
"""


def build(folder: Path) -> Path:
    return write_forging(folder, "modules/conv_classifier.py", ANSWERS)
