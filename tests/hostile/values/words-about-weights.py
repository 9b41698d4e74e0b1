"""Answer that the weights are a tensor and sum up as they should, and write nothing.

outcome = "the weights themselves are asked for, and compared with the reference's"
status = ["failed"]
course = "imbalance"
quick = false
check = "reweight_normalised"
"""

from pathlib import Path

from hostile.forging import write_forging

ANSWERS = """
def ones(counts, beta):
    weights = np.ones(len(counts), np.float32)
    return {"kind": "a tensor", "weights": weights, "share": weights / len(counts),
            "sum_of_weights": np.float32(len(counts)), "are_all_alike": False}


ANSWERS = dict.fromkeys(("class_weights", "kind_and_shares", "weight_row", "weight_shares", "weight_sum"), ones)
"""


def build(folder: Path) -> Path:
    return write_forging(folder, "losses/focal_loss.py", ANSWERS)
