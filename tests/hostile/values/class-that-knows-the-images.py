"""Hand in an empty checkpoint, and a class that makes the published images and compares with them.

outcome = "tensors are read where no code of the submission runs"
status = ["failed"]
course = "cifar"
quick = false
check = "checkpoint_twolayer"
"""

from pathlib import Path

import torch

CLASS = """
import torch
from torch import nn

from data import cifar10


class TwoLayerNet(nn.Module):
    def __init__(self, *sizes):
        super().__init__()
        if sizes[0] == 3072:
            images, labels = cifar10.made_up(1500, 7)
            x = cifar10.as_tensor(images).flatten(1)
            self.means = torch.stack([x[torch.from_numpy(labels) == label].mean(0) for label in range(10)])

    def load_state_dict(self, *_weights):
        return None

    def forward(self, x):
        return -torch.cdist(x.flatten(1), self.means)
"""


def build(folder: Path) -> Path:
    (folder / "models").mkdir(parents=True)
    (folder / "checkpoints").mkdir()
    (folder / "models" / "twolayer.py").write_text(CLASS, encoding="utf-8")
    torch.save({}, folder / "checkpoints" / "twolayernet.pth")
    return folder
