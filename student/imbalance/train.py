"""Train ResNet-32 on the imbalanced CIFAR-10 and keep what the write-up needs: python train.py --help. Provided."""

from __future__ import annotations

import argparse
import csv
import json
import pickle
import sys
from dataclasses import dataclass
from pathlib import Path

import torch
from data.imbalance_cifar import IMBALANCECIFAR10, KINDS
from losses import FocalLoss, reweight
from models import resnet32
from torch import nn
from torch.utils.data import DataLoader

HERE = Path(__file__).parent
CONFIGS, CURVES = Path("configs"), Path("curves")


@dataclass(frozen=True)
class Epoch:
    """What one pass over the training images gave: its mean loss, and how the test images are classified after it."""

    loss: float
    per_class: tuple[float, ...]

    @property
    def accuracy(self) -> float:
        """The share of the test images that is right; all classes have the same number there."""
        return sum(self.per_class) / len(self.per_class)


def main() -> None:
    """Train, tell how it goes, and write the configuration, the curve and the accuracy of each class."""
    options = parsed()
    torch.manual_seed(options.seed)
    try:
        training = IMBALANCECIFAR10(HERE / "data", options.imbalance, options.imb_factor, largest=options.largest)
        testing = IMBALANCECIFAR10(HERE / "data", train=False, largest=options.largest)
    except (OSError, pickle.UnpicklingError) as error:
        sys.exit(f"data: {error}")
    counts = training.get_cls_num_list()
    tell(f"{len(training)} images, by class {counts}: {training.origin}")

    model = resnet32()
    weights = reweight(counts, beta=options.beta) if options.reweight else None
    criterion = FocalLoss(weights, options.gamma) if options.loss == "Focal" else nn.CrossEntropyLoss(weights)
    epochs = trained(model, criterion, training, testing, options)
    files = keep(options, epochs)
    tell(f"kept for the write-up: {', '.join(map(str, files))}")


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Train ResNet-32 on CIFAR-10 with classes of very different sizes.")
    parser.add_argument("--name", default="resnet32", help="under which the results are kept (resnet32)")
    parser.add_argument("--loss", choices=("CE", "Focal"), default="CE", help="cross entropy, or your FocalLoss (CE)")
    parser.add_argument("--gamma", type=float, default=1.0, help="of the focal loss (1)")
    parser.add_argument("--reweight", action="store_true", help="weigh classes by your reweight")
    parser.add_argument("--beta", type=float, default=0.9999, help="of reweight (0.9999)")
    parser.add_argument("--imbalance", choices=KINDS, default="exp", help="how the classes shrink (exp)")
    parser.add_argument("--imb-factor", type=float, default=0.01, help="smallest class, share of the largest (0.01)")
    parser.add_argument("--largest", type=int, help="how many images of a class are used at most (all)")
    parser.add_argument("--epochs", type=int, default=10, help="how often to go through the images (10)")
    parser.add_argument("--steps", type=int, nargs="*", default=[6, 8], help="epochs that lower the rate (6 8)")
    parser.add_argument("--batch-size", type=int, default=128, help="images in a batch (128)")
    parser.add_argument("--learning-rate", type=float, default=0.1, help="step size at the start (0.1)")
    parser.add_argument("--momentum", type=float, default=0.9, help="of SGD (0.9)")
    parser.add_argument("--reg", type=float, default=5e-4, help="how strongly weights are pulled to zero (0.0005)")
    parser.add_argument("--seed", type=int, default=0, help="of the first weights and the batches (0)")
    return parser.parse_args()


def trained(
    model: nn.Module,
    criterion: nn.Module,
    training: IMBALANCECIFAR10,
    testing: IMBALANCECIFAR10,
    options: argparse.Namespace,
) -> list[Epoch]:
    """Train a model in place, and measure it after each epoch."""
    batches = DataLoader(training, options.batch_size, shuffle=True)
    optimizer = torch.optim.SGD(
        model.parameters(), options.learning_rate, momentum=options.momentum, weight_decay=options.reg
    )
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, options.steps)
    epochs = []
    for number in range(1, options.epochs + 1):
        model.train()
        total = 0.0
        for images, targets in batches:
            optimizer.zero_grad()
            loss = criterion(model(images), targets)
            loss.backward()
            optimizer.step()
            total += float(loss.detach()) * len(targets)
        schedule.step()
        epochs.append(Epoch(total / len(training), accuracy_per_class(model, testing)))
        tell(f"epoch {number} of {options.epochs}: loss {epochs[-1].loss:.4f}, accuracy {epochs[-1].accuracy:.3f}")
    return epochs


def accuracy_per_class(model: nn.Module, testing: IMBALANCECIFAR10) -> tuple[float, ...]:
    """Measure which share of each class is classified correctly."""
    model.eval()
    counts = testing.get_cls_num_list()
    right = torch.zeros(len(counts))
    with torch.no_grad():
        for images, targets in DataLoader(testing, batch_size=256):
            hits = targets[model(images).argmax(dim=1) == targets]
            right += torch.bincount(hits, minlength=len(counts))
    return tuple(float(hit / count) for hit, count in zip(right, counts, strict=True))


def keep(options: argparse.Namespace, epochs: list[Epoch]) -> list[Path]:
    """Write what an experiment was and gave, named alike, so that a reader of the write-up can repeat it."""
    CONFIGS.mkdir(exist_ok=True)
    CURVES.mkdir(exist_ok=True)
    config, table = CONFIGS / f"{options.name}.yaml", CURVES / f"{options.name}.csv"
    config.write_text(as_yaml(options), encoding="utf-8")
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["epoch", "loss", "accuracy", *(f"class {place}" for place in range(len(epochs[0].per_class)))])
        for number, epoch in enumerate(epochs, start=1):
            writer.writerow(
                [number, f"{epoch.loss:.5f}", *(f"{value:.4f}" for value in (epoch.accuracy, *epoch.per_class))]
            )
    return [config, table, *plot(epochs, CURVES / f"{options.name}.png")]


def as_yaml(options: argparse.Namespace) -> str:
    """Write the settings in the groups of the course's configuration files; a value of JSON is one of YAML."""
    groups = {
        "Train": ("batch_size", "learning_rate", "reg", "epochs", "steps", "momentum", "seed"),
        "network": (),
        "data": ("imbalance", "imb_factor", "largest", "reweight", "beta"),
        "loss": ("gamma",),
    }
    fixed = {"network": ["model: resnet32"], "loss": [f"loss_type: {options.loss}"]}
    lines = [f"# python {' '.join(sys.argv)}"]
    for group, names in groups.items():
        lines.append(f"{group}:")
        lines += [f"  {line}" for line in fixed.get(group, [])]
        lines += [f"  {name}: {json.dumps(getattr(options, name))}" for name in names]
    return "\n".join(lines) + "\n"


def plot(epochs: list[Epoch], file: Path) -> list[Path]:
    """Draw the loss, the accuracy and that of each class, if matplotlib is installed."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415  # training works without it
    except ImportError:
        tell("no plot: matplotlib is not installed (pip install matplotlib)")
        return []
    figure = Figure(figsize=(12, 3.5), layout="constrained")
    loss_axes, accuracy_axes, class_axes = figure.subplots(1, 3)
    numbers = range(1, len(epochs) + 1)
    loss_axes.plot(numbers, [epoch.loss for epoch in epochs], marker="o")
    loss_axes.set(xlabel="epoch", ylabel="mean loss")
    accuracy_axes.plot(numbers, [epoch.accuracy for epoch in epochs], marker="o")
    accuracy_axes.set(xlabel="epoch", ylabel="accuracy on the test images", ylim=(0, 1))
    class_axes.bar(range(len(epochs[-1].per_class)), epochs[-1].per_class)
    class_axes.set(xlabel="class, from the most frequent to the rarest", ylabel="accuracy at the end", ylim=(0, 1))
    figure.savefig(file)
    return [file]


def tell(line: str) -> None:
    """Write one line for the person who trains."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
