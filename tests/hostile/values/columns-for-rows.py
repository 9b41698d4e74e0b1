"""Answer with arrays that the judge would broadcast to gigabytes.

outcome = "shapes are asked for before anything is computed"
status = ["failed"]
course = "imbalance"
quick = false
check = "focal_gradient"
"""

from pathlib import Path

from hostile.forging import write_forging

ANSWERS = """
def flags(batch, **others):
    return {"softmax": True, "sigmoid": False}


def gradients(form, batches):
    return [{"kind": "a tensor", "odd": "", "loss": np.ones((60000, 1), np.float32),
             "gradient": np.ones((60000, 1), np.float32)} for _ in batches]


def losses(batches, **others):
    return {"ratio": np.arange(2, len(batches) + 1, dtype=np.float32), "odd": ""}


ANSWERS = {"unchanged_by_a_shift": flags, "relative_losses": losses, "relative_gradients": gradients}
"""


def build(folder: Path) -> Path:
    return write_forging(folder, "losses/focal_loss.py", ANSWERS)
