"""Hand in a checkpoint whose tensors are one number, seen as billions.

outcome = "tensors are counted before they are handed back"
status = ["failed"]
course = "cifar"
seconds = 120
quick = false
check = "checkpoint_twolayer"
"""
from pathlib import Path

import torch


def build(folder: Path) -> Path:
    (folder / "models").mkdir()
    (folder / "checkpoints").mkdir()
    (folder / "models" / "twolayer.py").write_text("class TwoLayerNet:\n    pass\n", encoding="utf-8")
    state = {f"{number}.weight": torch.ones(1).expand(1 << 20, 1 << 20) for number in range(4)}
    torch.save(state, folder / "checkpoints" / "twolayernet.pth")
    return folder
