"""Hand in a state dict with sparse, empty, complex and meta tensors, and names that are none.

outcome = "what is no dense tensor of floating-point numbers is another network"
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
    state = {
        "a\nb": torch.eye(3).to_sparse(), "": torch.zeros(0, 1 << 40), "\u202e": torch.ones(2, dtype=torch.cfloat),
        "meta": torch.ones(1 << 30, device="meta"), "nested": {"weight": torch.ones(1)}, "nan": torch.full((9,), torch.nan),
    }
    torch.save(state, folder / "checkpoints" / "twolayernet.pth")
    return folder
