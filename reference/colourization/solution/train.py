"""Train a network to colour pictures: python train.py UNet. Provided.

Under training/ it leaves a line for each epoch, the training curve, a grid of pictures, grey, predicted and true, and
the trained network with its colours. Ctrl-C ends the training early, and leaves what was learned until then.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import models
import numpy as np
import torch
from data import horses
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

HERE = Path(__file__).parent
SEED = 7
NETWORKS = ("PoolUpsampleNet", "ConvTransposeNet", "UNet")
SHOWN = 8  # pictures in the grid


def main() -> None:
    """Train as the command line says."""
    parser = argparse.ArgumentParser(description="Train a network to colour pictures of horses that are made up.")
    parser.add_argument("network", choices=NETWORKS)
    for name, default, words in (
        ("epochs", 25, "how often the pictures are gone through"),
        ("batch-size", 100, "pictures in a step"),
        ("kernel", 3, "side of the kernels"),
        ("filters", 32, "NF"),
        ("pictures", 1000, "pictures to learn from; a fifth as many are kept to validate"),
    ):
        parser.add_argument(f"--{name}", type=_count, default=default, metavar="N", help=f"{words} ({default})")
    parser.add_argument("--folder", type=Path, default=HERE / "training", help="where the results go (training)")
    arguments = parser.parse_args()
    torch.manual_seed(SEED)
    images = horses.pictures(arguments.pictures + arguments.pictures // 5 + 1, SEED)
    colours = horses.colours_of(images[: arguments.pictures], SEED)
    network = getattr(models, arguments.network)(arguments.kernel, arguments.filters, horses.COLOURS, 1)
    grey, labels = (torch.from_numpy(array) for array in (horses.grey(images), horses.labels(images, colours)))
    parts = [
        TensorDataset(grey[part], labels[part]) for part in (slice(arguments.pictures), slice(arguments.pictures, None))
    ]
    history = fit(network, parts[0], parts[1], arguments.epochs, arguments.batch_size)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    file = arguments.folder / arguments.network.lower()
    file.with_suffix(".txt").write_text("\n".join(map(_line, enumerate(history, start=1))) + "\n", encoding="utf-8")
    torch.save({**network.state_dict(), "colours": torch.from_numpy(colours)}, file.with_suffix(".pth"))
    plot(history, network, parts[1], colours, file)
    tell(_line((len(history), history[-1])))
    tell(f"lines, curve, pictures and network are in {arguments.folder}")


def fit(
    network: nn.Module, learned: TensorDataset, kept: TensorDataset, epochs: int, batch_size: int
) -> list[tuple[float, float, float]]:
    """Train a network; return for each epoch the loss, the validation loss, and the share of pixels that are right.

    Raises:
        KeyboardInterrupt: Ctrl-C in the first epoch; in a later one it only ends the training.
    """
    loader, validation = DataLoader(learned, batch_size, shuffle=True), DataLoader(kept, batch_size)
    criterion, optimizer = nn.CrossEntropyLoss(), torch.optim.Adam(network.parameters(), lr=1e-3)
    history: list[tuple[float, float, float]] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("training", total=epochs * len(loader))
        try:
            for epoch in range(epochs):
                losses = []
                network.train()
                for grey, labels in loader:
                    loss = criterion(scores_of(network, grey), labels)
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
                    losses.append(float(loss.detach()))
                    progress.advance(task)
                history.append((sum(losses) / len(losses), *validate(network, validation, criterion)))
                progress.update(task, description=f"epoch {epoch + 1}: {100 * history[-1][2]:.1f} % right")
        except KeyboardInterrupt:
            if not history:
                raise
            tell(f"stopped after epoch {len(history)}")
    return history


def scores_of(network: nn.Module, grey: torch.Tensor) -> torch.Tensor:
    """Score the colours of pixels, shape (N, 24, H, W), or end with what came back in their place."""
    scores, expected = network(grey), (len(grey), horses.COLOURS, *grey.shape[2:])
    if not isinstance(scores, torch.Tensor) or scores.shape != expected:
        found = tuple(scores.shape) if isinstance(scores, torch.Tensor) else type(scores).__name__
        sys.exit(f"forward of {type(network).__name__} returned {found}, expected a tensor of shape {expected}")
    return scores


def validate(
    network: nn.Module, loader: DataLoader[tuple[torch.Tensor, ...]], criterion: nn.Module
) -> tuple[float, float]:
    """Return the mean loss and the share of pixels whose colour is right."""
    network.eval()
    loss, right, pixels = 0.0, 0, 0
    with torch.no_grad():
        for grey, labels in loader:
            scores = network(grey)
            loss += float(criterion(scores, labels)) * labels.numel()
            right += int((scores.argmax(dim=1) == labels).sum())
            pixels += labels.numel()
    return loss / pixels, right / pixels


def plot(
    history: list[tuple[float, float, float]], network: nn.Module, kept: TensorDataset, colours: np.ndarray, file: Path
) -> None:
    """Draw the training curve and a grid of pictures, if matplotlib is installed."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415  # training works without it
    except ImportError:
        tell("no plots: matplotlib is not installed (pip install matplotlib)")
        return
    curve = Figure(figsize=(6, 3.5), layout="constrained")
    axes = curve.subplots()
    epochs = range(1, len(history) + 1)
    axes.plot(epochs, [loss for loss, _, _ in history], label="training")
    axes.plot(epochs, [loss for _, loss, _ in history], label="validation")
    axes.set(xlabel="epoch", ylabel="cross entropy")
    axes.legend()
    curve.savefig(file.with_name(f"{file.name}_curve.png"))
    grey, labels = (tensor[:SHOWN] for tensor in kept.tensors)
    with torch.no_grad():
        predicted = network(grey).argmax(dim=1)
    rows = [grey[:, 0].numpy(), *(horses.coloured(chosen.numpy(), colours) for chosen in (predicted, labels))]
    grid = Figure(figsize=(len(grey), 3.2), layout="constrained")
    for line, (name, row) in zip(
        grid.subplots(3, len(grey), squeeze=False), zip(("grey", "predicted", "true"), rows, strict=True), strict=True
    ):
        for place, picture in zip(line, row, strict=True):
            place.imshow(picture, cmap="gray")
            place.set(xticks=[], yticks=[])
        line[0].set_ylabel(name)
    grid.savefig(file.with_name(f"{file.name}_pictures.png"))


def _line(numbered: tuple[int, tuple[float, float, float]]) -> str:
    epoch, (loss, kept_loss, accuracy) = numbered
    return f"Epoch {epoch}, Loss: {loss:.4f}, Val Loss: {kept_loss:.4f}, Val Acc: {100 * accuracy:.1f}%"


def _count(text: str) -> int:
    """Read a number of at least 1.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}, expected a whole number of at least 1")
    return int(text)


def tell(line: str) -> None:
    """Write one line for the person who trains."""
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    try:
        main()
    except NotImplementedError as gap:  # of the template
        sys.exit(f"not written yet: {gap}")
    except KeyboardInterrupt:
        sys.exit("stopped: nothing was written")
