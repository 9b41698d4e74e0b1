"""Train the networks of a tree and write their weights small enough to be kept: python make_weights.py TREE.

The first layer of TwoLayerNet is trained on images of 8 x 8 pixels and then told that each stands for 4 x 4 equal ones,
weights are rounded to half precision, and the file is packed: 130 KiB where torch.save would write 3 MiB.
"""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import torch
from torch import nn

MOMENT = (1980, 1, 1, 0, 0, 0)  # the same bytes each time
BLOCK = 4


def main(tree: Path) -> None:
    """Train all three and write checkpoints/ of the tree."""
    sys.path[:0] = [str(tree), str(Path(__file__).parent / "solution")]
    torch.set_num_threads(1)
    networks: dict[str, Callable[[], nn.Module]] = {
        "twolayernet": lambda: import_module("models.twolayer").TwoLayerNet(3072, 256, 10),
        "vanillacnn": lambda: import_module("models.cnn").VanillaCNN(),
        "mymodel": lambda: import_module("models.my_model").MyModel(),
    }
    for name, make in networks.items():
        torch.manual_seed(7)
        network = make()
        train(Coarse(network) if name == "twolayernet" else network, rate=0.05 if name == "mymodel" else 0.1)
        sys.stdout.write(f"{name}: accuracy {accuracy(network):.3f}\n")
        (tree / "checkpoints").mkdir(exist_ok=True)
        (tree / "checkpoints" / f"{name}.pth").write_bytes(packed(network))


class Coarse(nn.Module):
    """A network of which the first weights see blocks of pixels as one."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.first = next(parameter for parameter in network.parameters() if parameter.ndim == 2)
        self.seen = nn.Parameter(0.02 * torch.randn(len(self.first), 3, 32 // BLOCK, 32 // BLOCK))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Spread the weights and score a batch."""
        spread = self.seen.repeat_interleave(BLOCK, 2).repeat_interleave(BLOCK, 3).flatten(1)
        name = next(name for name, parameter in self.network.named_parameters() if parameter is self.first)
        with torch.no_grad():
            self.first.copy_(spread)
        return torch.func.functional_call(self.network, {name: spread}, (x,))


def train(network: nn.Module, rate: float) -> None:
    """Train as the configurations say, ten times through the images."""
    cifar10 = import_module("data.cifar10")
    images, labels, _origin = cifar10.load(Path("no folder"), "train")
    x, y = cifar10.as_tensor(images), torch.from_numpy(labels)
    optimizer = torch.optim.SGD(network.parameters(), rate, momentum=0.9, weight_decay=5e-4)
    network.train()
    for epoch in range(10):
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1, (epoch + 1) / 2) * 0.1 ** sum(epoch >= step for step in (6, 8))
        for chosen in torch.randperm(len(x)).split(128):
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(x[chosen]), y[chosen]).backward()
            optimizer.step()
    network.eval()


def accuracy(network: nn.Module) -> float:
    """Measure how often a network is right on images that it was not trained with."""
    cifar10 = import_module("data.cifar10")
    images, labels = cifar10.made_up(2000, seed=3)
    with torch.no_grad():
        right = network.eval()(cifar10.as_tensor(images)).argmax(dim=1) == torch.from_numpy(labels)
    return float(right.float().mean())


def packed(network: nn.Module) -> bytes:
    """Save a state dict in half precision and compress what torch.save leaves uncompressed."""
    halved = {
        name: value.half() if value.is_floating_point() else value for name, value in network.state_dict().items()
    }
    plain, small = io.BytesIO(), io.BytesIO()
    torch.save(halved, plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(small, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        for entry in source.infolist():
            row = zipfile.ZipInfo(entry.filename, MOMENT)
            target.writestr(row, source.read(entry), zipfile.ZIP_DEFLATED, compresslevel=9)
    return small.getvalue()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
