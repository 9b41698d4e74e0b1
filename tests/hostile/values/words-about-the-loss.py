"""Answer that the loss is a tensor with a gradient, which every check could know.

outcome = "loss and gradient are compared with the reference's"
status = ["failed"]
course = "imbalance"
quick = false
check = "focal_tensor"
"""

from pathlib import Path

from hostile.forging import write_forging

ANSWERS = """
def flags(batch, **others):
    return {"softmax": True, "sigmoid": False, "plain": False, "weighted": False}


def gradients(form, batches):
    return [{"kind": "a tensor", "odd": "", "loss": np.float32(1), "has_gradient": True, "shape": [],
             "gradient": np.ones_like(one["logits"])} for one in batches]


def losses(batches, **others):
    return {"ratio": np.arange(2, len(batches) + 1, dtype=np.float32), "odd": ""}


ANSWERS = {"unchanged_by_a_shift": flags, "relative_losses": losses, "relative_gradients": gradients}
"""


def build(folder: Path) -> Path:
    return write_forging(folder, "losses/focal_loss.py", ANSWERS)
