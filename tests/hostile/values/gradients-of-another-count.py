"""Answer fewer gradients than were asked for, and none for all.

outcome = "what is left out is no right answer"
status = ["failed"]
course = "imbalance"
quick = false
check = "focal_gradient"
"""
from pathlib import Path

from hostile.forging import write_forging

ANSWERS = """
ANSWERS = {"unchanged_by_a_shift": lambda batch: {"softmax": True, "sigmoid": False},
           "relative_losses": lambda batches, **others: {"ratio": np.ones(len(batches) - 1, np.float32), "odd": ""},
           "relative_gradients": lambda form, batches: []}
"""


def build(folder: Path) -> Path:
    return write_forging(folder, "losses/focal_loss.py", ANSWERS)
