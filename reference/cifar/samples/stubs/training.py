"""What main.py needs besides `train` and `validate`: read a configuration, train, save weights and a plot. Provided."""

from __future__ import annotations

import argparse
import pickle
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from data import cifar10
from models import MyModel, TwoLayerNet, VanillaCNN
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from settings import SettingsError, read
from torch import nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader, TensorDataset

HERE = Path(__file__).parent
SEED = 7
NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "TwoLayerNet": lambda: TwoLayerNet(3 * 32 * 32, 256, 10),
    "VanillaCNN": VanillaCNN,
    "MyModel": MyModel,
}

Train = Callable[..., None]
Validate = Callable[..., tuple[float, torch.Tensor]]
Settings = dict[str, dict[str, Any]]
Part = tuple[Any, Any, str]


class Counted:
    """Batches that move a progress bar as they are taken."""

    def __init__(self, loader: DataLoader[Any], seen: Callable[[], None]) -> None:
        self.loader = loader
        self.dataset = loader.dataset
        self._seen = seen

    def __len__(self) -> int:
        return len(self.loader)

    def __iter__(self) -> Iterator[Any]:
        for batch in self.loader:
            yield batch
            self._seen()


class Recorded(nn.Module):
    """A loss that remembers what it gave."""

    def __init__(self, criterion: nn.Module) -> None:
        super().__init__()
        self.criterion = criterion
        self.losses: list[float] = []

    def forward(self, scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Give the loss of a batch."""
        loss: torch.Tensor = self.criterion(scores, labels)
        self.losses.append(float(loss.detach()))
        return loss


def main(train: Train, validate: Validate) -> None:
    """Train as the command line says; a fault in what was given ends with one sentence."""
    parser = argparse.ArgumentParser(description="Train a network on CIFAR-10, or on images that stand in for it.")
    parser.add_argument("--config", type=Path, required=True, help="a file of configs/")
    parser.add_argument("--data", type=Path, default=HERE / "data", help="where cifar-10-batches-py lies (data)")
    arguments = parser.parse_args()
    try:
        settings = read(arguments.config.read_text(encoding="utf-8"))
        parts = {part: cifar10.load(arguments.data, part) for part in cifar10.FILES}
    except (OSError, UnicodeDecodeError) as error:
        sys.exit(f"{arguments.config}: {error}")
    except pickle.UnpicklingError as error:
        sys.exit(f"{arguments.data}: {error}")
    except SettingsError as error:
        sys.exit("\n".join(f"{arguments.config}: {problem}" for problem in error.problems))
    name = settings["network"]["model"]
    if name not in NETWORKS or settings["loss"]["loss_type"] != "CE":
        sys.exit(f"{arguments.config}: expected the loss CE and one of {', '.join(NETWORKS)}: the rest comes later")
    run(settings, parts, train, validate)


def run(settings: Settings, parts: dict[str, Part], train: Train, validate: Validate) -> None:
    """Train one network, save the weights that were best on the validation images, and plot how it went."""
    chosen, name = settings["Train"], settings["network"]["model"]
    torch.manual_seed(SEED)
    learning, checking = (
        DataLoader(TensorDataset(cifar10.as_tensor(images), torch.from_numpy(labels)), chosen["batch_size"], shuffle)
        for (images, labels, _origin), shuffle in zip((parts["train"], parts["test"]), (True, False), strict=True)
    )
    tell(f"{len(parts['train'][1])} images: {parts['train'][2]}")
    model = NETWORKS[name]()
    criterion = Recorded(nn.CrossEntropyLoss())
    optimizer = torch.optim.SGD(
        model.parameters(), chosen["learning_rate"], momentum=chosen["momentum"], weight_decay=chosen["reg"]
    )
    losses, accuracies, best = [], [], -1.0
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        for epoch in range(chosen["epochs"]):
            task = progress.add_task(f"epoch {epoch + 1}", total=len(learning))
            _set_rate(optimizer, chosen, epoch)
            criterion.losses.clear()
            train(epoch, Counted(learning, lambda task=task: progress.advance(task)), model, optimizer, criterion)  # type: ignore[misc]  # a default binds the task of this round
            losses.append(sum(criterion.losses) / max(1, len(criterion.losses)))
            accuracy, _confusion = validate(epoch, checking, model, criterion)
            accuracies.append(float(accuracy))
            progress.update(
                task, description=f"epoch {epoch + 1}: loss {losses[-1]:.3f}, accuracy {accuracies[-1]:.3f}"
            )
            if accuracies[-1] > best and settings["network"]["save_best"] and settings["data"]["save_best"]:
                best = accuracies[-1]
                _save(model, HERE / "checkpoints" / f"{name.lower()}.pth")
    tell(f"best accuracy {max(accuracies):.3f}; weights and plot are in {HERE / 'checkpoints'}")
    plot(losses, accuracies, HERE / "checkpoints" / f"{name.lower()}.png")


def _set_rate(optimizer: Optimizer, chosen: dict[str, Any], epoch: int) -> None:
    """Let the learning rate rise over the first epochs and fall to a tenth at each step."""
    factor = float((epoch + 1) / chosen["warmup"] if epoch < chosen["warmup"] else 1)
    factor *= 0.1 ** sum(epoch >= step for step in chosen["steps"])
    for group in optimizer.param_groups:
        group["lr"] = factor * chosen["learning_rate"]


def _save(model: nn.Module, file: Path) -> None:
    file.parent.mkdir(exist_ok=True)
    torch.save(model.state_dict(), file)


def plot(losses: list[float], accuracies: list[float], file: Path) -> None:
    """Draw loss and accuracy over the training, if matplotlib is installed."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415  # training works without it
    except ImportError:
        tell("no plot: matplotlib is not installed (pip install matplotlib)")
        return
    figure = Figure(figsize=(9, 3.5), layout="constrained")
    loss_axes, accuracy_axes = figure.subplots(1, 2)
    epochs = range(1, len(losses) + 1)
    loss_axes.plot(epochs, losses, marker="o")
    loss_axes.set(xlabel="epoch", ylabel="mean loss of the batches")
    accuracy_axes.plot(epochs, accuracies, marker="o")
    accuracy_axes.set(xlabel="epoch", ylabel="accuracy on the validation images", ylim=(0, 1))
    file.parent.mkdir(exist_ok=True)
    figure.savefig(file)


def tell(line: str) -> None:
    """Write one line for the person who trains."""
    sys.stderr.write(f"{line}\n")
