"""Say that the loss has both forms, so that either could be right.

outcome = "losses are compared in each form that is claimed"
status = ["failed"]
course = "imbalance"
quick = false
check = "focal_confident"
"""
from pathlib import Path

from hostile.forging import write_forging

ANSWERS = """
def both(batch):
    return {"softmax": True, "sigmoid": False}


def ratios(form, average, batches):
    return {"ratio": np.ones(len(batches) - 1, np.float32) if len(batches) > 2 else np.float32(1), "odd": ""}


ANSWERS = {"unchanged_by_a_shift": both, "relative_losses": ratios, "losses_without_weights": lambda **_given: {
    "losses": [], "odd": "", "needs_weights": []}}
"""


def build(folder: Path) -> Path:
    return write_forging(folder, "losses/focal_loss.py", ANSWERS)
