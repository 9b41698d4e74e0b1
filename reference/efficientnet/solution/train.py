"""Train CellNet and keep what the write-up needs: python train.py --help. Provided.

Ctrl-C ends the training early, and leaves what was reached until then.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from model import CellNet
from provided.nuclei import CLASSES, SIZE, Nuclei
from torch import nn
from torch.utils.data import DataLoader

HERE = Path(__file__).parent
FIGURES, SUMMARY = Path("figures"), Path("summary.txt")
BAR = 30  # characters
Loader = DataLoader[Any]  # an item of Nuclei has its class as a number, a batch as a tensor


@dataclass(frozen=True)
class Epoch:
    """The mean losses of one pass over the images, and how many of the validation images are right."""

    training: float
    validation: float
    accuracy: float


def main() -> None:
    """Train, tell how it goes, and write curves, confusion matrix and summary."""
    options = parsed()
    torch.manual_seed(options.seed)
    training, validation = (Nuclei(options.data, part, options.largest) for part in ("train", "val"))
    tell(f"{len(training)} images to train with, {len(validation)} to validate with: {training.origin}")
    model = CellNet(len(CLASSES))
    SUMMARY.write_text(summary(model), encoding="utf-8")
    tell(SUMMARY.read_text(encoding="utf-8"))
    optimizer = torch.optim.Adam(model.parameters(), lr=options.learning_rate)
    epochs = []
    try:
        for number in range(1, options.epochs + 1):
            loss = train(model, DataLoader(training, options.batch_size, shuffle=True), optimizer, f"epoch {number}")
            found, confusion = validate(model, DataLoader(validation, options.batch_size))
            epochs.append(Epoch(loss, found, float(confusion.trace() / confusion.sum())))
            tell(f"  training {loss:.3f}, validation {found:.3f}, accuracy {epochs[-1].accuracy:.2f}")
    except KeyboardInterrupt:
        if not epochs:
            raise
        tell(f"\nstopped after epoch {len(epochs)}")
    draw(epochs, confusion)


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Train CellNet on images of cell nuclei.")
    parser.add_argument("--data", type=Path, default=HERE / "data", help="a folder with train/ and val/ (data)")
    parser.add_argument("--largest", type=count, help="images of each class, at most")
    parser.add_argument("--epochs", type=count, default=10, metavar="N", help="of training (10)")
    parser.add_argument("--batch-size", type=count, default=32, help="images in a step (32)")
    parser.add_argument("--learning-rate", type=rate, default=1e-3, help="of Adam (0.001)")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def count(text: str) -> int:
    """Read a number of at least 1.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}, expected a whole number of at least 1")
    return int(text)


def rate(text: str) -> float:
    """Read a number above 0.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r}, expected a number above 0")
    return number


def train(model: nn.Module, loader: Loader, optimizer: torch.optim.Optimizer, title: str) -> float:
    """Go through the images once, one step for each batch; return the mean loss of an image."""
    model.train()
    total, count = 0.0, 0
    for images, labels in progress(loader, title):
        loss = nn.functional.cross_entropy(scores_of(model, images), labels)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        optimizer.step()
        total, count = total + float(loss.detach()) * len(labels), count + len(labels)
    return total / count


def validate(model: nn.Module, loader: Loader) -> tuple[float, torch.Tensor]:
    """Return the mean loss of an image and the confusion matrix: in row t and column p, how many t were taken for p."""
    model.eval()
    total, confusion = 0.0, torch.zeros(len(CLASSES), len(CLASSES), dtype=torch.int64)
    with torch.no_grad():
        for images, labels in loader:
            scores = scores_of(model, images)
            total += float(nn.functional.cross_entropy(scores, labels, reduction="sum"))
            for label, guess in zip(labels, scores.argmax(dim=1), strict=True):
                confusion[label, guess] += 1
    return total / int(confusion.sum()), confusion


def scores_of(model: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """Score images, shape (N, 3), or end with what came back in the place of scores."""
    scores, expected = model(images), (len(images), len(CLASSES))
    if not isinstance(scores, torch.Tensor) or scores.shape != expected:
        found = tuple(scores.shape) if isinstance(scores, torch.Tensor) else type(scores).__name__
        sys.exit(f"forward of {type(model).__name__} returned {found}, expected a tensor of shape {expected}")
    return scores


def progress(loader: Loader, title: str) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Give the batches of a loader and draw how many are done, where standard error is a terminal."""
    for number, batch in enumerate(loader, start=1):
        yield batch
        if sys.stderr.isatty():
            done = BAR * number // len(loader)
            sys.stderr.write(f"\r{title} [{'#' * done}{'.' * (BAR - done)}] {number} of {len(loader)}")
    if not sys.stderr.isatty():
        sys.stderr.write(title)


def summary(model: nn.Module) -> str:
    """List the layers that a network runs, with the shapes of their outputs and the numbers of their parameters.

    By torchinfo where it is installed; otherwise by hooks.
    """
    try:
        import torchinfo  # noqa: PLC0415  # not a dependency
    except ImportError:
        return table(model)
    return f"{torchinfo.summary(model, input_size=(1, 3, SIZE, SIZE), verbose=0)}\n"


def table(model: nn.Module) -> str:
    """List layers without parts of their own, in the order in which they run."""
    rows: list[tuple[str, str, int]] = []
    names = {part: name for name, part in model.named_modules()}

    def keep(part: nn.Module, _inputs: object, output: torch.Tensor) -> None:
        shape = "x".join(map(str, output.shape[1:]))
        rows.append((f"{names[part]} {type(part).__name__}", shape, sum(one.numel() for one in part.parameters())))

    hooks = [part.register_forward_hook(keep) for part in model.modules() if not list(part.children())]
    training = model.training
    model.eval()
    with torch.no_grad():
        model(torch.zeros(1, 3, SIZE, SIZE))
    model.train(training)
    for hook in hooks:
        hook.remove()
    total = sum(parameter.numel() for parameter in model.parameters())
    lines = [f"{name:<44}{shape:>14}{count:>10}" for name, shape, count in rows]
    return "\n".join([f"{'layer':<44}{'output':>14}{'numbers':>10}", *lines, f"{total} parameters"]) + "\n"


def draw(epochs: list[Epoch], confusion: torch.Tensor) -> None:
    """Draw the losses of all epochs, and the confusion matrix after the last of them."""
    try:
        import matplotlib.pyplot as plt  # noqa: PLC0415  # only figures need it
    except ImportError:
        sys.exit("figures need matplotlib: pip install matplotlib")
    FIGURES.mkdir(exist_ok=True)
    save(plt, losses(plt, epochs), "losses.png")
    save(plt, matrix(plt, confusion), "confusion.png")
    tell(f"drawn: {FIGURES / 'losses.png'}, {FIGURES / 'confusion.png'}; listed: {SUMMARY}")


def losses(plt: Any, epochs: list[Epoch]) -> Any:  # matplotlib's
    """Draw the losses of training and validation."""
    figure, axes = plt.subplots()
    numbers = range(1, len(epochs) + 1)
    axes.plot(numbers, [epoch.training for epoch in epochs], marker="o", label="training")
    axes.plot(numbers, [epoch.validation for epoch in epochs], marker="s", linestyle="--", label="validation")
    axes.set(xlabel="epoch", ylabel="mean cross entropy")
    axes.legend()
    return figure


def matrix(plt: Any, confusion: torch.Tensor) -> Any:  # matplotlib's
    """Draw a confusion matrix with its counts."""
    figure, axes = plt.subplots()
    axes.imshow(confusion, cmap="Blues")
    for row, counts in enumerate(confusion.tolist()):
        for column, count in enumerate(counts):
            axes.text(column, row, count, ha="center", va="center", bbox={"facecolor": "white", "edgecolor": "none"})
    axes.set(xlabel="predicted", ylabel="true", xticks=range(len(CLASSES)), yticks=range(len(CLASSES)))
    axes.set_xticklabels(CLASSES)
    axes.set_yticklabels(CLASSES)
    return figure


def save(plt: Any, figure: Any, name: str) -> None:  # matplotlib's
    """Write a figure into the folder of figures."""
    figure.savefig(FIGURES / name, dpi=120, bbox_inches="tight")
    plt.close(figure)


def tell(text: str) -> None:
    """Print a line about how it goes."""
    print(text, file=sys.stderr)  # noqa: T201  # the program's output


if __name__ == "__main__":
    try:
        main()
    except NotImplementedError as gap:  # of the template
        sys.exit(f"not written yet: {gap}")
    except KeyboardInterrupt:
        sys.exit("stopped: before the first epoch was over")
