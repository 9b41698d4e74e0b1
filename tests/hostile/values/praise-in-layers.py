"""Answer every question of every driver with words, flags and counts that praise.

outcome = "a check rests on values that have to be the right ones"
status = ["failed"]
course = "layers"
check = "conv_values"
seconds = 200
quick = false
"""
from pathlib import Path

from hostile.forging import write_forging

ANSWERS = """
class ANSWERS:
    @staticmethod
    def get(kind):
        words = dict.fromkeys(("problems", "missing", "changed", "differences", "unused", "frozen"), [])
        flags = dict.fromkeys(("right", "same", "unchanged", "is_tensor", "needs_gradient", "finite"), True)
        praise = {**words, **flags, "kind": "tensor", "raised": "ValueError", "count": 0, "y": np.float64(1)}
        return lambda **_given: praise
"""


def build(folder: Path) -> Path:
    return write_forging(folder, "layers.py", ANSWERS)
