"""Overfit a small network to 50 images and plot how it learns: python train.py. Provided."""

from __future__ import annotations

import argparse
import pickle
import sys
from pathlib import Path

from data.cifar10 import load
from modules import ConvNet
from optimizer import SGD
from trainer import ClassifierTrainer

HERE = Path(__file__).parent
PLOT = "train.png"


def main() -> None:
    """Train, tell how it went, and save the plot."""
    parser = argparse.ArgumentParser(description="Overfit a small network to the first images of CIFAR-10.")
    parser.add_argument("--images", type=int, default=50, help="how many images to learn (50)")
    parser.add_argument("--epochs", type=int, default=10, help="how often to go through them (10)")
    arguments = parser.parse_args()

    try:
        images, labels, origin = load(HERE / "data", arguments.images)
    except (OSError, pickle.UnpicklingError) as error:
        sys.exit(f"data: {error}")
    tell(f"{len(images)} images: {origin}")
    model = ConvNet(
        [
            {"type": "Conv2D", "in_channels": 3, "out_channels": 32, "kernel_size": 5, "stride": 1, "padding": 2},
            {"type": "ReLU"},
            {"type": "MaxPooling", "kernel_size": 2, "stride": 2},
            {"type": "Linear", "in_dim": 8192, "out_dim": 10},
        ],
        {"type": "SoftmaxCrossEntropy"},
    )
    optimizer = SGD(model, learning_rate=1e-4, reg=1e-3, momentum=0.9)
    losses, accuracies = ClassifierTrainer().train(
        images,
        labels,
        model,
        num_epochs=arguments.epochs,
        batch_size=10,
        verbose=True,
        optimizer=optimizer,
    )
    plot(losses, accuracies, Path(PLOT))


def plot(losses: list[float], accuracies: list[float], file: Path) -> None:
    """Draw loss and accuracy over the training, if matplotlib is installed."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415  # training works without it
    except ImportError:
        tell("no plot: matplotlib is not installed (pip install matplotlib)")
        return
    figure = Figure(figsize=(9, 3.5), layout="constrained")
    loss_axes, accuracy_axes = figure.subplots(1, 2)
    loss_axes.plot(range(1, len(losses) + 1), losses)
    loss_axes.set(xlabel="step", ylabel="loss of the batch")
    accuracy_axes.plot(range(1, len(accuracies) + 1), accuracies, marker="o")
    accuracy_axes.set(xlabel="epoch", ylabel="accuracy on the training images", ylim=(0, 1))
    figure.savefig(file)
    tell(f"the plot is in {file}")


def tell(line: str) -> None:
    """Write one line for the person who trains."""
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
