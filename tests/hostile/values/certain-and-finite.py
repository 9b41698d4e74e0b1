"""Answer the finite numbers that certainty is said to give.

outcome = "the losses of ordinary images have to be right first"
status = ["failed"]
course = "imbalance"
quick = false
check = "focal_extreme"
"""

from pathlib import Path

from hostile.forging import write_forging

ANSWERS = """
def ratios(form, average, batches):
    several = np.linspace(1, 2, max(len(batches) - 1, 1), dtype=np.float32)
    return {"ratio": several if len(batches) > 2 else several[0], "odd": ""}


def sound(form, batch):
    is_right = batch["logits"].argmax(axis=1) == batch["targets"]
    return {"loss": np.float32(0 if is_right.all() else 2000), "gradient": np.zeros_like(batch["logits"])}


ANSWERS = {"unchanged_by_a_shift": lambda batch: {"softmax": True, "sigmoid": False},
           "relative_losses": ratios, "loss_and_gradient": sound}
"""


def build(folder: Path) -> Path:
    return write_forging(folder, "losses/focal_loss.py", ANSWERS)
