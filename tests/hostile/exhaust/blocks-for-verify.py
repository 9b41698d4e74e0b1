"""Hand in thousands of blocks in which what is forbidden is allowed, each of which has to be looked at.

outcome = "of so many none is allowed, and the rules have a budget like the checks"
status = ["failed", "raised", "forbidden", "unwritten", "timed_out"]
course = "cnn_manual"
check = "forward_values"
seconds = 200
quick = false
"""
from pathlib import Path

BLOCKS = "".join(f"        if self._verify:\n            y{number} = x\n" for number in range(15_000))
CODE = f"""
import torch


class Convolution:
    def __init__(self, *given):
        self._verify = False

    def forward(self, x):
        torch.nn.functional.conv2d(torch.ones(1, 1, 3, 3), torch.ones(1, 1, 2, 2))
        return x

    def other(self, x):
{BLOCKS}
"""


def build(folder: Path) -> Path:
    (folder / "cnn_manual.py").write_text(CODE, encoding="utf-8")
    return folder
