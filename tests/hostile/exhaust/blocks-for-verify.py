"""Hand in thousands of blocks in which what is forbidden is allowed, each of which has to be looked at.

outcome = "of so many none is allowed, and the rules have a budget like the checks"
status = ["forbidden"]
course = "cnn_manual"
check = "forward_values"
earns = [
    "forward_stride", "forward_rectangle", "forward_small", "bias_gradient", "kernel_gradient", "inputs_gradient",
    "gradients_stride", "gradients_borders", "gradients_small", "variables", "several_layers", "one_epoch",
    "no_loops",
]
seconds = 200
quick = false
"""
from pathlib import Path

from hostile.jail import ROOT

from grader.course.discovery import find_course

BLOCKS = "".join(f"        if self._verify:\n            y{number} = x\n" for number in range(15_000))
CODE = f"""
honest = Convolution.forward


def forward(self, *given):
    torch.nn.functional.conv2d(torch.ones(1, 1, 3, 3), torch.ones(1, 1, 2, 2))
    return honest(self, *given)


Convolution.forward = forward


class Blocks:
    def blocks(self, x):
{BLOCKS}"""


def build(folder: Path) -> Path:
    solved = find_course(ROOT).folder / "reference/cnn_manual/samples/correct/cnn_manual.py"
    (folder / "cnn_manual.py").write_text(solved.read_text(encoding="utf-8") + CODE, encoding="utf-8")
    return folder
