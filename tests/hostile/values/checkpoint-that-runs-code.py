"""Hand in a checkpoint that runs a program when it is read.

outcome = "nothing but tensors is read from a checkpoint"
status = ["failed"]
course = "cifar"
seconds = 120
quick = false
check = "checkpoint_twolayer"
"""
from pathlib import Path

import os
import pickle

import torch


class Program:
    def __reduce__(self):
        return os.system, ("touch /tmp/grade-canary/checkpoint",)


def build(folder: Path) -> Path:
    (folder / "models").mkdir()
    (folder / "checkpoints").mkdir()
    (folder / "models" / "twolayer.py").write_text("class TwoLayerNet:\n    pass\n", encoding="utf-8")
    torch.save({"weight": Program()}, folder / "checkpoints" / "twolayernet.pth")
    (folder / "checkpoints" / "vanillacnn.pth").write_bytes(pickle.dumps(Program()))
    return folder
