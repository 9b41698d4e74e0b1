"""Answer first weights that differ in what is looked at first, and are the same elsewhere.

outcome = "every parameter is looked at"
status = ["failed"]
course = "cifar"
quick = false
check = "my_model_start"
"""

from pathlib import Path

from hostile.forging import write_forging

ANSWERS = """
def started(seeds):
    rows = {"axes": np.array([2, 2]), "sizes": np.array([40000, 30720])}
    return {"ready": [], "starts": [
        rows | {"sums": np.array([float(seed), 307.2]), "squares": np.array([1.0 + seed, 3.072]),
                "values": np.full(64, seed, np.float32)} for seed in seeds]}


ANSWERS = {"own_start": started}
"""


def build(folder: Path) -> Path:
    return write_forging(folder, "models/my_model.py", ANSWERS)
